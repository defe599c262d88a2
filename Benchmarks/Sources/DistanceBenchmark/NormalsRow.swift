import Core
import Fitting
import Foundation
import Geometry

/// How far the field's gradient at the surface is from the mesh's normal, by how near a plane of the base's lattice is.
struct NormalsRow {
    static let heading = """
        | shape | within .05 of a plane: mean angle, degrees | .05 to .15 | .15 to .5 | 95 % below, within .05 | .15 to .5 |
        |---|---|---|---|---|---|
        """

    /// In spacings, of the distance to the nearest plane of any axis.
    private static let limits: [Float] = [0.05, 0.15, 0.5]
    private static let pointCount = 200_000

    private var angles: [[Float]] = Array(repeating: [], count: limits.count)

    init(_ fitted: FittedShape<PreparedMesh>) {
        let stream = RandomStream(seed: 0x6e6f_726d, stream: 1)
        let surface = (0..<UInt64(Self.pointCount)).map { fitted.evidence.surfacePoint(at: $0, of: stream) }
        let points = surface.map(\.position)
        var values = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        fitted.shape.unitField.evaluate(
            points.span, into: &valueSpan, gradients: &gradientSpan, workers: Workers())
        guard let layout = fitted.shape.base?.lattice.layout else { return }
        for (index, point) in points.enumerated() {
            let place = (point - layout.lower) / layout.spacing
            let offset = place - place.rounded(.toNearestOrEven)
            let nearest = min(abs(offset.x), abs(offset.y), abs(offset.z))
            let length = (gradients[index] * gradients[index]).sum().squareRoot()
            let cosine = (gradients[index] * surface[index].normal).sum() / max(length, 1e-9)
            let angle = acos(min(max(cosine, -1), 1)) * 180 / .pi
            if let band = Self.limits.firstIndex(where: { nearest <= $0 }) { angles[band].append(angle) }
        }
        for band in angles.indices { angles[band].sort() }
    }

    private func mean(_ band: Int) -> String {
        digits(angles[band].reduce(0) { $0 + Double($1) } / Double(max(angles[band].count, 1)), 3)
    }

    private func high(_ band: Int) -> String {
        angles[band].isEmpty ? "–" : digits(Double(angles[band][angles[band].count * 95 / 100]), 2)
    }

    var text: String { "| \(mean(0)) | \(mean(1)) | \(mean(2)) | \(high(0)) | \(high(2)) |" }
}
