import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

/// A dome of radius 75 in coordinates as surveyors have them: floats are half a meter apart there.
@Suite struct FarFromOriginTests {
    static let place = SIMD3<Double>(500_000, 4_600_000, 120)

    /// Positions in double precision, to the millimeter, and the triangles of a closed dome.
    static let dome: (positions: [SIMD3<Double>], triangles: [SIMD3<UInt32>]) = {
        var sphere = KnownMesh.torus(rows: 60, columns: 30)
        for index in sphere.vertices.indices { sphere.vertices[index] *= 30 }
        let positions = sphere.vertices.map { vertex in
            ((SIMD3<Double>(vertex) + place) * 1000).rounded(.toNearestOrEven) / 1000
        }
        return (positions, sphere.triangles)
    }()

    static var obj: String {
        dome.positions.map { "v \($0.x) \($0.y) \($0.z)\n" }.joined()
            + dome.triangles.map { "f \($0.x + 1) \($0.y + 1) \($0.z + 1)\n" }.joined()
    }

    /// The largest distance between a mesh's places and the dome's, corner by corner.
    private func deviation(_ mesh: TriangleMesh) throws -> Double {
        try #require(mesh.triangles.count == Self.dome.triangles.count)
        var largest = 0.0
        for (triangle, original) in zip(mesh.triangles, Self.dome.triangles) {
            for side in 0..<3 {
                let offset = mesh.position(of: Int(triangle[side])) - Self.dome.positions[Int(original[side])]
                largest = max(largest, length(offset))
            }
        }
        return largest
    }

    @Test func everyNorthingOfAFileIsKept() throws {
        let imported = try importText(Self.obj, as: "dome.obj")
        #expect(imported.mesh.origin != .zero)
        #expect(imported.summary.notes == [])
        let northings = Set(
            imported.mesh.vertices.indices.map { Int((imported.mesh.position(of: $0).y * 1000).rounded()) })
        #expect(northings.count == Set(Self.dome.positions.map { Int(($0.y * 1000).rounded()) }).count)
        #expect(try deviation(imported.mesh) < 1e-5)
        #expect(MeshTopology(imported.mesh).isWatertight)
    }

    @Test(arguments: ["obj", "ply", "glb", "gltf"])
    func formatsWithDoublesKeepIt(format: String) throws {
        let mesh = try importText(Self.obj, as: "dome.obj").mesh
        #expect(MeshExport.keepsFarPlaces(path: "a." + format))
        let back = try MeshExportTests.roundTrip(mesh, as: "a." + format)
        #expect(try deviation(back.mesh) < 1e-5)
    }

    /// These hold floats: what is lost is a known half step, and a note on reading tells of it.
    @Test func formatsWithFloatsAreKnownToLoseIt() throws {
        let mesh = try importText(Self.obj, as: "dome.obj").mesh
        #expect(!MeshExport.keepsFarPlaces(path: "a.stl"))
        let back = try MeshExportTests.roundTrip(mesh, as: "a.stl")
        let box = try #require(back.mesh.boundingBox)
        #expect(length(SIMD3<Double>(box.center) + back.mesh.origin - Self.place) < 1)
        #expect(back.summary.notes.contains { $0.contains("steps along its longest side") })
    }

    @Test func theUnitCubeAndBackKeepsIt() throws {
        let mesh = try importText(Self.obj, as: "dome.obj").mesh
        let box = try #require(mesh.boundingBox)
        let transform = UnitCubeTransform(fitting: box, origin: mesh.origin)
        let unit = transform.unitMesh(mesh)
        #expect(unit.origin == .zero)
        let unitBox = try #require(unit.boundingBox)
        #expect(abs(unitBox.extent.max() - Float(UnitCubeTransform.longestSide)) < 1e-6)
        #expect(length(unitBox.center - 0.5) < 1e-6)
        #expect(try deviation(transform.worldMesh(unit)) < 1e-4)
    }

    /// Near the origin nothing changes: no offset, and floats as they stood.
    @Test(arguments: [1, 1e-6, 1e6] as [Float])
    func usualMeshesHaveNoOrigin(scale: Float) throws {
        let mesh = MeshExportTests.awkwardMesh(seed: 8, scale: scale)
        for format in ["obj", "ply", "stl", "glb"] {
            #expect(try MeshExportTests.roundTrip(mesh, as: "a." + format).mesh.origin == .zero)
        }
    }

    @Test func originsAreExact() {
        for (minimum, maximum) in [
            (4_599_925.5, 4_600_075.25), (1e9, 1e9 + 3), (-7e7, -7e7 + 1e-3), (1e15, 1e15 + 4096),
        ] {
            let origin = TriangleMesh.origin(
                forMinimum: SIMD3(repeating: minimum), maximum: SIMD3(repeating: maximum))
            #expect(origin != .zero)
            for value in [minimum, maximum] { #expect((value - origin.x) + origin.x == value) }
            #expect(abs(maximum - origin.x) <= 2 * (maximum - minimum))
        }
        #expect(TriangleMesh.origin(forMinimum: SIMD3(-1, 0, 0), maximum: SIMD3(1, 1000, 1)) == .zero)
    }
}
