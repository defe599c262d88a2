import Geometry
import Support

/// How well a field or a mesh agrees with a reference mesh.
public struct Evaluation: Sendable, Equatable, Codable {
    /// IoU at the two test sets of `tancik2020`.
    public struct PointSets: Sendable, Equatable, Codable {
        public var uniform: IntersectionOverUnion
        public var boundary: IntersectionOverUnion
    }

    /// A mesh against the reference: IoU by winding numbers at the same test sets, and distances between the surfaces
    /// (nil for an empty mesh).
    public struct MeshAgreement: Sendable, Equatable, Codable {
        public var iou: PointSets
        public var surface: SurfaceComparison?
    }

    /// `tancik2020`: where a field is negative against the reference's insides.
    ///
    /// - Parameter field: in the reference's frame.
    public static func tancik2020(
        _ field: some ScalarField, against reference: EvaluationReference, workers: Workers = Workers()
    ) -> PointSets {
        pointSets(against: reference, workers: workers) { points in
            field.values(at: points, workers: workers).map { $0 < 0 }
        }
    }

    /// `voxel256`: the same at every cell centre of a grid of 1/256 within the shape's bounds.
    public static func voxel256(
        _ field: some ScalarField, against reference: EvaluationReference, workers: Workers = Workers()
    ) -> IntersectionOverUnion {
        let points = reference.voxelCenters()
        return IntersectionOverUnion(
            field.values(at: points, workers: workers).map { $0 < 0 }, reference.insides(at: points, workers: workers))
    }

    /// `mesh`: a candidate mesh, as it was written, against the reference.
    ///
    /// - Parameter candidate: in the reference's frame.
    public static func mesh(
        _ candidate: TriangleMesh, against reference: EvaluationReference, workers: Workers = Workers()
    ) -> MeshAgreement {
        let field = MeshField(candidate, sign: .winding, workers: workers)
        let iou = pointSets(against: reference, workers: workers) { points in
            var insides = [UInt8](repeating: 0, count: points.count)
            var span = insides.mutableSpan
            field.occupancies(at: points.span, into: &span, workers: workers)
            return insides.map { $0 != 0 }
        }
        return MeshAgreement(
            iou: iou,
            surface: SurfaceComparison(reference: reference, candidate: candidate, field: field, workers: workers))
    }

    private static func pointSets(
        against reference: EvaluationReference, workers: Workers, insides: ([SIMD3<Float>]) -> [Bool]
    ) -> PointSets {
        func score(_ points: [SIMD3<Float>]) -> IntersectionOverUnion {
            IntersectionOverUnion(insides(points), reference.insides(at: points, workers: workers))
        }
        return PointSets(
            uniform: score(reference.uniformPoints(workers: workers)),
            boundary: score(reference.boundaryPoints(workers: workers)))
    }
}
