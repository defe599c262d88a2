import Core
import Dispatch
import NeuralFields
import TangentKernels
import Testing

@Suite struct BlasThreadsTests {
    /// A training's bits do not depend on decompositions that run beside it with threads of their own.
    @Test func trainingBesideDecompositions() throws {
        struct Waves: BatchSource {
            func fill(
                step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
                weights: inout MutableSpan<Float>
            ) {
                let stream = RandomStream(seed: 5, stream: UInt64(step))
                for row in 0..<rows.count {
                    let draw = stream.uniforms(at: UInt64(rows.lowerBound + row))
                    for axis in 0..<3 { points[3 * row + axis] = draw[axis] }
                    targets[row] = draw.x * draw.y - draw.z
                    weights[row] = 1
                }
            }
        }
        @Sendable func train() throws -> [Float] {
            let shape = MultilayerPerceptron(inputs: 128, width: 128, depth: 2)
            let network = CoordinateNetwork(
                encoding: FourierFeatures.gaussian(inputDimension: 3, count: 64, sigma: 2, seed: 1), shape: shape,
                initialization: .he, seed: 1)
            let trainer = Trainer(
                network,
                configuration: TrainingConfiguration(
                    loss: .squared, optimizer: OptimizerConfiguration(kind: .soap, preconditionEvery: 1),
                    schedule: LearningRateSchedule(peak: 1e-2, shape: .cosine), batchSize: 128),
                workers: .single)
            for step in 0..<30 { _ = try trainer.step(Waves(), progress: Double(step) / 30) }
            return trainer.trainedModel.parameters
        }
        let alone = try train()
        nonisolated(unsafe) var beside: [[Float]] = []
        DispatchQueue.concurrentPerform(iterations: 2) { task in
            if task == 0 {
                beside = (0..<3).compactMap { _ in try? train() }
            } else {
                var matrix = Matrix(rows: 300, columns: 300)
                for index in 0..<300 { matrix[index, index] = Double(index) }
                for _ in 0..<20 { _ = try? Eigendecomposition(matrix, workers: Workers(count: 2)) }
            }
        }
        #expect(beside.count == 3)
        for parameters in beside { #expect(parameters == alone) }
    }
}
