import Core
import Foundation
import NeuralFields
import Testing

/// Fixtures/optimizers.json: steps of PyTorch's Adam, and of SOAP as its paper says, made by the script beside it.
private struct OptimizerFixture: Decodable {
    var inputs, width, outputs, preconditionEvery: Int
    var beta1, beta2, epsilon: Float
    var rates, start: [Float]
    var gradients, adam, soap: [[Float]]

    static func load() throws -> OptimizerFixture {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/optimizers.json")
        return try JSONDecoder().decode(OptimizerFixture.self, from: Data(contentsOf: file))
    }
}

@Suite struct OptimizerTests {
    @Test(arguments: [.adam, .soap] as [OptimizerConfiguration.Kind], [1, 2])
    func stepsEqualThePeers(_ kind: OptimizerConfiguration.Kind, threads: Int) throws {
        let fixture = try OptimizerFixture.load()
        let shape = MultilayerPerceptron(
            inputs: fixture.inputs, width: fixture.width, depth: 1, outputs: fixture.outputs)
        let optimizer = OptimizerConfiguration(
            kind: kind, beta1: fixture.beta1, beta2: fixture.beta2, epsilon: fixture.epsilon,
            preconditionEvery: fixture.preconditionEvery
        ).makeOptimizer(shape.parameterGroups())
        var parameters = fixture.start
        #expect(parameters.count == shape.parameterCount)
        let expected = kind == .adam ? fixture.adam : fixture.soap
        for step in fixture.rates.indices {
            try take(
                optimizer, fixture.gradients[step], rate: fixture.rates[step], workers: Workers(count: threads),
                &parameters)
            let error = zip(parameters, expected[step]).map { abs($0 - $1) }.max() ?? .infinity
            // A step moves a parameter by about its rate, 5e-3 to 2e-2. SOAP's bases come from single-precision LAPACK,
            // whose rounding differs by processor: 1.6e-5 and 3.2e-5 on two of them.
            #expect(error < (kind == .adam ? 1e-6 : 1e-4), "step \(step)")
        }
    }

    /// With a constant gradient both moments are exact, and every step is the rate against the gradient's sign.
    @Test func adamMovesByTheRateUnderAConstantGradient() throws {
        let shape = MultilayerPerceptron(inputs: 2, width: 3, depth: 1)
        let optimizer = OptimizerConfiguration().makeOptimizer(shape.parameterGroups())
        let gradient = (0..<shape.parameterCount).map { Float($0 % 2 == 0 ? 1 : -1) * Float($0 + 1) }
        var parameters = [Float](repeating: 0, count: shape.parameterCount)
        for step in 1...50 {
            try take(optimizer, gradient, rate: 0.125, workers: .single, &parameters)
            for (value, slope) in zip(parameters, gradient) {
                #expect(abs(value + 0.125 * Float(step) * slope.sign.factor) < 1e-4)
            }
        }
    }

    /// SOAP in a basis that never turns is Adam there: with gradients of one fixed direction per step count, a step is
    /// never longer than the rate times the root of the matrix's entries.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func soapStepsAreBounded(_ seed: UInt64) throws {
        let shape = MultilayerPerceptron(inputs: 6, width: 5, depth: 2, outputs: 2)
        let optimizer = OptimizerConfiguration(kind: .soap, beta1: 0.9, beta2: 0.9, preconditionEvery: 2)
            .makeOptimizer(shape.parameterGroups())
        let stream = RandomStream(seed: seed, stream: 1)
        var parameters = [Float](repeating: 0, count: shape.parameterCount)
        for step in 0..<30 {
            let before = parameters
            let gradient = parameters.indices.map { stream.normals(at: UInt64(step * 1000 + $0)).x }
            try take(optimizer, gradient, rate: 0.1, workers: .single, &parameters)
            for layer in shape.layers {
                let squares = (layer.weights..<layer.end).map {
                    let moved = parameters[$0] - before[$0]
                    return moved * moved
                }
                let length = squares.reduce(0, +).squareRoot()
                if step == 0 { #expect(length == 0, "the first gradient only sets the basis") }
                // |m̂| / √v̂ is at most about 1 / √(1 − β₂) an entry, by Cauchy and Schwarz with equal decays.
                #expect(length < 0.1 * 3.2 * Float(layer.end - layer.weights).squareRoot())
            }
        }
    }
}

/// One step of `optimizer` on `parameters`.
private func take(
    _ optimizer: any Optimizer, _ gradient: [Float], rate: Float, workers: Workers, _ parameters: inout [Float]
) throws {
    try optimizer.step(&parameters, gradient: gradient, rate: rate, workers: workers)
}

extension FloatingPointSign {
    fileprivate var factor: Float { self == .plus ? 1 : -1 }
}
