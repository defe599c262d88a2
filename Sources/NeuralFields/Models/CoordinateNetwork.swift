/// A multilayer perceptron over an encoding of coordinates: a value type that knows its parameters.
public struct CoordinateNetwork: Sendable, Equatable {
    public let encoding: Encoding
    public let shape: MultilayerPerceptron
    /// All weights and biases, laid out as ``MultilayerPerceptron`` says.
    public var parameters: [Float]

    /// - Precondition: `shape.inputCount == encoding.featureCount`, `parameters.count == shape.parameterCount`.
    public init(encoding: Encoding, shape: MultilayerPerceptron, parameters: [Float]) {
        precondition(shape.inputCount == encoding.featureCount, "a network that reads the encoding's features")
        precondition(parameters.count == shape.parameterCount, "a parameter for each place")
        self.encoding = encoding
        self.shape = shape
        self.parameters = parameters
    }

    /// Coordinates of a point.
    public var inputDimension: Int { encoding.inputDimension }
    /// Values of a point.
    public var outputCount: Int { shape.outputCount }
}
