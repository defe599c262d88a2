import Foundation
import NeuralFields
import Support

/// What the kernel predicts of a training, beside what plain gradient descent on the actual network does.
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

    /// The settings of a measurement.
    public struct Configuration: Sendable, Codable {
        /// Steps of gradient descent.
        public var steps: Int
        /// ηλ_max of a step; small, for theory's gradient flow.
        public var largestStep: Double
        /// Moments to look at, evenly spaced in the logarithm.
        public var checkpointCount: Int

        public init(steps: Int = 1000, largestStep: Double = 0.2, checkpointCount: Int = 24) {
            self.steps = steps
            self.largestStep = largestStep
            self.checkpointCount = checkpointCount
        }

        /// 0, …, `steps`, without repeats.
        var checkpointSteps: [Int] {
            let last = Double(max(steps, 1))
            let spaced = (0..<max(checkpointCount - 1, 1)).map { index in
                Int(pow(last, Double(index + 1) / Double(max(checkpointCount - 1, 1))).rounded())
            }
            return Array(Set([0] + spaced)).sorted()
        }
    }

    /// Trains a copy of `network` by full-batch gradient descent and compares its residual with the kernel's prediction
    /// from the same start.
    ///
    /// - Parameters:
    ///   - network: of one output.
    ///   - points: `(n, inputDimension)` row-major.
    ///   - targets: `(n)`.
    ///   - decomposition: of the kernel in the standard parameterisation, closed or empirical, over the points.
    ///   - progress: told the steps done, at each checkpoint.
    /// - Throws: ``TangentKernelsError/unstableStep(rate:largestRate:)`` for a step of 2 or more.
    public static func measure(
        _ network: CoordinateNetwork, points: [Float], targets: [Float], decomposition: Eigendecomposition,
        configuration: Configuration = Configuration(), workers: Workers, progress: (Int) -> Void = { _ in }
    ) throws -> ResidualDynamics {
        let count = targets.count
        precondition(network.outputCount == 1 && points.count == count * network.inputDimension, "a target a point")
        precondition(decomposition.count == count, "a kernel over these points")
        let largest = decomposition.eigenvalues.first ?? 0
        let rate = configuration.largestStep / largest * Double(count) / 2
        guard configuration.largestStep > 0, configuration.largestStep < 2, largest > 0 else {
            throw TangentKernelsError.unstableStep(rate: rate, largestRate: Double(count) / max(largest, 1e-300))
        }
        let trainer = Trainer(
            network,
            configuration: TrainingConfiguration(
                loss: .squared, optimizer: OptimizerConfiguration(kind: .sgd),
                schedule: LearningRateSchedule(peak: Float(rate), shape: .constant), batchSize: count),
            workers: workers)
        let source = WholeBatch(
            dimension: network.inputDimension, outputCount: 1, points: points, targets: targets)
        func components() -> [Double] {
            let outputs = trainer.trainedNetwork.outputs(at: points, workers: workers)
            return decomposition.components(of: zip(outputs, targets).map { Double($0) - Double($1) })
        }
        let start = components()
        let stepTime = 2 * rate / Double(count)
        var checkpoints: [Checkpoint] = []
        for step in configuration.checkpointSteps {
            while trainer.stepCount < step { _ = try trainer.step(source, progress: 0) }
            let decay = decomposition.eigenvalues.map { exp(-max($0, 0) * stepTime * Double(step)) }
            checkpoints.append(
                Checkpoint(
                    step: step, predicted: zip(start, decay).map { $0 * $1 },
                    measured: step == 0 ? start : components()))
            progress(step)
        }
        return ResidualDynamics(
            eigenvalues: decomposition.eigenvalues, stepTime: stepTime, largestStep: configuration.largestStep,
            checkpoints: checkpoints)
    }

    /// Components in groups that share ‖r(0)‖² equally, in the order of their eigenvalues: the norms of a group's predicted and
    /// measured residual, relative to ‖r(0)‖, at every checkpoint. A picture of n lines is none.
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

/// A training set that is every step's batch.
public struct WholeBatch: BatchSource {
    let dimension: Int
    let outputCount: Int
    let points: [Float]
    let targets: [Float]

    /// - Parameters:
    ///   - points: `(n, dimension)` row-major.
    ///   - targets: `(n, outputCount)` row-major.
    public init(dimension: Int, outputCount: Int, points: [Float], targets: [Float]) {
        self.dimension = dimension
        self.outputCount = outputCount
        self.points = points
        self.targets = targets
    }

    public func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        for index in 0..<rows.count * dimension { points[index] = self.points[rows.lowerBound * dimension + index] }
        for index in 0..<rows.count * outputCount {
            targets[index] = self.targets[rows.lowerBound * outputCount + index]
        }
        for index in 0..<rows.count { weights[index] = 1 }
    }
}

extension CoordinateNetwork {
    /// The network's values, `(n, outputCount)` row-major, at `points`, `(n, inputDimension)` row-major.
    public func outputs(at points: [Float], workers: Workers) -> [Float] {
        var outputs = [Float](repeating: 0, count: points.count / inputDimension * outputCount)
        var span = outputs.mutableSpan
        NetworkEvaluator(self).evaluate(points.span, into: &span, workers: workers)
        return outputs
    }
}

func norm(_ values: some Sequence<Double>) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}
