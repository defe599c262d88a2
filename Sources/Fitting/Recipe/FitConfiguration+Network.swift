import Core
import NeuralFields
import SurfaceExtraction

extension NeuralShape {
    /// The network whose weights another fit may start from.
    ///
    /// - Throws: ``FittingError/otherStart(reason:)`` for a model without a network.
    public func networkToStartFrom() throws(FittingError) -> CoordinateNetwork {
        guard let network else { throw .otherStart(reason: "no network") }
        return network
    }
}

extension FitConfiguration {
    /// Checks every setting.
    ///
    /// - Throws: the first that is out of range, with the range; sizes that would not fit the machine's memory, with
    ///   how much they would take.
    public func validate() throws(FittingError) {
        func require<Value: Comparable>(
            _ name: String, _ value: Value, in range: ClosedRange<Value>, _ unit: String = ""
        ) throws(FittingError) {
            if !range.contains(value) {
                throw .invalidSetting(
                    name: name, value: "\(value)",
                    remedy: "must be between \(range.lowerBound) and \(range.upperBound)\(unit)")
            }
        }
        try require("width", width, in: 1...16_384, " units")
        try require("depth", depth, in: 1...64, " hidden layers")
        try require("batch size", training.batchSize, in: 1...(1 << 26), " points")
        try require("learning rate", training.schedule.peak, in: 1e-9...10)
        // A grid is marched at its own cells.
        if grid == nil || resolution != 0 {
            try require("resolution", resolution, in: 2...SurfaceExtractor.maximumResolution, " cells")
        }
        try require("pool size", labels.poolSize, in: 0...(1 << 30), " points")
        try require("winding accuracy", labels.windingAccuracy, in: 1...1000, " radii")
        try require("target scale", target.scale, in: 1e-6...10, " unit-cube lengths")
        try require("averaging decay", training.averagingDecay, in: 0...0.999_999)
        switch budget {
        case .steps(let steps): try require("steps", steps, in: 1...1_000_000_000)
        case .seconds(let seconds): try require("seconds", seconds, in: 0.01...31_536_000)
        }
        guard target.kind == .occupancy || training.loss != .crossEntropy else {
            throw .invalidSetting(
                name: "loss", value: "crossEntropy", remedy: "goes with the target occupancy; use squared or absolute")
        }
        guard weightBits == 16 || weightBits == 32 else {
            throw .invalidSetting(name: "weight bits", value: "\(weightBits)", remedy: "must be 16 or 32")
        }
        if let grid { try validate(grid) }
        if let base {
            try require("base", base.resolution, in: 4...Self.finestBase, " cells")
            guard base.sampleBits == 8 || base.sampleBits == 16 else {
                throw .invalidSetting(name: "base sample bits", value: "\(base.sampleBits)", remedy: "must be 8 or 16")
            }
            try require("base weight floor", base.weightFloor, in: 0...1)
            if case .sdf(let compression, _) = target, compression != .linear {
                throw .invalidSetting(
                    name: "target compression", value: compression.rawValue,
                    remedy: "a base makes it needless; use linear, or no base")
            }
        }
        let parameterCount = try networkParameterCount
        // A gradient a group, two moments (SOAP: and two squares a layer), the parameters and their packed forms.
        let parameterBytes = 4 * parameterCount * 26
        // Samples, their distances, and what they are labelled from, in a cube at most.
        let baseSide = base.map { $0.resolution + 7 } ?? 0
        let required = parameterBytes + labels.poolSize * 40 + baseSide * baseSide * baseSide * 10
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory) / 4 * 3
        guard required <= available else {
            throw .invalidSetting(
                name: "network and pool", value: "of \(parameterCount) parameters and \(labels.poolSize) points",
                remedy: "would take \(required >> 20) MiB, and \(available >> 20) MiB can be used: choose smaller ones")
        }
    }

    /// Cells a side of the finest base: 134 million samples, at which exact labels take minutes.
    static let finestBase = 512

    /// The network before training.
    public func makeNetwork() throws(FittingError) -> CoordinateNetwork {
        let encoding = try makeEncoding()
        return CoordinateNetwork(
            encoding: encoding, shape: shape(encoding), initialization: initialization, seed: seed)
    }

    /// The network before training, with the weights of another where there is one.
    ///
    /// - Throws: ``FittingError/otherStart(reason:)`` when the other has other layers or other frequencies: weights mean
    ///   something for the features that they were learnt with, and for no others.
    public func makeNetwork(startingFrom start: CoordinateNetwork?) throws(FittingError) -> CoordinateNetwork {
        var network = try makeNetwork()
        guard let start else { return network }
        guard start.shape == network.shape else {
            throw .otherStart(
                reason:
                    "other layers (\(start.shape.parameterCount) parameters instead of \(network.shape.parameterCount))"
            )
        }
        guard start.encoding.isEqual(to: network.encoding) else { throw .otherStart(reason: "other frequencies") }
        network.parameters = start.parameters
        return network
    }

    private var networkParameterCount: Int {
        get throws(FittingError) {
            let encoding = try makeEncoding()
            return shape(encoding).parameterCount + encoding.parameterCount
        }
    }

    private func makeEncoding() throws(FittingError) -> any Encoding {
        do { return try encoding.makeEncoding(inputDimension: 3) } catch { throw .training(error) }
    }

    private func shape(_ encoding: any Encoding) -> MultilayerPerceptron {
        MultilayerPerceptron(inputs: encoding.outputCount, width: width, depth: depth, activation: activation)
    }
}
