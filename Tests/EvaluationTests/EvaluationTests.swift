import Core
import Evaluation
import Geometry
import TestSupport
import Testing

@Suite struct EvaluationTests {
    /// The unit cube, moved.
    static func box(at corner: SIMD3<Float> = .zero) -> TriangleMesh {
        let vertices = (0..<8).map { index -> SIMD3<Float> in
            corner + SIMD3(Float(index & 1), Float(index >> 1 & 1), Float(index >> 2))
        }
        let quads: [[UInt32]] = [
            [0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6],
        ]
        return TriangleMesh(
            vertices: vertices,
            triangles: quads.flatMap { [SIMD3($0[0], $0[1], $0[2]), SIMD3($0[0], $0[2], $0[3])] })
    }

    static func agreement(_ candidate: TriangleMesh, _ mesh: TriangleMesh) throws -> Evaluation.MeshAgreement {
        let reference = EvaluationReference(try PreparedMesh(mesh))
        return Evaluation.mesh(reference.transform.unitMesh(candidate), against: reference, workers: Workers())
    }

    static func expectPerfect(_ agreement: Evaluation.MeshAgreement) throws {
        #expect(agreement.iou.uniform.value == 1 && agreement.iou.boundary.value == 1)
        #expect(agreement.iou.uniform.standardError == 0)
        let surface = try #require(agreement.surface)
        #expect(surface.chamferL1 == 0 && surface.chamferL2 == 0 && surface.hausdorff == 0)
        #expect(surface.relativeChamferL1 == 0 && surface.relativeHausdorff == 0)
        #expect(surface.fScoreHalfPercent == 1 && surface.fScoreOnePercent == 1 && surface.normalConsistency == 1)
        #expect(surface.standardErrors.chamferL1 == 0 && surface.standardErrors.normalConsistency == 0)
    }

    @Test func aMeshAgainstItselfScoresExactlyOneAndZero() throws {
        var shuffled = TestMeshes.torus()
        try Self.expectPerfect(Self.agreement(shuffled, shuffled))
        // The same surface, its triangles in another order and begun at another corner.
        let original = shuffled
        shuffled.triangles = shuffled.triangles.reversed().map { SIMD3($0.y, $0.z, $0.x) }
        try Self.expectPerfect(Self.agreement(shuffled, original))
        // Open, and far from the origin: winding numbers decide, and single precision is coarse.
        var open = TestMeshes.torus()
        open.triangles.removeFirst(500)
        open.vertices = open.vertices.map { $0 * 20 + 1000 }
        try Self.expectPerfect(Self.agreement(open, open))
        let waves = try TestMeshes.mesh(of: Shapes.randomWaves(seed: 3, sigma: 3))
        try Self.expectPerfect(Self.agreement(waves, waves))
    }

    /// A cube moved along an axis by d < ½: in each direction one face is d away, the opposite one min(d, distance to its
    /// rim), and of the four others the points within d of the edge are up to d away.
    @Test(arguments: [Float(0.05), 0.2]) func aMovedCubeHasTheDistancesOfGeometry(shift: Float) throws {
        for axis in 0..<3 {
            var offset = SIMD3<Float>.zero
            offset[axis] = shift
            let surface = try #require(try Self.agreement(Self.box(at: offset), Self.box()).surface)
            let d = Double(shift)
            let rest = 1 - 2 * d
            #expect(abs(surface.hausdorff - d) < 1e-5)
            let mean = (d + (1 - rest * rest * rest) / 6 + 2 * d * d) / 6
            #expect(abs(surface.chamferL1 - mean) < 4 * surface.standardErrors.chamferL1)
            let square = (d * d + d * d - 8.0 / 3 * d * d * d + 2 * d * d * d * d + 4 * d * d * d / 3) / 6
            #expect(abs(surface.chamferL2 - square) < 4 * surface.standardErrors.chamferL2)
            for (part, score, error) in [
                (0.005, surface.fScoreHalfPercent, surface.standardErrors.fScoreHalfPercent),
                (0.01, surface.fScoreOnePercent, surface.standardErrors.fScoreOnePercent),
            ] {
                let t = part * 3.0.squareRoot()
                let share = (1 - (1 - 2 * t) * (1 - 2 * t) + 4 * (1 - d + t)) / 6
                #expect(abs(score - share) < 4 * error)
            }
            let errors = surface.standardErrors
            #expect(errors.chamferL1 > 0 && errors.chamferL1 < 0.01 * surface.chamferL1)
        }
    }

    @Test(arguments: [Float(0.1), 0.37, 0.8, 3, 20]) func offsetCubesHaveTheirVolumesIoU(shift: Float) throws {
        let iou = try Self.agreement(Self.box(at: SIMD3(0, shift, 0)), Self.box()).iou.uniform
        let expected = max(0, 1 - Double(shift)) / (1 + min(Double(shift), 1))
        #expect(abs(iou.value - expected) <= 4 * iou.standardError)
        #expect(iou.standardError < 3e-3 && (iou.standardError > 1e-4 || shift > 1))
    }

    /// What a candidate has far outside the reference's box counts against it, however well it fills that box.
    @Test func whatLiesBeyondTheReferenceCounts() throws {
        var candidate = Self.box()
        let far = Self.box(at: SIMD3(4, 0, 0))
        candidate.triangles += far.triangles.map { $0 &+ 8 }
        candidate.vertices += far.vertices
        let agreement = try Self.agreement(candidate, Self.box())
        #expect(abs(agreement.iou.uniform.value - 0.5) < 4 * agreement.iou.uniform.standardError + 1e-3)
        let reference = EvaluationReference(try PreparedMesh(Self.box()))
        let field = MeshField(reference.transform.unitMesh(candidate))
        let bounds = try #require(field.hierarchy.boundingBox)
        #expect(abs(Evaluation.shareBeyond(field, within: bounds, against: reference) - 0.5) < 0.05)
        #expect(Evaluation.tancik2020(field, against: reference).uniform.value > 0.99)
        #expect(Evaluation.shareBeyond(reference.field, within: bounds, against: reference) < 0.01)
        let note = try #require(Evaluation.noteBeyond(field, within: bounds, against: reference))
        #expect(note.contains(" % of the model's inside lies beyond the reference's box"))
        #expect(
            Evaluation.noteBeyond(
                reference.field, within: try #require(reference.field.hierarchy.boundingBox), against: reference) == nil
        )
    }

    @Test func anEmptyCandidateScoresNothing() throws {
        let agreement = try Self.agreement(TriangleMesh(), Self.box())
        #expect(agreement.iou.uniform.value == 0 && agreement.iou.boundary.value == 0)
        #expect(agreement.surface == nil)
    }
}
