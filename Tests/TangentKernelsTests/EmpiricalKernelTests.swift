import Core
import NeuralFields
import TangentKernels
import Testing

/// Training batches of one point each, whose gradient of a squared loss is a row of J.
private struct OnePoint: BatchSource {
    let point: [Float]
    let output: Int
    let outputCount: Int
    /// The network's outputs there, shifted by −½ in one place so that the squared loss has the derivative 1 / outputs.
    let targets: [Float]

    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        for axis in point.indices { points[axis] = point[axis] }
        for index in 0..<outputCount { targets[index] = self.targets[index] }
        weights[0] = 1
    }
}

@Suite struct EmpiricalKernelTests {
    static func network(
        width: Int, depth: Int = 2, outputs: Int = 1, activation: Activation = .relu, dimension: Int = 3,
        initialization: MultilayerPerceptron.Initialization = .he, seed: UInt64
    ) throws -> CoordinateNetwork {
        let encoding = try GaussianFrequencies(sigma: 1, frequencyCount: 24, seed: seed)
            .makeEncoding(inputDimension: dimension)
        let shape = MultilayerPerceptron(
            inputs: encoding.outputCount, width: width, depth: depth, outputs: outputs, activation: activation)
        return CoordinateNetwork(
            encoding: encoding, shape: shape, initialization: initialization, seed: seed)
    }

    /// Explicit Jacobian rows from the trainer's gradient, one point at a time, against the factorised product.
    @Test(arguments: [Activation.relu, .sine(frequency: 2)], [(1, 0), (3, 1)])
    func equalsTheProductOfExplicitJacobians(_ activation: Activation, outputs: (Int, Int)) throws {
        let network = try Self.network(width: 19, outputs: outputs.0, activation: activation, seed: 2)
        let count = 140
        let points = FourierKernelTests.points(count: count, dimension: 3, seed: 4)
        var values = [Float](repeating: 0, count: count * outputs.0)
        var span = values.mutableSpan
        ModelEvaluator(network).evaluate(points.span, into: &span, workers: .single)
        let picked = [0, 1, 50, 127, 128, 139]
        let rows = picked.map { row in
            var targets = Array(values[(row * outputs.0)..<((row + 1) * outputs.0)])
            targets[outputs.1] -= 0.5 * Float(outputs.0)
            let trainer = Trainer(
                network,
                configuration: TrainingConfiguration(
                    loss: .squared, optimizer: OptimizerConfiguration(kind: .sgd),
                    schedule: LearningRateSchedule(peak: 1, shape: .constant), batchSize: 1),
                workers: .single)
            return trainer.gradient(
                of: OnePoint(
                    point: Array(points[(row * 3)..<(row * 3 + 3)]), output: outputs.1, outputCount: outputs.0,
                    targets: targets), step: 0
            ).gradient.map(Double.init)
        }
        let kernel = try EmpiricalKernel.matrix(
            of: network, points: points, output: outputs.1, workers: Workers(count: 2))
        for (a, i) in picked.enumerated() {
            for (b, j) in picked.enumerated() {
                let product = zip(rows[a], rows[b]).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(kernel[i, j] - product) < 2e-5 * kernel[i, i], "(\(i), \(j)) \(kernel[i, j]) \(product)")
            }
        }
    }

    /// The mean over seeds of ‖K − Θ‖ / ‖Θ‖ falls as 1 / √width.
    @Test(arguments: [MultilayerPerceptron.Initialization.he, .glorot])
    func approachesTheClosedFormAsWidthGrows(_ initialization: MultilayerPerceptron.Initialization) throws {
        let rows = try WidthConvergence.measure(
            encoding: GaussianFrequencies(sigma: 1, frequencyCount: 24).makeEncoding(inputDimension: 3), depth: 2,
            initialization: initialization, widths: [32, 512], seeds: 0..<6,
            points: FourierKernelTests.points(count: 40, dimension: 3, seed: 8), workers: Workers())
        #expect(rows[1].standardError.mean < 0.18)
        #expect(rows[1].tangentError.mean < 0.18)
        // √16 = 4 in the limit.
        #expect(rows[0].tangentError.mean / rows[1].tangentError.mean > 2.8)
    }
}
