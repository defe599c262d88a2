import Core

/// Anything that gives every point in space a number, **negative inside**: a mesh, a network, an analytic shape, a grid.
///
/// The zero level is the surface. Away from it the value need not be a distance; a type says when it is.
public protocol ScalarField: Sendable {
    /// Writes the field's value at each point.
    ///
    /// - Parameters:
    ///   - points: `(n)` positions, in the field's own frame.
    ///   - values: `(n)`, overwritten; negative inside.
    ///   - workers: the threads to use. Values do not depend on it, nor on which other points are in the batch.
    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers)
}

extension ScalarField {
    /// The field's value at each of `points`; see ``evaluate(_:into:workers:)``.
    public func values(at points: [SIMD3<Float>], workers: Workers = Workers()) -> [Float] {
        [Float](unsafeUninitializedCapacity: points.count) { buffer, count in
            buffer.initialize(repeating: 0)
            var values = buffer.mutableSpan
            evaluate(points.span, into: &values, workers: workers)
            count = points.count
        }
    }
}

/// A field that also knows how it changes.
public protocol DifferentiableField: ScalarField {
    /// Writes the field's value and its gradient with respect to position at each point.
    ///
    /// - Parameters:
    ///   - points: `(n)` positions, in the field's own frame.
    ///   - values: `(n)`, overwritten; the same bits as ``ScalarField/evaluate(_:into:workers:)`` gives.
    ///   - gradients: `(n)`, overwritten; value per length of the field's frame. Points outwards at the surface.
    ///   - workers: the threads to use. Results do not depend on it, nor on which other points are in the batch.
    func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers)
}
