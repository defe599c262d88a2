import Core

/// The shape of a multilayer perceptron and where its parameters stand in one flat array.
///
/// Layer l maps its input x to W_l x + b_l; an activation follows every layer but the last. The array holds, for every
/// layer in order, W_l `(outputs, inputs)` row-major and then b_l `(outputs)`.
public struct MultilayerPerceptron: Sendable, Equatable {
    /// One layer's place in the array.
    public struct Layer: Sendable, Equatable {
        public let inputs: Int
        public let outputs: Int
        /// Index of W's first entry.
        public let weights: Int
        /// Index of b's first entry.
        public var biases: Int { weights + inputs * outputs }
        /// Index past b's last entry.
        public var end: Int { biases + outputs }
    }

    /// How parameters are drawn before training.
    public enum Initialization: String, Sendable, Codable, CaseIterable {
        /// W ~ N(0, 2 / inputs), b = 0 (He et al., ICCV 2015); the output layer N(0, 1 / inputs).
        case he
        /// W ~ N(0, 2 / (inputs + outputs)), b ~ N(0, 10⁻⁴): the paper's published code.
        case glorot
        /// W uniform in ±√(6 / inputs) / scale, the first layer in ±1 / inputs: SIREN's, for sine and FINER.
        case siren
    }

    public let layers: [Layer]
    public let activation: Activation

    public var inputCount: Int { layers[0].inputs }
    public var outputCount: Int { layers[layers.count - 1].outputs }
    public var parameterCount: Int { layers[layers.count - 1].end }
    /// Units of the widest hidden layer.
    public var width: Int { layers.dropLast().map(\.outputs).max() ?? 0 }

    /// - Parameters:
    ///   - inputs: features of a point.
    ///   - width: units of a hidden layer.
    ///   - depth: hidden layers, at least 1.
    ///   - outputs: values of a point.
    public init(inputs: Int, width: Int, depth: Int, outputs: Int = 1, activation: Activation = .relu) {
        precondition(inputs >= 1 && width >= 1 && depth >= 1 && outputs >= 1, "every size at least 1")
        var layers: [Layer] = []
        var start = 0
        for index in 0...depth {
            let layer = Layer(
                inputs: index == 0 ? inputs : width, outputs: index == depth ? outputs : width, weights: start)
            layers.append(layer)
            start = layer.end
        }
        self.layers = layers
        self.activation = activation
    }

    /// Parameters drawn from `seed`, `(parameterCount)`.
    public func initialParameters(_ initialization: Initialization, seed: UInt64) -> [Float] {
        let stream = RandomStream(seed: seed, stream: RandomStreamPurpose.weights)
        var parameters = [Float](repeating: 0, count: parameterCount)
        for (index, layer) in layers.enumerated() {
            let inputs = Float(layer.inputs)
            let isLast = index == layers.count - 1
            for entry in layer.weights..<layer.end {
                let isBias = entry >= layer.biases
                switch initialization {
                case .he:
                    let variance = (isLast ? 1 : 2) / inputs
                    parameters[entry] = isBias ? 0 : variance.squareRoot() * stream.normals(at: UInt64(entry)).x
                case .glorot:
                    let deviation = isBias ? 1e-2 : (2 / (inputs + Float(layer.outputs))).squareRoot()
                    parameters[entry] = deviation * stream.normals(at: UInt64(entry)).x
                case .siren:
                    let bound = index == 0 ? 1 / inputs : (6 / inputs).squareRoot() / activation.scale
                    parameters[entry] = bound * (2 * stream.uniforms(at: UInt64(entry)).x - 1)
                }
            }
        }
        return parameters
    }
}
