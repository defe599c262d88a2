import Core
import NeuralFields

/// Points with labels to learn from, and others to be asked about.
public struct LabelledPoints: Sendable {
    public let dimension: Int
    /// `(n, dimension)` row-major, in the unit cube.
    public let points: [Float]
    /// `(n)`.
    public let targets: [Float]
    public let testPoints: [Float]
    public let testTargets: [Float]

    public init(dimension: Int, points: [Float], targets: [Float], testPoints: [Float] = [], testTargets: [Float] = [])
    {
        precondition(points.count == targets.count * dimension && testPoints.count == testTargets.count * dimension)
        self.dimension = dimension
        self.points = points
        self.targets = targets
        self.testPoints = testPoints
        self.testTargets = testTargets
    }

    public var count: Int { targets.count }
}

/// What theory says of a network with one encoding on one set of labelled points, and how the real network does.
public struct KernelStudy: Sendable, Codable {
    /// Kernel regression after a number of steps of gradient descent.
    public struct Moment: Sendable, Codable {
        /// nil for the limit of endless training.
        public let steps: Double?
        /// The part of ‖y‖² in eigendirections that this training reaches.
        public let reachedPart: Double
        /// Root of the mean squared error.
        public let trainError: Double
        public let testError: Double
        /// The part of the test points whose sign is right.
        public let testSignAccuracy: Double
    }

    public let name: String
    public let profile: KernelProfile
    /// λ, descending.
    public let eigenvalues: [Double]
    /// Moments in the order of their steps; the endless training last, where the kernel is not singular.
    public let moments: [Moment]
    /// |Qᵀy|² cumulated, as a part of ‖y‖²: how much of the labels the first i eigendirections hold.
    public let cumulatedLabels: [Double]
    /// Measured on the real network beside the closed form's prediction.
    public let bands: [ResidualDynamics.Band]
    public let checkpointSteps: [Int]
    /// ``ResidualDynamics/disagreement`` with the closed form, and with the network's own kernel before training.
    public let closedFormDisagreement: Double
    public let empiricalDisagreement: Double
    /// ‖K(end) − K(start)‖ / ‖K(start)‖ of the network's own kernel.
    public let kernelDrift: Double
    /// Of the real network after the descent.
    public let measuredTestError: Double

    /// The settings of a study.
    public struct Configuration: Sendable, Codable {
        public var width: Int
        public var depth: Int
        public var initialization: MultilayerPerceptron.Initialization
        public var descent: DescentTrajectory.Configuration
        /// For ``KernelRegression``; 0 for none.
        public var ridge: Double
        public var seed: UInt64

        public init(
            width: Int = 128, depth: Int = 2, initialization: MultilayerPerceptron.Initialization = .he,
            descent: DescentTrajectory.Configuration = .init(), ridge: Double = 0, seed: UInt64 = 0
        ) {
            self.width = width
            self.depth = depth
            self.initialization = initialization
            self.descent = descent
            self.ridge = ridge
            self.seed = seed
        }
    }

    /// - Parameters:
    ///   - name: what plots call it.
    ///   - progress: told in words what begins.
    /// - Throws: ``TangentKernelsError``: points that do not fit into memory, singular kernels without a ridge, steps too
    ///   long; `NeuralFieldsError` for a training that diverges.
    public init(
        name: String, encoding: any Encoding, points: LabelledPoints, configuration: Configuration, workers: Workers,
        progress: (String) -> Void = { _ in }
    ) throws {
        precondition(encoding.inputDimension == points.dimension, "an encoding of these points")
        guard encoding.parameterCount == 0 else {
            throw TangentKernelsError.trainedEncoding(parameterCount: encoding.parameterCount)
        }
        try MemoryLimit.check(count: points.count, bytesPerPair: Eigendecomposition.bytesPerPair + 24)
        self.name = name
        let shape = MultilayerPerceptron(
            inputs: encoding.outputCount, width: configuration.width, depth: configuration.depth)
        let kernel = CoordinateKernel(
            encoding: encoding,
            network: try NeuralTangentKernel(shape, initialization: configuration.initialization))
        progress("\(name): closed-form kernel of \(points.count) points")
        profile = KernelProfile(kernel)
        let matrix = kernel.matrix(points.points, workers: workers)
        let closed = try Self.decompose(matrix, name: name, workers: workers, progress: progress)
        eigenvalues = closed.eigenvalues
        let targets = points.targets.map(Double.init)
        let total = targets.reduce(0) { $0 + $1 * $1 }
        var sum = 0.0
        cumulatedLabels = closed.components(of: targets).map { component in
            sum += component * component
            return sum / max(total, .leastNormalMagnitude)
        }
        let regression = try KernelRegression(closed, ridge: configuration.ridge)
        let cross = kernel.matrix(points.testPoints, points.points, workers: workers)
        let stepTime = configuration.descent.largestStep / (closed.eigenvalues.first ?? 1)
        moments = ([1, 10, 100, 1000, 10_000, 100_000] + [Double.infinity]).map { steps in
            let time = steps * stepTime
            let test = regression.predictions(targets: targets, time: time, crossKernel: cross)
            let train = regression.predictions(targets: targets, time: time, crossKernel: matrix)
            return Moment(
                steps: steps.isFinite ? steps : nil, reachedPart: regression.reachedPart(of: targets, time: time),
                trainError: rootMeanSquare(train, targets),
                testError: rootMeanSquare(test, points.testTargets.map(Double.init)),
                testSignAccuracy: signAccuracy(test, points.testTargets))
        }

        let network = CoordinateNetwork(
            encoding: encoding, shape: shape, initialization: configuration.initialization, seed: configuration.seed)
        progress("\(name): the network's own kernel")
        let before = try EmpiricalKernel.matrix(of: network, points: points.points, workers: workers)
        let empirical = try Self.decompose(before, name: name, workers: workers, progress: progress)
        progress("\(name): \(configuration.descent.steps) steps of gradient descent")
        let trajectory = try DescentTrajectory(
            network, points: points.points, targets: points.targets,
            largestEigenvalue: max(closed.eigenvalues.first ?? 0, empirical.eigenvalues.first ?? 0),
            configuration: configuration.descent, workers: workers)
        let dynamics = ResidualDynamics(trajectory, decomposition: closed)
        bands = dynamics.bands(5)
        checkpointSteps = trajectory.steps
        closedFormDisagreement = dynamics.disagreement
        empiricalDisagreement = ResidualDynamics(trajectory, decomposition: empirical).disagreement
        kernelDrift = try EmpiricalKernel.matrix(
            of: trajectory.trainedNetwork, points: points.points, workers: workers
        ).relativeDistance(to: before)
        measuredTestError = rootMeanSquare(
            trajectory.trainedNetwork.values(at: points.testPoints, workers: workers).map(Double.init),
            points.testTargets.map(Double.init))
    }

    private static func decompose(
        _ matrix: Matrix, name: String, workers: Workers, progress: (String) -> Void
    ) throws(TangentKernelsError) -> Eigendecomposition {
        try Eigendecomposition(matrix, workers: workers) { stage in
            progress("\(name): eigenvectors, part \(stage.rawValue + 1) of \(Eigendecomposition.Stage.allCases.count)")
        }
    }
}

/// √ of the mean of (a − b)²; 0 for none.
func rootMeanSquare(_ a: [Double], _ b: [Double]) -> Double {
    let sum = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (sum / Double(max(a.count, 1))).squareRoot()
}

private func signAccuracy(_ values: [Double], _ targets: [Float]) -> Double {
    let right = zip(values, targets).count { ($0 < 0) == ($1 < 0) }
    return targets.isEmpty ? 1 : Double(right) / Double(targets.count)
}
