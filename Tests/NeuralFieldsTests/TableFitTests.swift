import Core
import Foundation
import NeuralFields
import Testing

@Suite struct TableFitTests {
    @Test(arguments: [(1, 1), (2, 3)]) func learnsATable(sizes: (dimension: Int, outputs: Int)) throws {
        let stream = RandomStream(seed: 1, stream: 3)
        let points = (0..<200 * sizes.dimension).map { stream.uniforms(at: UInt64($0)).x }
        let targets = (0..<200).flatMap { row in
            (0..<sizes.outputs).map { sin(6 * points[row * sizes.dimension] + Float($0)) }
        }
        let table = PointTable(
            dimension: sizes.dimension, outputCount: sizes.outputs, points: points, targets: targets)
        var fit = TableFit(width: 32, steps: 200)
        fit.encoding = EncodingConfiguration(GaussianFrequencies(sigma: 1, frequencyCount: 16))
        fit.training.batchSize = 256
        let network = try fit.run(table, workers: Workers(count: 2))
        let values = network.values(at: points, workers: .single)
        let error = zip(values, targets).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Float(targets.count)
        #expect(error < 1e-2)
        #expect(try fit.run(table, workers: .single) == network)
        fit.steps = 0
        #expect(throws: NeuralFieldsError.self) { try fit.run(table, workers: .single) }
    }
}
