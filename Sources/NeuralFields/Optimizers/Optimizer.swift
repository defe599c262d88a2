import Core

/// Turns gradients into parameter updates, and can be stored and resumed. It knows a model's parameters by their groups
/// alone.
package protocol Optimizer: AnyObject {
    /// Moves `parameters` by one step against `gradient`; both laid out as the groups say.
    func step(
        _ parameters: inout [Float], gradient: [Float], rate: Float, workers: Workers
    ) throws(NeuralFieldsError)

    /// The state that a resumed training needs.
    var state: TrainingState { get }

    /// Goes on from a state with the names and sizes of ``state``.
    func restore(_ state: TrainingState)
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

    /// An optimiser of the parameters of `groups`, which leave no place out.
    package func makeOptimizer(_ groups: [ParameterGroup]) -> any Optimizer {
        switch kind {
        case .adam: Adam(parameterCount: groups.last?.end ?? 0, configuration: self)
        case .soap: Soap(groups, configuration: self)
        case .sgd: GradientDescent()
        }
    }
}
