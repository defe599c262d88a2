import Core

/// The kernel's prediction of a training, beside plain gradient descent on the actual network.
public struct ResidualDynamics: Sendable, Codable {
    /// One moment of the training.
    public struct Checkpoint: Sendable, Codable {
        public let step: Int
        /// Qᵀr by the kernel, and of the network; largest eigenvalue first, `(n)`.
        public let predicted: [Double]
        public let measured: [Double]

        /// ‖predicted − measured‖, over all components.
        var distance: Double { norm(zip(predicted, measured).map { $0 - $1 }) }
    }

    /// λ of the kernel at the start, descending, `(n)`.
    public let eigenvalues: [Double]
    /// η of a step: 2 · learning rate / n.
    public let stepTime: Double
    /// The largest ηλ of a step; 2 is where gradient descent breaks up.
    public let largestStep: Double
    public let checkpoints: [Checkpoint]

    /// ‖r(0)‖.
    public var initialNorm: Double { checkpoints.first.map { norm($0.measured) } ?? 0 }

    /// How far prediction and measurement are apart: the largest ‖predicted − measured‖ over the checkpoints, as a part of
    /// ‖r(0)‖. 0 is perfect; 1 says that theory explains nothing.
    public var disagreement: Double {
        guard initialNorm > 0 else { return 0 }
        return (checkpoints.map(\.distance).max() ?? 0) / initialNorm
    }

    /// A training's residuals in the basis of a kernel over its points, beside what that kernel predicts of them.
    ///
    /// - Parameters:
    ///   - decomposition: of the kernel in the standard parameterisation, closed or empirical.
    ///   - trajectory: the training.
    public init(_ trajectory: DescentTrajectory, decomposition: Eigendecomposition) {
        precondition(trajectory.residuals.allSatisfy { $0.count == decomposition.count }, "a kernel over these points")
        let start = decomposition.components(of: trajectory.residuals.first ?? [])
        eigenvalues = decomposition.eigenvalues
        stepTime = trajectory.stepTime
        largestStep = stepTime * (eigenvalues.first ?? 0)
        checkpoints = zip(trajectory.steps, trajectory.residuals).map { step, residual in
            let decay = decomposition.eigenvalues.map { exp(-max($0, 0) * trajectory.stepTime * Double(step)) }
            return Checkpoint(
                step: step, predicted: zip(start, decay).map { $0 * $1 },
                measured: decomposition.components(of: residual))
        }
    }

    /// Components in groups that share ‖r(0)‖² equally, in the order of their eigenvalues: the norms of a group's predicted and
    /// measured residual, relative to ‖r(0)‖, at every checkpoint.
    public func bands(_ count: Int) -> [Band] {
        guard let first = checkpoints.first, !first.measured.isEmpty else { return [] }
        let total = first.measured.reduce(0) { $0 + $1 * $1 }
        var bands: [Range<Int>] = []
        var begin = 0
        var sum = 0.0
        for (index, component) in first.measured.enumerated() {
            sum += component * component
            if bands.count < count - 1, sum >= total * Double(bands.count + 1) / Double(count) {
                bands.append(begin..<(index + 1))
                begin = index + 1
            }
        }
        if begin < first.measured.count { bands.append(begin..<first.measured.count) }
        let scale = max(initialNorm, .leastNormalMagnitude)
        return bands.map { range in
            Band(
                components: range, eigenvalues: eigenvalues[range.upperBound - 1]...eigenvalues[range.lowerBound],
                predicted: checkpoints.map { norm($0.predicted[range]) / scale },
                measured: checkpoints.map { norm($0.measured[range]) / scale })
        }
    }

    /// A group of neighbouring components.
    public struct Band: Sendable, Codable {
        public let components: Range<Int>
        public let eigenvalues: ClosedRange<Double>
        /// At every checkpoint.
        public let predicted: [Double]
        public let measured: [Double]
    }
}

func norm(_ values: some Sequence<Double>) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}
