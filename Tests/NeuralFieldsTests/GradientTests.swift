import Core
import NeuralFields
import TestSupport
import Testing

@Suite struct GradientTests {
    /// The engine's gradient of every parameter against central differences of the reference in double precision, on a
    /// batch that leaves a partial tile.
    @Test(arguments: GradientCase.all) func gradientsEqualFiniteDifferences(_ testCase: GradientCase) throws {
        let network = try testCase.makeNetwork()
        let count = 150
        let batch = testCase.makeBatch(count: count)
        let trainer = Trainer(
            network,
            configuration: TrainingConfiguration(
                loss: testCase.loss, optimizer: OptimizerConfiguration(),
                schedule: LearningRateSchedule(peak: 0, shape: .constant), batchSize: count),
            workers: Workers(count: 2))
        let (loss, gradient) = trainer.gradient(of: batch, step: 0)

        var reference = ReferenceNetwork(network)
        func referenceLoss() -> Double {
            var sum = 0.0
            for row in 0..<count {
                let point = (0..<testCase.dimension).map { Double(batch.points[row * testCase.dimension + $0]) }
                for (output, y) in reference.outputs(at: point).enumerated() {
                    let target = Double(batch.targets[row * testCase.outputs + output])
                    sum += Double(batch.weights[row]) * ReferenceNetwork.loss(testCase.loss, y, target)
                }
            }
            return sum / Double(count * testCase.outputs)
        }
        #expect(abs(Double(loss) - referenceLoss()) < 2e-6 * max(1, referenceLoss()))

        let scale = Double(gradient.map(abs).max() ?? 0)
        // Every seventh parameter and the whole output layer: all layers, weights and biases alike.
        let last = network.shape.layers[network.shape.layers.count - 1]
        for index in gradient.indices where index % 7 == 0 || index >= last.weights {
            let saved = reference.parameters[index]
            let step = 1e-6
            reference.parameters[index] = saved + step
            let above = referenceLoss()
            reference.parameters[index] = saved - step
            let below = referenceLoss()
            reference.parameters[index] = saved
            let difference = (above - below) / (2 * step)
            #expect(
                abs(Double(gradient[index]) - difference) < 2e-4 * scale + 2e-6,
                "parameter \(index): \(gradient[index]) against \(difference)")
        }
    }

    @Test(arguments: GradientCase.all.filter { $0.outputs == 1 })
    func valuesAndPointGradientsEqualTheReference(_ testCase: GradientCase) throws {
        let network = try testCase.makeNetwork()
        let reference = ReferenceNetwork(network)
        let batch = testCase.makeBatch(count: 300)
        var outputs = [Float](repeating: 0, count: 300)
        var gradients = [Float](repeating: 0, count: batch.points.count)
        do {
            var outputSpan = outputs.mutableSpan
            var gradientSpan = gradients.mutableSpan
            ModelEvaluator(network).evaluate(
                batch.points.span, into: &outputSpan, gradients: &gradientSpan, workers: Workers(count: 2))
        }
        let d = testCase.dimension
        for row in stride(from: 0, to: 300, by: 7) {
            let point = (0..<d).map { Double(batch.points[row * d + $0]) }
            #expect(abs(Double(outputs[row]) - reference.outputs(at: point)[0]) < 5e-6)
            for axis in 0..<d {
                var above = point
                var below = point
                above[axis] += 1e-6
                below[axis] -= 1e-6
                let difference = (reference.outputs(at: above)[0] - reference.outputs(at: below)[0]) / 2e-6
                #expect(
                    abs(Double(gradients[row * d + axis]) - difference) < 1e-3 * max(1, abs(difference)),
                    "row \(row) axis \(axis)")
            }
        }
    }
}

@Suite struct TrainerTests {
    private func train(optimizer: OptimizerConfiguration.Kind, threads: Int) throws -> [Float] {
        let testCase = GradientCase()
        let trainer = Trainer(
            try testCase.makeNetwork(),
            configuration: TrainingConfiguration(
                loss: .squared, optimizer: OptimizerConfiguration(kind: optimizer),
                schedule: LearningRateSchedule(peak: 1e-2, shape: .cosine, warmUpSteps: 3), batchSize: 2500,
                averagingDecay: 0.9),
            workers: Workers(count: threads))
        let batch = testCase.makeBatch(count: 2500)
        for step in 0..<25 { _ = try trainer.step(batch, progress: Double(step) / 25) }
        return trainer.trainedModel.parameters
    }

    @Test(arguments: OptimizerConfiguration.Kind.allCases)
    func sameBitsOnAnyNumberOfThreads(_ optimizer: OptimizerConfiguration.Kind) throws {
        let reference = try train(optimizer: optimizer, threads: 1)
        for threads in [2, 4] { #expect(try train(optimizer: optimizer, threads: threads) == reference) }
    }

    @Test(arguments: OptimizerConfiguration.Kind.allCases)
    func resumesToTheSameBits(_ optimizer: OptimizerConfiguration.Kind) throws {
        let testCase = GradientCase()
        let batch = testCase.makeBatch(count: 300)
        func makeTrainer() throws -> Trainer<CoordinateNetwork> {
            Trainer(
                try testCase.makeNetwork(),
                configuration: TrainingConfiguration(
                    loss: .squared, optimizer: OptimizerConfiguration(kind: optimizer),
                    schedule: LearningRateSchedule(peak: 1e-2, shape: .linear), batchSize: 300, averagingDecay: 0.5),
                workers: .single)
        }
        let whole = try makeTrainer()
        for step in 0..<24 { _ = try whole.step(batch, progress: Double(step) / 24) }
        let first = try makeTrainer()
        for step in 0..<13 { _ = try first.step(batch, progress: Double(step) / 24) }
        let second = try makeTrainer()
        try second.restore(first.state)
        for step in 13..<24 { _ = try second.step(batch, progress: Double(step) / 24) }
        #expect(second.trainedModel.parameters == whole.trainedModel.parameters)
    }

    @Test(arguments: OptimizerConfiguration.Kind.allCases)
    func lossFalls(_ optimizer: OptimizerConfiguration.Kind) throws {
        let testCase = GradientCase()
        let batch = testCase.makeBatch(count: 256)
        let trainer = Trainer(
            try testCase.makeNetwork(),
            configuration: TrainingConfiguration(
                loss: .squared, optimizer: OptimizerConfiguration(kind: optimizer),
                schedule: LearningRateSchedule(peak: 3e-3, shape: .constant), batchSize: 256),
            workers: Workers())
        let first = try trainer.step(batch, progress: 0)
        var last = first
        for _ in 0..<300 { last = try trainer.step(batch, progress: 0) }
        #expect(last < first / 10)
    }
}
