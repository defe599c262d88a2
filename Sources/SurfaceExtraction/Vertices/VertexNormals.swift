import Core
import Geometry

/// The field's unit gradients at `points`: analytic for a `DifferentiableField`, else central differences over
/// `spacing`. Where the gradient vanishes or is not finite, the normal is zero.
func vertexNormals(
    of points: [SIMD3<Float>], spacing: Float, evaluator: inout BatchEvaluator
) -> [SIMD3<Float>] {
    var gradients = evaluator.gradients(at: points, spacing: spacing)
    for index in gradients.indices {
        let gradient = gradients[index]
        // Scaled first, so that squares neither overflow nor vanish.
        let largest = max(abs(gradient.x), abs(gradient.y), abs(gradient.z))
        guard largest > 0, largest.isFinite else {
            gradients[index] = .zero
            continue
        }
        let scaled = gradient / largest
        gradients[index] = scaled / (scaled * scaled).sum().squareRoot()
    }
    return gradients
}

extension BatchEvaluator {
    /// The field's gradients; see ``vertexNormals(of:spacing:evaluator:)``.
    mutating func gradients(at points: [SIMD3<Float>], spacing: Float) -> [SIMD3<Float>] {
        var result: [SIMD3<Float>] = []
        result.reserveCapacity(points.count)
        let chunk = Self.batchSize / 4
        for first in stride(from: 0, to: points.count, by: chunk) {
            let part = Array(points[first..<min(first + chunk, points.count)])
            if let field = field as? any DifferentiableField {
                result += analyticGradients(of: field, at: part)
            } else {
                result += centralDifferences(at: part, step: 0.25 * spacing)
            }
        }
        return result
    }

    private mutating func analyticGradients(
        of field: any DifferentiableField, at points: [SIMD3<Float>]
    ) -> [SIMD3<Float>] {
        var values = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        field.evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: workers)
        countEvaluations(points.count)
        return gradients
    }

    private mutating func centralDifferences(at points: [SIMD3<Float>], step: Float) -> [SIMD3<Float>] {
        begin()
        for point in points {
            for axis in 0..<3 {
                for side in [step, -step] {
                    var moved = point
                    moved[axis] += side
                    append(moved)
                }
            }
        }
        evaluate()
        return points.indices.map { index in
            let at = 6 * index
            return SIMD3(values[at] - values[at + 1], values[at + 2] - values[at + 3], values[at + 4] - values[at + 5])
                / (2 * step)
        }
    }
}
