import Core
import Geometry

/// A field that costs nothing more once somebody has had enough: all of space is then outside, so that whatever goes on asking comes to
/// its end soon.
///
/// Asked from one thread at a time, as extraction does.
final class StoppableField: DifferentiableField, @unchecked Sendable {
    private let field: any DifferentiableField
    private let proceed: () -> Bool
    private(set) var isStopped = false

    /// - Parameter proceed: asked before each batch of points; false is not asked again.
    init(_ field: some DifferentiableField, proceed: @escaping () -> Bool) {
        self.field = field
        self.proceed = proceed
    }

    private func goesOn() -> Bool {
        if !isStopped && !proceed() { isStopped = true }
        return !isStopped
    }

    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        if goesOn() { return field.evaluate(points, into: &values, workers: workers) }
        for index in values.indices { values[index] = 1 }
    }

    func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        if goesOn() { return field.evaluate(points, into: &values, gradients: &gradients, workers: workers) }
        for index in values.indices {
            values[index] = 1
            gradients[index] = .zero
        }
    }
}
