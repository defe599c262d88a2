import CKernels
import Core

/// Where a training's batches come from. Row r of step s is a pure function of (s, r): workers ask for ranges of rows in
/// any order.
public protocol BatchSource: Sendable {
    /// Writes rows `rows` of the batch of step `step`.
    ///
    /// - Parameters:
    ///   - points: `(rows.count, inputDimension)` row-major.
    ///   - targets: `(rows.count, outputCount)` row-major.
    ///   - weights: `(rows.count)`, of the loss.
    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>)

    /// Whether the loss sees gain · output + offset in place of a network's output, as ``fillOutputMaps(step:rows:gains:offsets:)``
    /// says.
    var mapsOutputs: Bool { get }

    /// Writes the gains and offsets of the same rows; asked for after ``fill(step:rows:points:targets:weights:)`` where
    /// ``mapsOutputs``.
    ///
    /// - Parameters:
    ///   - gains: `(rows.count)`, for all outputs of a point.
    ///   - offsets: `(rows.count)` likewise.
    func fillOutputMaps(
        step: Int, rows: Range<Int>, gains: inout MutableSpan<Float>, offsets: inout MutableSpan<Float>)
}

extension BatchSource {
    public var mapsOutputs: Bool { false }

    public func fillOutputMaps(
        step: Int, rows: Range<Int>, gains: inout MutableSpan<Float>, offsets: inout MutableSpan<Float>
    ) {
        for row in 0..<rows.count {
            gains[row] = 1
            offsets[row] = 0
        }
    }
}

/// The settings of a ``Trainer``.
public struct TrainingConfiguration: Sendable, Equatable, Codable {
    public var loss: Loss
    public var optimizer: OptimizerConfiguration
    public var schedule: LearningRateSchedule
    /// Points of a step.
    public var batchSize: Int
    /// Decay of the running mean of weights that evaluation uses; 0 for the weights themselves.
    public var averagingDecay: Float

    public init(
        loss: Loss, optimizer: OptimizerConfiguration, schedule: LearningRateSchedule, batchSize: Int,
        averagingDecay: Float = 0
    ) {
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.batchSize = batchSize
        self.averagingDecay = averagingDecay
    }
}

/// Trains a coordinate network by stochastic gradient descent, in tiles.
///
/// A batch is cut into tiles of ``NetworkTile/capacity`` points, and consecutive tiles into at most ``groupLimit``
/// groups. A worker takes a group through encoding, forward pass, loss and backward pass, tile by tile, in memory that
/// stays in its cache; groups' gradients are then added in the groups' order. Tiles and groups depend on the batch size
/// alone, so **the same seed gives the same bits on any number of threads**.
///
/// Memory: a gradient a group and a tile a worker, whatever the batch size.
public final class Trainer {
    /// Groups of a batch: enough for 16 threads to share.
    static let groupLimit = 16
    /// Steps between two copies of sound weights: at most so many are lost, and copying costs nothing measurable.
    static let soundInterval = 50

    public let configuration: TrainingConfiguration
    public let workers: Workers
    /// Steps done.
    public private(set) var stepCount = 0

    private var network: CoordinateNetwork
    private var optimizer: any Optimizer
    private var average: [Float]
    private var lossWatch: LossWatch
    /// A network of an earlier step whose loss was near the best, to fall back on when training diverges; every
    /// ``soundInterval`` steps a newer one.
    public private(set) var lastSound: (step: Int, network: CoordinateNetwork)?
    private let packed: PackedNetwork
    private var tiles: [NetworkTile]
    private let groupCount: Int
    private let groupGradients: FloatBuffer
    private let gradientStride: Int
    private var groupLosses: [Double]
    private var gradient: [Float]

    public init(_ network: CoordinateNetwork, configuration: TrainingConfiguration, workers: Workers) {
        precondition(configuration.batchSize >= 1, "a batch of at least one point")
        self.network = network
        self.configuration = configuration
        self.workers = workers
        optimizer = configuration.optimizer.makeOptimizer(for: network.shape)
        average = configuration.averagingDecay > 0 ? network.parameters : []
        lossWatch = LossWatch(batchSize: configuration.batchSize)
        packed = PackedNetwork(network.shape)
        tiles = (0..<workers.count).map { _ in NetworkTile(encoding: network.encoding, shape: network.shape) }
        let tileCount = (configuration.batchSize + NetworkTile.capacity - 1) / NetworkTile.capacity
        groupCount = min(Self.groupLimit, tileCount)
        gradientStride = NetworkTile.stride(network.shape.parameterCount)
        groupGradients = FloatBuffer(count: groupCount * gradientStride)
        groupLosses = [Double](repeating: 0, count: groupCount)
        gradient = [Float](repeating: 0, count: network.shape.parameterCount)
    }

    /// The network that evaluation uses: with the running mean of weights where one is kept.
    public var trainedNetwork: CoordinateNetwork {
        guard configuration.averagingDecay > 0, stepCount > 0 else { return network }
        return CoordinateNetwork(encoding: network.encoding, shape: network.shape, parameters: average)
    }

    /// One step on the batch of step ``stepCount``.
    ///
    /// - Parameter progress: the part of the training that is done, in [0, 1], for the schedule.
    /// - Returns: the batch's mean loss before the step.
    /// - Throws: ``NeuralFieldsError/diverged(step:loss:)`` when the loss or its gradient is not finite, or the loss is a
    ///   thousand times the best mean of 50 steps. The trainer is then as it was before the step; ``lastSound`` has weights
    ///   from before the loss rose.
    /// - Complexity: about 6 · parameters · batch size floating-point operations.
    public func step(_ source: some BatchSource, progress: Double) throws(NeuralFieldsError) -> Float {
        let loss = lossAndGradient(source, step: stepCount)
        // ReLU turns NaN into zero, so that weights spoilt by one bad gradient might never show in a loss.
        guard loss.isFinite, gradientIsFinite, !lossWatch.isExplosion(loss) else {
            throw .diverged(step: stepCount, loss: loss)
        }
        lossWatch.take(loss)
        if stepCount > 0, stepCount % Self.soundInterval == 0, lossWatch.isSound(loss) {
            lastSound = (stepCount, trainedNetwork)
        }
        let gradient = gradient
        var parameters = network.parameters.mutableSpan
        try optimizer.step(
            parameters: &parameters, gradient: gradient.span,
            rate: configuration.schedule.rate(step: stepCount, progress: progress), workers: workers)
        stepCount += 1
        if configuration.averagingDecay > 0 { updateAverage() }
        return loss
    }

    /// The mean loss of a step's batch, and its gradient with respect to the parameters.
    package func gradient(of source: some BatchSource, step: Int) -> (loss: Float, gradient: [Float]) {
        (lossAndGradient(source, step: step), gradient)
    }

    private func lossAndGradient(_ source: some BatchSource, step: Int) -> Float {
        packed.pack(network.parameters.span, of: network.shape, includesBackward: true)
        let batchSize = configuration.batchSize
        let tileCount = (batchSize + NetworkTile.capacity - 1) / NetworkTile.capacity
        let parameterCount = network.shape.parameterCount
        let tiles = tiles
        groupLosses.withUnsafeMutableBufferPointer { losses in
            let losses = losses
            workers.forEach(groupCount) { group, worker in
                let tile = tiles[worker]
                let gradient = groupGradients[group * gradientStride]
                gradient.update(repeating: 0, count: parameterCount)
                var loss = 0.0
                for index in (group * tileCount / groupCount)..<((group + 1) * tileCount / groupCount) {
                    let start = index * NetworkTile.capacity
                    let rows = start..<min(start + NetworkTile.capacity, batchSize)
                    loss += train(tile, on: source, step: step, rows: rows, gradient: gradient)
                }
                losses[group] = loss
            }
        }
        gradient.withUnsafeMutableBufferPointer { gradient in
            guard let sum = gradient.baseAddress else { return }
            workers.forEachChunk(of: parameterCount, chunkSize: 1 << 14) { range, _ in
                ck_sum_arrays(
                    range.count, groupCount, groupGradients[range.lowerBound], gradientStride,
                    sum + range.lowerBound)
            }
        }
        return Float(groupLosses.reduce(0, +) / Double(batchSize * network.outputCount))
    }

    private func train(
        _ tile: NetworkTile, on source: some BatchSource, step: Int, rows: Range<Int>,
        gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let outputCount = network.outputCount
        var points = UnsafeMutableBufferPointer(
            start: tile.points.pointer, count: rows.count * network.inputDimension
        ).mutableSpan
        var targets = UnsafeMutableBufferPointer(start: tile.targets.pointer, count: rows.count * outputCount)
            .mutableSpan
        var weights = UnsafeMutableBufferPointer(start: tile.weights.pointer, count: rows.count).mutableSpan
        source.fill(step: step, rows: rows, points: &points, targets: &targets, weights: &weights)
        tile.forward(packed, count: rows.count)
        if source.mapsOutputs { mapOutputs(of: tile, by: source, step: step, rows: rows) }
        if outputCount > 1 {
            // A point's weight counts for each of its outputs.
            for row in 0..<rows.count {
                for output in 0..<outputCount {
                    tile.outputWeights.pointer[row * outputCount + output] = tile.weights.pointer[row]
                }
            }
        }
        let loss = ck_loss(
            configuration.loss.kernelCode, rows.count * outputCount, tile.outputs.pointer, tile.targets.pointer,
            outputCount > 1 ? tile.outputWeights.pointer : tile.weights.pointer,
            1 / Float(configuration.batchSize * outputCount), tile.outputGradient.pointer)
        if source.mapsOutputs {
            for row in 0..<rows.count {
                for output in 0..<outputCount {
                    tile.outputGradient.pointer[row * outputCount + output] *= tile.gains.pointer[row]
                }
            }
        }
        tile.backward(packed, count: rows.count, parameterGradient: gradient)
        return loss
    }

    private func mapOutputs(of tile: NetworkTile, by source: some BatchSource, step: Int, rows: Range<Int>) {
        let outputCount = network.outputCount
        var gains = UnsafeMutableBufferPointer(start: tile.gains.pointer, count: rows.count).mutableSpan
        var offsets = UnsafeMutableBufferPointer(start: tile.offsets.pointer, count: rows.count).mutableSpan
        source.fillOutputMaps(step: step, rows: rows, gains: &gains, offsets: &offsets)
        for row in 0..<rows.count {
            for output in 0..<outputCount {
                let value = tile.outputs.pointer[row * outputCount + output]
                tile.outputs.pointer[row * outputCount + output] = gains[row] * value + offsets[row]
            }
        }
    }

    private var gradientIsFinite: Bool {
        let infinity = Float.infinity.bitPattern
        // The exponent of infinities and NaN is the largest there is; integers, so that the loop has no long chain.
        return gradient.reduce(0) { max($0, $1.bitPattern & infinity) } < infinity
    }

    private func updateAverage() {
        // While few steps are done, their plain mean: a fixed decay would remember the initial weights.
        let decay = min(configuration.averagingDecay, Float(stepCount) / Float(stepCount + 9))
        for index in average.indices {
            average[index] += (1 - decay) * (network.parameters[index] - average[index])
        }
    }

    /// All that a training needs to go on from here to the same bits, by name.
    public var state: [String: [Float]] {
        get {
            var state = optimizer.state.reduce(into: [:]) { $0["optimizer." + $1.key] = $1.value }
            state["parameters"] = network.parameters
            state["average"] = average
            state["lossWatch"] = lossWatch.state
            state["stepCount"] = [Float(stepCount >> 16), Float(stepCount & 0xffff)]
            return state
        }
        set {
            network.parameters = newValue["parameters"] ?? network.parameters
            average = newValue["average"] ?? average
            lossWatch.state = newValue["lossWatch"] ?? lossWatch.state
            if let words = newValue["stepCount"], words.count == 2 { stepCount = Int(words[0]) << 16 + Int(words[1]) }
            optimizer.state = newValue.reduce(into: [:]) { state, entry in
                if entry.key.hasPrefix("optimizer.") { state[String(entry.key.dropFirst(10))] = entry.value }
            }
        }
    }

    /// Goes on from a ``state`` that a file held.
    ///
    /// - Parameter path: the file's name for messages.
    /// - Throws: ``NeuralFieldsError/invalidModelFile(path:reason:)`` when arrays are missing, of other sizes than this
    ///   network and optimiser have, or hold what cannot be; the trainer is then unchanged.
    public func restore(_ newState: [String: [Float]], path: String) throws(NeuralFieldsError) {
        let own = state
        func fail(_ reason: String) -> NeuralFieldsError {
            .invalidModelFile(path: path, reason: "is damaged: \(reason)")
        }
        for (name, values) in own.sorted(by: { $0.key < $1.key }) where !values.isEmpty {
            guard let given = newState[name] else { throw fail("it lacks \(name)") }
            guard given.count == values.count else {
                throw fail("\(name) has \(given.count) numbers instead of \(values.count)")
            }
            guard given.allSatisfy(\.isFinite) else { throw fail("\(name) holds NaN or infinity") }
            // Counters, which single precision holds up to 2²⁴.
            if name == "stepCount" || name.hasSuffix("steps") {
                guard given.allSatisfy({ $0 >= 0 && $0 <= 0x1p24 && $0 == $0.rounded() }) else {
                    throw fail("\(name) is no count")
                }
            }
        }
        if let name = newState.keys.filter({ own[$0] == nil }).min() {
            throw fail("it has \(name), which is not used here")
        }
        state = newState
    }
}
