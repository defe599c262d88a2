import Core
import Geometry
import Interchange
import NeuralFields

/// What was learnt of a shape, as a function over the unit cube whose values are added to a base: a network, or any
/// other parametric function.
///
/// A correction need not be bounded or fade away: ``CorrectionBand`` does both to whatever it says.
public protocol Correction: Sendable {
    /// Numbers that were learnt.
    var parameterCount: Int { get }

    /// Writes the correction at each point.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the unit cube's frame.
    ///   - values: `(n)`, overwritten, in unit-cube lengths; added to a field that is negative inside.
    ///   - workers: the threads to use. Values depend neither on it nor on the other points of the batch.
    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers)

    /// Writes the same values, and their gradients with respect to the point.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the unit cube's frame.
    ///   - values: `(n)`, overwritten.
    ///   - gradients: `(n)`, overwritten; value per unit-cube length.
    ///   - workers: the threads to use; the result does not depend on their number.
    func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers)

    /// The correction's tensors, and text that says how to read them beside `metadata`.
    func contents(metadata: [String: String]) -> SafetensorsFile
}

/// A coordinate network times a factor.
public struct NetworkCorrection: Correction {
    public let network: CoordinateNetwork
    /// Unit-cube lengths in an output of 1.
    public let factor: Float
    private let evaluator: ModelEvaluator<CoordinateNetwork>

    /// - Precondition: a network of points in space with one output.
    public init(_ network: CoordinateNetwork, factor: Float) {
        precondition(network.inputDimension == 3 && network.outputCount == 1, "points of space, one output")
        self.network = network
        self.factor = factor
        evaluator = ModelEvaluator(network)
    }

    public var parameterCount: Int { network.parameterCount }

    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        evaluator.evaluate(points, times: factor, into: &values, workers: workers)
    }

    public func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        let coordinates = [Float](unsafeUninitializedCapacity: 3 * points.count) { buffer, count in
            for index in points.indices {
                for axis in 0..<3 { buffer.initializeElement(at: 3 * index + axis, to: points[index][axis]) }
            }
            count = 3 * points.count
        }
        var slopes = [Float](repeating: 0, count: coordinates.count)
        var slopeSpan = slopes.mutableSpan
        evaluator.evaluate(coordinates.span, into: &values, gradients: &slopeSpan, workers: workers)
        for index in values.indices {
            values[index] *= factor
            gradients[index] =
                factor * SIMD3(slopeSpan[3 * index], slopeSpan[3 * index + 1], slopeSpan[3 * index + 2])
        }
    }

    public func contents(metadata: [String: String]) -> SafetensorsFile {
        ModelFile.contents(network, metadata: metadata)
    }
}
