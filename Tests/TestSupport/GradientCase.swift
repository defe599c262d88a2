import Core
import NeuralFields
import Testing

/// A case of the product of encodings, activations and losses.
package struct GradientCase: Sendable, CustomTestStringConvertible {
    package var encoding = EncodingConfiguration.tested[0]
    package var activation: Activation = .relu
    package var loss: Loss = .squared
    package var dimension = 3
    package var outputs = 1
    package var width = 37
    package var seed: UInt64 = 1

    package init(
        encoding: EncodingConfiguration = .tested[0], activation: Activation = .relu, loss: Loss = .squared,
        dimension: Int = 3,
        outputs: Int = 1, width: Int = 37, seed: UInt64 = 1
    ) {
        self.encoding = encoding
        self.activation = activation
        self.loss = loss
        self.dimension = dimension
        self.outputs = outputs
        self.width = width
        self.seed = seed
    }

    package var testDescription: String {
        "\(encoding.name) \(activation.kind) \(loss) \(dimension)D→\(outputs) seed \(seed)"
    }

    package static let all: [GradientCase] =
        EncodingConfiguration.tested.map { GradientCase(encoding: $0) }
        + [Activation.sine(frequency: 2), .gaussian(width: 0.7), .finer(frequency: 1.5)]
        .map { GradientCase(activation: $0) }
        + Loss.allCases.map { GradientCase(loss: $0) }
        + [1, 2].map { GradientCase(dimension: $0) }
        + [GradientCase(outputs: 3), GradientCase(width: 64, seed: 2), GradientCase(width: 5, seed: 3)]

    package func makeNetwork() throws -> CoordinateNetwork {
        var configuration = encoding
        configuration.seed = seed
        let encoding = try configuration.makeEncoding(inputDimension: dimension)
        let shape = MultilayerPerceptron(
            inputs: encoding.outputCount, width: width, depth: 2, outputs: outputs, activation: activation)
        return CoordinateNetwork(encoding: encoding, shape: shape, initialization: .glorot, seed: seed)
            .withGrownEncoding()
    }

    package func makeBatch(count: Int) -> FixedBatch {
        let stream = RandomStream(seed: seed, stream: 99)
        let values = (0..<count * (dimension + outputs + 1)).map { stream.uniforms(at: UInt64($0)).x }
        return FixedBatch(
            dimension: dimension, outputCount: outputs, points: Array(values.prefix(count * dimension)),
            targets: Array(values[(count * dimension)..<(count * (dimension + outputs))]),
            weights: values.suffix(count).map { $0 + 0.5 })
    }
}
