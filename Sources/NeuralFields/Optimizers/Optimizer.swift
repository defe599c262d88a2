import Core

/// Turns gradients into parameter updates, and can be stored and resumed.
package protocol Optimizer: Sendable {
    /// Moves `parameters` by one step against `gradient`; both laid out as the network's shape says.
    mutating func step(
        parameters: inout MutableSpan<Float>, gradient: Span<Float>, rate: Float, workers: Workers
    ) throws(NeuralFieldsError)

    /// Everything a resumed training needs, by name.
    var state: [String: [Float]] { get set }
}

/// Which optimiser, with its settings.
public struct OptimizerConfiguration: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Kingma and Ba, ICLR 2015.
        case adam
        /// Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., ICLR 2025).
        case soap
        /// Plain gradient descent, which theory describes; no momentum.
        case sgd
    }

    public var kind: Kind
    /// Decay of the mean of gradients.
    public var beta1: Float
    /// Decay of the mean of squared gradients.
    public var beta2: Float
    public var epsilon: Float
    /// SOAP: steps between two updates of the eigenbasis.
    public var preconditionEvery: Int

    public init(
        kind: Kind = .adam, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
        preconditionEvery: Int = 10
    ) {
        self.kind = kind
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.preconditionEvery = preconditionEvery
    }

    package func makeOptimizer(for shape: MultilayerPerceptron) -> any Optimizer {
        switch kind {
        case .adam: Adam(parameterCount: shape.parameterCount, configuration: self)
        case .soap: Soap(shape: shape, configuration: self)
        case .sgd: GradientDescent()
        }
    }
}
