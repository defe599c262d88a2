import Core
import NeuralFields

/// What plain full-batch gradient descent on the mean squared error did to a network's residual.
public struct DescentTrajectory: Sendable {
    /// The moments that were looked at, the start first.
    public let steps: [Int]
    /// ŷ − y at each of them, `(n)`.
    public let residuals: [[Double]]
    /// η of a step: 2 · learning rate / n, so that r' = −η K r.
    public let stepTime: Double
    public let trainedNetwork: CoordinateNetwork

    /// The settings of a descent.
    public struct Configuration: Sendable, Codable {
        public var steps: Int
        /// ηλ_max of a step: small for theory's gradient flow; 2 is where gradient descent breaks up.
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
            let count = max(checkpointCount - 1, 1)
            let spaced = (1...count).map { Int(saturating: pow(last, Double($0) / Double(count)).rounded()) }
            return Set([0] + spaced).sorted()
        }
    }

    /// Trains a copy of `network`.
    ///
    /// - Parameters:
    ///   - network: of one output.
    ///   - points: `(n, inputDimension)` row-major.
    ///   - targets: `(n)`.
    ///   - largestEigenvalue: λ_max of the kernel in the standard parameterisation, from which the rate follows.
    ///   - progress: told the steps done, at each checkpoint.
    /// - Throws: ``TangentKernelsError/unstableStep(rate:largestRate:)`` for a step of 2 or more; `NeuralFieldsError` for
    ///   a training that diverges all the same.
    public init(
        _ network: CoordinateNetwork, points: [Float], targets: [Float], largestEigenvalue: Double,
        configuration: Configuration = Configuration(), workers: Workers, progress: (Int) -> Void = { _ in }
    ) throws {
        let count = targets.count
        precondition(network.outputCount == 1 && points.count == count * network.inputDimension, "a target a point")
        let rate = configuration.largestStep / largestEigenvalue * Double(count) / 2
        guard configuration.largestStep > 0, configuration.largestStep < 2, rate.isFinite else {
            throw TangentKernelsError.unstableStep(rate: rate, largestRate: Double(count) / largestEigenvalue)
        }
        let trainer = Trainer(
            network,
            configuration: TrainingConfiguration(
                loss: .squared, optimizer: OptimizerConfiguration(kind: .sgd),
                schedule: LearningRateSchedule(peak: Float(rate), shape: .constant), batchSize: count),
            workers: workers)
        let source = WholeBatch(
            dimension: network.inputDimension, outputCount: 1, points: points, targets: targets)
        steps = configuration.checkpointSteps
        stepTime = 2 * rate / Double(count)
        var residuals: [[Double]] = []
        for step in steps {
            while trainer.stepCount < step { _ = try trainer.step(source, progress: 0) }
            let outputs = trainer.trainedModel.values(at: points, workers: workers)
            residuals.append(zip(outputs, targets).map { Double($0) - Double($1) })
            progress(step)
        }
        self.residuals = residuals
        trainedNetwork = trainer.trainedModel
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
