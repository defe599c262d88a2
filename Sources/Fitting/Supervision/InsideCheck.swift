import Core
import Geometry

extension ShapeEvidence {
    /// What has no inside cannot be learnt, and would end as an empty mesh.
    ///
    /// Both sides of the surface are looked at, in three depths: walls thinner than all of them are found by none.
    ///
    /// - Throws: ``FittingError/nothingInside(pointCount:insideCount:)`` where fewer than one point in a thousand is inside.
    func checkInside(seed: UInt64, workers: Workers) throws(FittingError) {
        let stream = RandomStream(seed: seed, stream: 0x696e_7369)
        var points: [SIMD3<Float>] = []
        for index in 0..<(1 << 12) as Range<UInt64> {
            let point = surfacePoint(at: index, of: stream)
            for depth: Float in [1e-3, 1e-4, 1e-5] {
                points += [point.position - depth * point.normal, point.position + depth * point.normal]
            }
        }
        let insideCount = insides(at: points, workers: workers).count { $0 }
        if insideCount * 1000 < points.count {
            throw .nothingInside(pointCount: points.count, insideCount: insideCount)
        }
    }
}
