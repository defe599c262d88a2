import Core

/// A multilayer perceptron over an encoding of coordinates: a value type that knows its parameters.
public struct CoordinateNetwork: Model {
    public let encoding: any Encoding
    public let shape: MultilayerPerceptron
    /// The perceptron's weights and biases, laid out as ``MultilayerPerceptron`` says, then the encoding's parameters.
    public var parameters: [Float]

    /// - Precondition: `shape.inputCount == encoding.outputCount`, and as many parameters as both have.
    public init(encoding: any Encoding, shape: MultilayerPerceptron, parameters: [Float]) {
        precondition(shape.inputCount == encoding.outputCount, "a network that reads the encoding's features")
        precondition(
            parameters.count == shape.parameterCount + encoding.parameterCount, "a parameter for each place")
        self.encoding = encoding
        self.shape = shape
        self.parameters = parameters
    }

    /// A network before training.
    public init(
        encoding: any Encoding, shape: MultilayerPerceptron, initialization: MultilayerPerceptron.Initialization,
        seed: UInt64
    ) {
        self.init(
            encoding: encoding, shape: shape,
            parameters: shape.initialParameters(initialization, seed: seed) + encoding.initialParameters(seed: seed))
    }

    /// Coordinates of a point.
    public var inputDimension: Int { encoding.inputDimension }
    /// Values of a point.
    public var outputCount: Int { shape.outputCount }

    /// A group a layer, then the encoding's.
    public var parameterGroups: [ParameterGroup] {
        let offset = shape.parameterCount
        return shape.parameterGroups() + encoding.parameterGroups.map { $0.moved(by: offset, prefix: "encoding.") }
    }

    public func describe<Builder: GraphBuilder>(
        _ inputs: Builder.Rows, parameters: ArraySlice<Float>, in builder: inout Builder
    ) -> Builder.Rows {
        let split = parameters.startIndex + shape.parameterCount
        let features = encoding.describe(inputs, parameters: parameters[split...], in: &builder)
        return shape.describe(features, parameters: parameters[..<split], in: &builder)
    }

    public func makeEngine() -> NetworkEngine { NetworkEngine(encoding: encoding, shape: shape) }

    public static func == (first: Self, second: Self) -> Bool {
        first.encoding.isEqual(to: second.encoding) && first.shape == second.shape
            && first.parameters == second.parameters
    }
}

extension CoordinateNetwork {
    /// Rounds all parameters to half precision, in which a file of them takes half the bytes; the IoU of fields changes by less than 5e-5
    /// (docs/recipe.md, "Weights of 16 bits").
    ///
    /// Nothing is done where one of them is beyond what half precision holds.
    public mutating func roundToHalves() {
        let rounded = parameters.map(HalfPrecision.rounded)
        if rounded.allSatisfy(\.isFinite) { parameters = rounded }
    }

    /// Whether half precision holds all parameters exactly.
    package var isOfHalves: Bool { parameters.allSatisfy { HalfPrecision.rounded($0) == $0 } }
}

extension Model {
    /// The model's outputs at `inputs`, with its own parameters.
    public func describe<Builder: GraphBuilder>(_ inputs: Builder.Rows, in builder: inout Builder) -> Builder.Rows {
        describe(inputs, parameters: parameters[...], in: &builder)
    }
}
