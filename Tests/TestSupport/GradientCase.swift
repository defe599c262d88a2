import Core
import NeuralFields
import Testing

/// A case of the product of encodings, activations and losses.
package struct GradientCase: Sendable, CustomTestStringConvertible {
    package var encoding: Encoding.Kind = .gaussian
    package var activation: Activation = .relu
    package var loss: Loss = .squared
    package var dimension = 3
    package var outputs = 1
    package var width = 37
    package var seed: UInt64 = 1

    package init(
        encoding: Encoding.Kind = .gaussian, activation: Activation = .relu, loss: Loss = .squared, dimension: Int = 3,
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
        "\(encoding) \(activation.kind) \(loss) \(dimension)D→\(outputs) seed \(seed)"
    }

    package static let all: [GradientCase] =
        Encoding.Kind.allCases.map { GradientCase(encoding: $0) }
        + [Activation(.sine, scale: 2), Activation(.gaussian, scale: 0.7), Activation(.finer, scale: 1.5)]
        .map { GradientCase(activation: $0) }
        + Loss.allCases.map { GradientCase(loss: $0) }
        + [1, 2].map { GradientCase(dimension: $0) }
        + [GradientCase(outputs: 3), GradientCase(width: 64, seed: 2), GradientCase(width: 5, seed: 3)]

    package func makeNetwork() throws -> CoordinateNetwork {
        let encoding = try EncodingConfiguration(
            kind: encoding, sigma: 1, frequencyCount: encoding == .gaussian ? 21 : 3, base: 4, seed: seed
        ).makeEncoding(inputDimension: dimension)
        let shape = MultilayerPerceptron(
            inputs: encoding.featureCount, width: width, depth: 2, outputs: outputs, activation: activation)
        return CoordinateNetwork(
            encoding: encoding, shape: shape, parameters: shape.initialParameters(.glorot, seed: seed))
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
