/// A map that can be trained and evaluated: with the values of its parameters, and with an engine that takes tiles of points
/// through it. ``Trainer`` and ``ModelEvaluator`` know no more of it than this.
public protocol Model: ParametricMap, Equatable {
    associatedtype Engine: ModelEngine

    /// `(parameterCount)`, laid out as ``ParametricMap/parameterGroups`` say.
    var parameters: [Float] { get set }

    func makeEngine() -> Engine
}

/// A model's parameters in the form in which its passes read them, made once a step and shared by all workers.
public protocol ModelEngine: AnyObject, Sendable {
    associatedtype Pass: ModelPass

    /// Takes over `parameters`, `(parameterCount)`. No pass is under way meanwhile.
    func take(_ parameters: Span<Float>)

    /// A worker's own memory for one tile of points at a time.
    func makePass() -> Pass
}

/// One worker's way through a model and back, for a tile of at most ``Tile/capacity`` points.
public protocol ModelPass: AnyObject {
    /// - Parameters:
    ///   - points: `(count, inputDimension)` row-major.
    ///   - count: of points.
    ///   - outputs: `(count, outputCount)` row-major, overwritten.
    func forward(_ points: UnsafePointer<Float>, count: Int, outputs: UnsafeMutablePointer<Float>)

    /// From the gradient with respect to the outputs back to those with respect to parameters and points. Follows a
    /// ``forward(_:count:outputs:)`` of the same points.
    ///
    /// - Parameters:
    ///   - points: `(count, inputDimension)` row-major.
    ///   - count: of points.
    ///   - outputGradient: `(count, outputCount)` row-major.
    ///   - parameterGradient: `(parameterCount)`, added to; nil for none.
    ///   - pointGradient: `(count, inputDimension)` row-major, overwritten; nil for none.
    func backward(
        _ points: UnsafePointer<Float>, count: Int, outputGradient: UnsafePointer<Float>,
        parameterGradient: UnsafeMutablePointer<Float>?, pointGradient: UnsafeMutablePointer<Float>?)
}

/// The piece of a batch that goes through a model at once.
public enum Tile {
    /// Points of a full tile. 128 rows keep a tile of the default network in a 1 MiB second-level cache; 96 to 256 were
    /// within 5 % of each other.
    public static let capacity = 128
}
