import Geometry
import TestSupport
import Testing

@Suite struct PreparedMeshTests {
    @Test func framesAreWhatTheySay() throws {
        let mesh = QueryShapes.sphere(levels: 3, center: [10, -4, 2], radius: 3)
        let unit = try PreparedMesh(mesh)
        #expect(abs(unit.bounds.extent.max() - 0.9) < 1e-6 && (unit.bounds.center - 0.5).max() < 1e-6)
        let own = try unit.brought(to: .own)
        #expect(own.mesh == mesh && own.oriented == mesh)
        #expect(own.fingerprint == unit.fingerprint)
        let given = try PreparedMesh(mesh, frame: .given(UnitCubeTransform(center: [10, -4, 2], scale: 2)))
        #expect((given.bounds.minimum - (0.5 - 6)).max() < 1e-5)
        for point in [SIMD3<Float>(10, -4, 2), SIMD3(12.9, -4, 2)] {
            let unitDistance = unit.field.values(at: [unit.transform.unitPoint(point)])[0]
            #expect(abs(Double(unitDistance) / unit.transform.scale - Double(own.field.values(at: [point])[0])) < 1e-4)
        }
    }

    @Test func soundMeshesHaveNoNotes() throws {
        let mesh = try PreparedMesh(TestMeshes.torus())
        #expect(mesh.notes.isEmpty)
    }

    @Test func openMeshesAreNoted() throws {
        var mesh = QueryShapes.sphere(levels: 2)
        mesh.triangles.removeLast()
        let notes = try PreparedMesh(mesh).notes
        #expect(notes == [.notWatertight(isClosed: false, sign: .winding, wasAskedFor: false)])
        #expect(notes[0].description == "the mesh is open; inside is told from outside by winding number")
        let asked = try PreparedMesh(mesh, sign: .parity).notes
        #expect(asked[0].description == "the mesh is open; inside is told from outside by parity, as asked for")
    }

    @Test(arguments: [
        (TriangleMesh(), "extent"),
        (TriangleMesh(vertices: [[1, 1, 1], [1, 1, 1], [1, 1, 1]], triangles: [[0, 1, 2]]), "extent"),
        (TriangleMesh(vertices: [[0, 0, 0], [1, 0, 0], [2, 0, 0]], triangles: [[0, 1, 2]]), "area"),
        (TriangleMesh(vertices: [[0, 0, 0], [1, 0, 0], [0, .nan, 0]], triangles: [[0, 1, 2]]), "finite"),
        (TriangleMesh(vertices: [[0, 0, 0], [1, 0, 0]], triangles: [[0, 1, 2]]), "vertex"),
        (TriangleMesh(vertices: [[-3e38, 0, 0], [3e38, 0, 0], [0, 3e38, 0]], triangles: [[0, 1, 2]]), "extent"),
    ])
    func meshesThatCannotBeUsedAreRefused(_ mesh: TriangleMesh, _ word: String) {
        let error = #expect(throws: GeometryError.self) { try PreparedMesh(mesh) }
        #expect(error?.description.contains(word) == true)
    }
}
