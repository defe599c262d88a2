import CKernels
import Core

/// Where a training's batches come from. Row r of step s is a pure function of (s, r): workers ask for ranges of rows in
/// any order.
public protocol BatchSource: Sendable {
    /// Writes rows `rows` of the batch of step `step`.
    ///
    /// - Parameters:
    ///   - step: of the training, from 0.
    ///   - rows: of the batch.
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
    ///   - step: of the training, from 0.
    ///   - rows: of the batch.
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

/// Trains a model by stochastic gradient descent, in tiles.
///
/// A batch is cut into tiles of ``Tile/capacity`` points, and consecutive tiles into at most `groupLimit`
/// groups. A worker takes a group through the model, the loss and back, tile by tile, in memory that
/// stays in its cache; groups' gradients are then added in the groups' order. Tiles and groups depend on the batch size
/// alone, so **the same seed gives the same bits on any number of threads**.
///
/// Memory: a gradient a group and a tile a worker, whatever the batch size.
public final class Trainer<M: Model> {
    /// Groups of a batch: enough for 16 threads to share.
    static var groupLimit: Int { 16 }
    /// Steps between two copies of sound weights: at most so many are lost, and copying costs nothing measurable.
    static var soundInterval: Int { 50 }

    public let configuration: TrainingConfiguration
    public let workers: Workers
    /// Steps done.
    public private(set) var stepCount = 0

    /// The model before training: the parameters beside it are the present ones.
    private let template: M
    private var parameters: [Float]
    private let optimizer: any Optimizer
    private var average: [Float]
    private var lossWatch: LossWatch
    /// A model of an earlier step whose loss was near the best, to fall back on when training diverges; every
    /// `soundInterval` steps a newer one.
    public private(set) var lastSound: (step: Int, model: M)?
    private let engine: M.Engine
    private let workspaces: [Workspace]
    private let groupCount: Int
    private let groupGradients: AlignedBuffer<Float>
    private let gradientStride: Int
    private var groupLosses: [Double]
    private var gradient: [Float]

    /// One worker's memory for a tile.
    private final class Workspace {
        let pass: M.Engine.Pass
        let points: AlignedBuffer<Float>
        let outputs: AlignedBuffer<Float>
        let targets: AlignedBuffer<Float>
        let weights: AlignedBuffer<Float>
        /// The affine map from a point's outputs to what the loss sees: gain · output + offset.
        let gains: AlignedBuffer<Float>
        let offsets: AlignedBuffer<Float>
        /// `weights` repeated for every output.
        let outputWeights: AlignedBuffer<Float>
        let outputGradient: AlignedBuffer<Float>

        init(_ engine: M.Engine, inputDimension: Int, outputCount: Int) {
            pass = engine.makePass()
            points = AlignedBuffer(count: Tile.capacity * inputDimension)
            outputs = AlignedBuffer(count: Tile.capacity * outputCount)
            targets = AlignedBuffer(count: Tile.capacity * outputCount)
            weights = AlignedBuffer(count: Tile.capacity)
            gains = AlignedBuffer(count: Tile.capacity)
            offsets = AlignedBuffer(count: Tile.capacity)
            outputWeights = AlignedBuffer(count: Tile.capacity * outputCount)
            outputGradient = AlignedBuffer(count: Tile.capacity * outputCount)
        }
    }

    public init(_ model: M, configuration: TrainingConfiguration, workers: Workers) {
        precondition(configuration.batchSize >= 1, "a batch of at least one point")
        template = model
        parameters = model.parameters
        self.configuration = configuration
        self.workers = workers
        optimizer = configuration.optimizer.makeOptimizer(model.parameterGroups)
        average = configuration.averagingDecay > 0 ? model.parameters : []
        lossWatch = LossWatch(batchSize: configuration.batchSize)
        let engine = model.makeEngine()
        self.engine = engine
        workspaces = (0..<workers.count).map { _ in
            Workspace(engine, inputDimension: model.inputDimension, outputCount: model.outputCount)
        }
        let tileCount = (configuration.batchSize + Tile.capacity - 1) / Tile.capacity
        groupCount = min(Self.groupLimit, tileCount)
        gradientStride = Panel.stride(model.parameters.count)
        groupGradients = AlignedBuffer(count: groupCount * gradientStride)
        groupLosses = [Double](repeating: 0, count: groupCount)
        gradient = [Float](repeating: 0, count: model.parameters.count)
    }

    /// The model that evaluation uses: with the running mean of weights where one is kept.
    public var trainedModel: M {
        var model = template
        model.parameters = configuration.averagingDecay > 0 && stepCount > 0 ? average : parameters
        return model
    }

    /// One step on the batch of step ``stepCount``.
    ///
    /// - Parameters:
    ///   - progress: the part of the training that is done, in [0, 1], for the schedule.
    ///   - source: of the batches; the same one every step.
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
            lastSound = (stepCount, trainedModel)
        }
        try optimizer.step(
            &parameters, gradient: gradient,
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
        engine.take(parameters.span)
        let batchSize = configuration.batchSize
        let tileCount = (batchSize + Tile.capacity - 1) / Tile.capacity
        let parameterCount = gradient.count
        groupLosses.withUnsafeMutableBufferPointer { losses in
            let losses = losses
            workers.forEach(groupCount) { group, worker in
                let gradient = groupGradients[group * gradientStride]
                gradient.update(repeating: 0, count: parameterCount)
                var loss = 0.0
                for index in (group * tileCount / groupCount)..<((group + 1) * tileCount / groupCount) {
                    let start = index * Tile.capacity
                    let rows = start..<min(start + Tile.capacity, batchSize)
                    loss += train(workspaces[worker], on: source, step: step, rows: rows, gradient: gradient)
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
        return Float(groupLosses.reduce(0, +) / Double(batchSize * template.outputCount))
    }

    private func train(
        _ workspace: Workspace, on source: some BatchSource, step: Int, rows: Range<Int>,
        gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let outputCount = template.outputCount
        func span(_ buffer: AlignedBuffer<Float>, _ columns: Int) -> UnsafeMutableBufferPointer<Float> {
            UnsafeMutableBufferPointer(start: buffer.pointer, count: rows.count * columns)
        }
        var points = span(workspace.points, template.inputDimension).mutableSpan
        var targets = span(workspace.targets, outputCount).mutableSpan
        var weights = span(workspace.weights, 1).mutableSpan
        source.fill(step: step, rows: rows, points: &points, targets: &targets, weights: &weights)
        workspace.pass.forward(workspace.points.pointer, count: rows.count, outputs: workspace.outputs.pointer)
        if source.mapsOutputs { mapOutputs(of: workspace, by: source, step: step, rows: rows) }
        if outputCount > 1 {
            // A point's weight counts for each of its outputs.
            for row in 0..<rows.count {
                for output in 0..<outputCount {
                    workspace.outputWeights.pointer[row * outputCount + output] = workspace.weights.pointer[row]
                }
            }
        }
        let loss = ck_loss(
            configuration.loss.kernelCode, rows.count * outputCount, workspace.outputs.pointer,
            workspace.targets.pointer, outputCount > 1 ? workspace.outputWeights.pointer : workspace.weights.pointer,
            1 / Float(configuration.batchSize * outputCount), workspace.outputGradient.pointer)
        if source.mapsOutputs {
            for row in 0..<rows.count {
                for output in 0..<outputCount {
                    workspace.outputGradient.pointer[row * outputCount + output] *= workspace.gains.pointer[row]
                }
            }
        }
        workspace.pass.backward(
            workspace.points.pointer, count: rows.count, outputGradient: workspace.outputGradient.pointer,
            parameterGradient: gradient, pointGradient: nil)
        return loss
    }

    private func mapOutputs(of workspace: Workspace, by source: some BatchSource, step: Int, rows: Range<Int>) {
        let outputCount = template.outputCount
        var gains = UnsafeMutableBufferPointer(start: workspace.gains.pointer, count: rows.count).mutableSpan
        var offsets = UnsafeMutableBufferPointer(start: workspace.offsets.pointer, count: rows.count).mutableSpan
        source.fillOutputMaps(step: step, rows: rows, gains: &gains, offsets: &offsets)
        for row in 0..<rows.count {
            for output in 0..<outputCount {
                let value = workspace.outputs.pointer[row * outputCount + output]
                workspace.outputs.pointer[row * outputCount + output] = gains[row] * value + offsets[row]
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
            average[index] += (1 - decay) * (parameters[index] - average[index])
        }
    }

    // MARK: Stopping and going on

    /// All that a training needs to go on from here to the same bits.
    public var state: TrainingState {
        var state = TrainingState(
            arrays: ["parameters": parameters, "average": average], counts: ["stepCount": stepCount])
        state.insert(lossWatch.state, under: "lossWatch.")
        state.insert(optimizer.state, under: "optimizer.")
        return state
    }

    /// Goes on from a ``state`` of a trainer of the same model and configuration.
    ///
    /// - Throws: ``NeuralFieldsError/unusableState(reason:)`` when arrays are missing, of other sizes than this
    ///   model and optimiser have, or hold what cannot be; the trainer is then unchanged.
    public func restore(_ state: TrainingState) throws(NeuralFieldsError) {
        var rest = state
        let watch = rest.part(under: "lossWatch.")
        rest.arrays = rest.arrays.filter { !$0.key.hasPrefix("lossWatch.") }
        var own = self.state
        own.arrays = own.arrays.filter { !$0.key.hasPrefix("lossWatch.") }
        if let problem = rest.problem(comparedWith: own) { throw .unusableState(reason: problem) }
        guard lossWatch.restore(watch) else { throw .unusableState(reason: "its latest losses are none") }
        parameters = state.arrays["parameters"] ?? parameters
        average = state.arrays["average"] ?? average
        stepCount = state.counts["stepCount"] ?? stepCount
        optimizer.restore(state.part(under: "optimizer."))
    }
}
