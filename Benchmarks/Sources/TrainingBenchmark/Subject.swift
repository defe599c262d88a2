import Core
import NeuralFields

/// A network and batch size that every engine trains.
struct Subject {
    let frequencies: Int
    let depth: Int
    let width: Int
    let batchSize: Int

    static let all = [
        Subject(frequencies: 256, depth: 7, width: 256, batchSize: 32_768),
        Subject(frequencies: 128, depth: 2, width: 128, batchSize: 16_384),
        Subject(frequencies: 64, depth: 3, width: 64, batchSize: 16_384),
    ]

    var name: String { "\(frequencies) frequencies, \(depth) × \(width), batch \(batchSize)" }

    func makeNetwork() throws -> CoordinateNetwork {
        let encoding = try GaussianFrequencies(sigma: 5, frequencyCount: frequencies).makeEncoding(inputDimension: 3)
        let shape = MultilayerPerceptron(inputs: encoding.outputCount, width: width, depth: depth)
        return CoordinateNetwork(encoding: encoding, shape: shape, initialization: .glorot, seed: 0)
    }

    func makeTrainer(_ network: CoordinateNetwork, threads: Int) -> Trainer<CoordinateNetwork> {
        Trainer(
            network,
            configuration: TrainingConfiguration(
                loss: .crossEntropy, optimizer: OptimizerConfiguration(),
                schedule: LearningRateSchedule(peak: 1e-3, shape: .constant), batchSize: batchSize),
            workers: Workers(count: threads))
    }
}

extension CoordinateNetwork {
    /// Matrix operations of one point's values: a multiplication and an addition a weight.
    var forwardOperations: Int { shape.layers.reduce(0) { $0 + 2 * $1.inputs * $1.outputs } }
    /// Of one point's part in a step: forward, weights' gradients, and inputs' gradients of all layers but the first.
    var trainingOperations: Int {
        3 * forwardOperations - 2 * shape.layers[0].inputs * shape.layers[0].outputs
    }
    /// Of one point's value and its gradient with respect to the point.
    var gradientOperations: Int { 2 * forwardOperations }
}

/// Fresh random points in every step, labelled by a sphere: sampling is part of what is measured.
struct SphereBatches: BatchSource {
    let stream = RandomStream(seed: 1, stream: 1)
    let batchSize: Int

    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        for row in 0..<rows.count {
            let point = stream.uniforms(at: UInt64(step * batchSize + rows.lowerBound + row))
            points[3 * row] = point.x
            points[3 * row + 1] = point.y
            points[3 * row + 2] = point.z
            let offset = SIMD3(point.x, point.y, point.z) - 0.5
            targets[row] = (offset * offset).sum() < 0.16 ? 1 : 0
            weights[row] = 1
        }
    }
}
