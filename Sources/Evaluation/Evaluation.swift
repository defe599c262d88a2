import Core
import Geometry

/// How well a field or a mesh agrees with a reference mesh.
public struct Evaluation: Sendable, Equatable, Codable {
    /// IoU at the two test sets of `tancik2020`.
    public struct PointSets: Sendable, Equatable, Codable {
        public var uniform: IntersectionOverUnion
        public var boundary: IntersectionOverUnion
    }

    /// A mesh against the reference: IoU at uniform points of a box around both and at the boundary set, inside being where
    /// a mesh's winding number is at least ½ for both, and distances between the surfaces (nil for an empty mesh).
    public struct MeshAgreement: Sendable, Equatable, Codable {
        public var iou: PointSets
        public var surface: SurfaceComparison?
    }

    /// `tancik2020`: where a field is negative against the reference's insides.
    ///
    /// - Parameters:
    ///   - field: in the reference's frame.
    ///   - reference: the shape that was to be learnt.
    ///   - workers: the threads to use; the result does not depend on their number.
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

    /// `mesh`: a candidate mesh, as it was written, against the reference. A mesh against itself scores exactly 1 and 0.
    ///
    /// - Parameters:
    ///   - candidate: in the reference's frame.
    ///   - reference: the shape that was to be learnt.
    ///   - workers: the threads to use; the result does not depend on their number.
    public static func mesh(
        _ candidate: TriangleMesh, against reference: EvaluationReference, workers: Workers = Workers()
    ) -> MeshAgreement {
        let hierarchy = BoundingVolumeHierarchy(candidate, workers: workers)
        // Both by the same rule, so that equal meshes have equal insides whatever is wrong with them.
        func score(_ points: [SIMD3<Float>]) -> IntersectionOverUnion {
            IntersectionOverUnion(
                hierarchy.windingInsides(at: points, workers: workers),
                reference.field.hierarchy.windingInsides(at: points, workers: workers))
        }
        return MeshAgreement(
            iou: PointSets(
                uniform: score(reference.uniformPoints(reaching: hierarchy.boundingBox, workers: workers)),
                boundary: score(reference.boundaryPoints(workers: workers))),
            surface: SurfaceComparison(
                reference: reference, candidate: candidate, hierarchy: hierarchy, workers: workers))
    }

    /// The part of a field's inside that `tancik2020` does not look at, as it lies beyond the reference's box: at 2¹⁶ points of
    /// the box around both.
    ///
    /// - Parameters:
    ///   - field: in the reference's frame.
    ///   - bounds: where the field may be inside.
    ///   - reference: the shape that was to be learnt.
    ///   - workers: the threads to use; the result does not depend on their number.
    public static func shareBeyond(
        _ field: some ScalarField, within bounds: BoundingBox, against reference: EvaluationReference,
        workers: Workers = Workers()
    ) -> Double {
        let points = reference.uniformPoints(reaching: bounds, workers: workers).prefix(1 << 16)
        let box = reference.testBox
        let insides = zip(points, field.values(at: Array(points), workers: workers)).filter { $0.1 < 0 }
        return Double(insides.count { !box.contains($0.0) }) / Double(max(insides.count, 1))
    }

    /// What to say where more than a thousandth of a field's inside is not looked at by `tancik2020`; see
    /// ``shareBeyond(_:within:against:workers:)``.
    public static func noteBeyond(
        _ field: some ScalarField, within bounds: BoundingBox, against reference: EvaluationReference,
        workers: Workers = Workers()
    ) -> String? {
        let share = shareBeyond(field, within: bounds, against: reference, workers: workers)
        guard share > 1e-3 else { return nil }
        let percent = (share * 1000).rounded() / 10
        return "\(percent) % of the model's inside lies beyond the reference's box, where tancik2020 does not look"
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

extension BoundingVolumeHierarchy {
    /// Which of `points`, `(n)`, have a winding number of at least ½.
    fileprivate func windingInsides(at points: [SIMD3<Float>], workers: Workers) -> [Bool] {
        var numbers = [Float](repeating: 0, count: points.count)
        var span = numbers.mutableSpan
        windingNumbers(at: points.span, into: &span, workers: workers)
        return numbers.map { $0 >= 0.5 }
    }
}
