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
    ///   - activation: of the hidden layers; the last is linear.
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

    /// [W b] of every layer in order.
    public func parameterGroups(_ initialization: Initialization = .he) -> [ParameterGroup] {
        layers.indices.map { index in
            let layer = layers[index]
            let (weights, biases) = distributions(initialization, ofLayer: index)
            return ParameterGroup(
                name: "layers.\(index)",
                blocks: [
                    .init(start: layer.weights, rows: layer.outputs, columns: layer.inputs, initial: weights),
                    .init(start: layer.biases, rows: layer.outputs, columns: 1, initial: biases),
                ])
        }
    }

    private func distributions(
        _ initialization: Initialization, ofLayer index: Int
    ) -> (weights: InitialDistribution, biases: InitialDistribution) {
        let inputs = Float(layers[index].inputs)
        switch initialization {
        case .he:
            let variance = (index == layers.count - 1 ? 1 : 2) / inputs
            return (.normal(deviation: variance.squareRoot()), .zero)
        case .glorot:
            let variance = 2 / (inputs + Float(layers[index].outputs))
            return (.normal(deviation: variance.squareRoot()), .normal(deviation: 1e-2))
        case .siren:
            let bound = index == 0 ? 1 / inputs : (6 / inputs).squareRoot() / activation.scale
            return (.uniform(bound: bound), .uniform(bound: bound))
        }
    }

    /// Parameters drawn from `seed`, `(parameterCount)`.
    public func initialParameters(_ initialization: Initialization, seed: UInt64) -> [Float] {
        parameterGroups(initialization).drawn(seed: seed, purpose: RandomStreamPurpose.weights)
    }

    /// Says what the layers compute of `inputs`, `inputCount` columns.
    ///
    /// - Parameters:
    ///   - parameters: `(parameterCount)`.
    ///   - inputs: rows of `inputCount` columns.
    ///   - builder: gets the operations.
    public func describe<Builder: GraphBuilder>(
        _ inputs: Builder.Rows, parameters: ArraySlice<Float>, in builder: inout Builder
    ) -> Builder.Rows {
        let first = parameters.startIndex
        var values = inputs
        for (index, layer) in layers.enumerated() {
            if index > 0 { values = activation.describe(values, in: &builder) }
            values = builder.linear(
                values, weights: Array(parameters[(first + layer.weights)..<(first + layer.biases)]),
                bias: Array(parameters[(first + layer.biases)..<(first + layer.end)]), outputs: layer.outputs,
                name: "layers.\(index)")
        }
        return values
    }
}
