import NeuralFields
import Testing

@Suite struct MultilayerPerceptronTests {
    @Test func layersFollowEachOther() {
        let shape = MultilayerPerceptron(inputs: 10, width: 7, depth: 3, outputs: 2)
        #expect(shape.layers.map(\.inputs) == [10, 7, 7, 7])
        #expect(shape.layers.map(\.outputs) == [7, 7, 7, 2])
        #expect(shape.layers.first?.weights == 0)
        #expect(zip(shape.layers, shape.layers.dropFirst()).allSatisfy { $0.end == $1.weights })
        #expect(shape.parameterCount == 10 * 7 + 7 + 2 * (7 * 7 + 7) + 7 * 2 + 2)
    }

    @Test(arguments: MultilayerPerceptron.Initialization.allCases, 1...3 as ClosedRange<UInt64>)
    func parametersHaveTheirMoments(_ initialization: MultilayerPerceptron.Initialization, seed: UInt64) {
        let scale: Float = 3
        let shape = MultilayerPerceptron(
            inputs: 200, width: 150, depth: 2, outputs: 100, activation: .sine(frequency: scale))
        let parameters = shape.initialParameters(initialization, seed: seed)
        #expect(parameters != shape.initialParameters(initialization, seed: seed + 1))
        for (index, layer) in shape.layers.enumerated() {
            let inputs = Float(layer.inputs)
            let weights = parameters[layer.weights..<layer.biases]
            let biases = parameters[layer.biases..<layer.end]
            let expected: Float
            switch initialization {
            case .he:
                expected = (index == 2 ? 1 : 2) / inputs
                #expect(biases.allSatisfy { $0 == 0 })
            case .glorot:
                expected = 2 / (inputs + Float(layer.outputs))
                #expect(abs(variance(biases) / 1e-4 - 1) < 0.7)
            case .siren:
                let bound = index == 0 ? 1 / inputs : (6 / inputs).squareRoot() / scale
                expected = bound * bound / 3
                #expect(weights.allSatisfy { abs($0) <= bound } && biases.allSatisfy { abs($0) <= bound })
                #expect((weights.max() ?? 0) > 0.99 * bound && (weights.min() ?? 0) < -0.99 * bound)
            }
            // Five standard errors of a normal's mean and variance.
            let count = Float(weights.count)
            #expect(abs(weights.reduce(0, +) / count) < 5 * (expected / count).squareRoot())
            #expect(abs(variance(weights) / expected - 1) < 5 * (2 / count).squareRoot())
        }
    }

    private func variance(_ values: ArraySlice<Float>) -> Float {
        values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
    }
}
