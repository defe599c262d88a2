import Core
import Evaluation
import Foundation
import Geometry
import Testing

/// Pairs of meshes that trimesh, libigl and SciPy have scored: Benchmarks/peers/evaluation.py.
private struct Fixture: Decodable {
    struct Mesh: Decodable {
        var vertices: [Float]
        var triangles: [UInt32]

        var mesh: TriangleMesh {
            TriangleMesh(
                vertices: Fixture.triples(vertices),
                triangles: Fixture.triples(triangles))
        }
    }

    struct Samples: Decodable {
        var points: [Float]
        var triangles: [Int]

        var samples: [(point: SIMD3<Float>, triangle: Int)] {
            zip(Fixture.triples(points), triangles).map { ($0, $1) }
        }
    }

    struct Pair: Decodable {
        var name: String
        var reference: Mesh
        var candidate: Mesh
        var forward: Samples
        var backward: Samples
        var tests: [Float]
        var iou: Double
        /// At many points of the box around both meshes.
        var iouOfBothBoxes: Double
        var chamferL1: Double
        var chamferL2: Double
        var hausdorff: Double
        var fScoreHalfPercent: Double
        var fScoreOnePercent: Double
        var normalConsistency: Double
    }

    var pairs: [Pair]

    static func triples<Element: SIMDScalar>(_ values: [Element]) -> [SIMD3<Element>] {
        stride(from: 0, to: values.count, by: 3).map { SIMD3(values[$0], values[$0 + 1], values[$0 + 2]) }
    }

    static func load() throws -> Fixture {
        let url = try #require(Bundle.module.url(forResource: "evaluation", withExtension: "json"))
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }
}

@Suite struct SurfaceComparisonTests {
    @Test(arguments: 0..<4) func scoresAgreeWithThePeers(number: Int) throws {
        let pair = try Fixture.load().pairs[number]
        let (reference, candidate) = (pair.reference.mesh, pair.candidate.mesh)
        let workers = Workers()
        let diagonal = Double(try #require(reference.boundingBox).diagonal)
        let surface = SurfaceComparison(
            forward: SurfaceDistances(
                from: pair.forward.samples, of: reference, to: candidate, BoundingVolumeHierarchy(candidate),
                workers: workers),
            backward: SurfaceDistances(
                from: pair.backward.samples, of: candidate, to: reference, BoundingVolumeHierarchy(reference),
                workers: workers),
            diagonal: diagonal, lengthUnit: 1)
        let rounding = 2e-6 * diagonal
        #expect(abs(surface.chamferL1 - pair.chamferL1) < rounding)
        #expect(abs(surface.chamferL2 - pair.chamferL2) < 2 * rounding * pair.hausdorff)
        #expect(abs(surface.hausdorff - pair.hausdorff) < rounding)
        // No sample lies within rounding of a threshold: the shares are the same to the last point.
        #expect(abs(surface.fScoreHalfPercent - pair.fScoreHalfPercent) < 1e-9)
        #expect(abs(surface.fScoreOnePercent - pair.fScoreOnePercent) < 1e-9)
        #expect(abs(surface.normalConsistency - pair.normalConsistency) < 1e-5)
        #expect(abs(surface.relativeHausdorff - pair.hausdorff / diagonal) < 2e-6)
    }

    /// The uniform points of the mesh protocol lie in the box of both meshes.
    @Test(arguments: 0..<4) func meshesHaveThePeersIoUInTheBoxOfBoth(number: Int) throws {
        let pair = try Fixture.load().pairs[number]
        let reference = EvaluationReference(try PreparedMesh(pair.reference.mesh))
        let candidate = reference.transform.unitMesh(pair.candidate.mesh)
        let iou = Evaluation.mesh(candidate, against: reference).iou.uniform
        #expect(abs(iou.value - pair.iouOfBothBoxes) < 4 * iou.standardError + 0.002)
    }

    @Test(arguments: 0..<4) func insidesAgreeWithThePeers(number: Int) throws {
        let pair = try Fixture.load().pairs[number]
        let points = Fixture.triples(pair.tests)
        for sign in [SignMethod.pseudonormal, .winding, .parity] {
            let insides = [pair.reference, pair.candidate].map { mesh in
                MeshField(mesh.mesh, sign: sign).values(at: points).map { $0 < 0 }
            }
            #expect(abs(IntersectionOverUnion(insides[0], insides[1]).value - pair.iou) < 1e-9)
        }
    }
}
