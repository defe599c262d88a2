import Geometry
import TestSupport
import Testing

@Suite struct MeshOrientationTests {
    private static func scaled(_ mesh: TriangleMesh, by factor: Float) -> TriangleMesh {
        TriangleMesh(vertices: mesh.vertices.map { ($0 - 0.2) * factor }, triangles: mesh.triangles)
    }

    private static let outer = scaled(KnownMesh.tetrahedron, by: 10)
    private static let inner = scaled(KnownMesh.tetrahedron, by: 1)
    private static let aside = KnownMesh.torus().moved(by: SIMD3(100, 0, 0))

    private static func repaired(_ original: TriangleMesh) -> (mesh: TriangleMesh, repair: OrientationRepair) {
        var mesh = original
        let topology = MeshTopology(mesh)
        let repair = mesh.orientOutward(topology)
        return (mesh, repair)
    }

    @Test func outwardMeshStays() {
        let result = Self.repaired(Self.aside)
        #expect(result.mesh == Self.aside)
        #expect(result.repair == OrientationRepair())
    }

    @Test func insideOutMeshIsTurned() {
        let result = Self.repaired(Self.aside.reversed)
        #expect(MeshTopology(result.mesh).signedVolume > 0)
        #expect(result.repair.turnedPatchCount == 1)
        #expect(result.repair.turnedTriangleCount == Self.aside.triangles.count)
    }

    @Test func onlyThePartThatIsInsideOutIsTurned() {
        let result = Self.repaired(Self.outer.joined(with: Self.aside.reversed))
        #expect(result.mesh.triangles.prefix(4) == Self.outer.triangles.prefix(4))
        #expect(result.repair.turnedPatchCount == 1)
        #expect(MeshTopology(result.mesh).patches.allSatisfy { $0.signedVolume > 0 })
    }

    @Test func cavityStays() {
        let hollow = Self.outer.joined(with: Self.inner.reversed)
        let result = Self.repaired(hollow)
        #expect(result.mesh == hollow)
        #expect(result.repair.cavityCount == 1)
    }

    @Test func insideOutHollowBodyIsTurnedWithItsCavity() {
        let hollow = Self.outer.joined(with: Self.inner.reversed)
        let result = Self.repaired(hollow.reversed.joined(with: Self.aside))
        #expect(result.repair.turnedPatchCount == 2)
        let volumes = MeshTopology(result.mesh).patches.map(\.signedVolume)
        #expect(volumes[0] > 0)
        #expect(volumes[1] < 0)
        #expect(volumes[2] > 0)
    }

    @Test func openMeshStays() {
        let plane = KnownMesh.plane().reversed
        #expect(Self.repaired(plane).mesh == plane)
    }
}
