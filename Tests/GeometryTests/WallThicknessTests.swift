import Geometry
import TestSupport
import Testing

@Suite struct WallThicknessTests {
    private static func box(_ size: SIMD3<Float>) -> TriangleMesh {
        TriangleMesh(vertices: QueryShapes.box.vertices.map { $0 * size }, triangles: QueryShapes.box.triangles)
    }

    private func thinnest(_ mesh: TriangleMesh) throws -> Float {
        let shape = try PreparedMesh(mesh)
        let thickness = try #require(WallThickness(shape).quantile(ofVolume: 0.02))
        return thickness / Float(shape.transform.scale)
    }

    @Test func ofBoxes() throws {
        #expect(abs(try thinnest(Self.box([1, 1, 1])) - 1) < 1e-4)
        #expect(abs(try thinnest(Self.box([1000, 1, 1])) - 1) < 1e-2)
        #expect(abs(try thinnest(Self.box([500, 500, 1])) - 1) < 1e-2)
    }

    /// A shell is as thick as what is between its two walls.
    @Test func ofAShell() throws {
        let shell = QueryShapes.joined([
            QueryShapes.sphere(levels: 4), QueryShapes.sphere(levels: 4, radius: 0.9).reversed,
        ])
        #expect(abs(try thinnest(shell) - 0.1) < 0.01)
    }

    /// The edge of a wedge is as thin as can be, and no thin part.
    @Test func ofAWedge() throws {
        let tetrahedron = try thinnest(KnownMesh.tetrahedron)
        #expect(tetrahedron > 0.03)
    }

    /// Most of this shape is a block; the fin on it has a tenth of the volume.
    @Test func ofAFinOnABlock() throws {
        let fin = QueryShapes.joined([
            Self.box([1, 1, 1]), Self.box([5, 1, 0.02]).moved(by: [1.01, 0, 0]),
        ])
        #expect(abs(try thinnest(fin) - 0.02) < 1e-3)
    }

    @Test func aSheetHasNone() throws {
        #expect(WallThickness(try PreparedMesh(KnownMesh.plane())).quantile(ofVolume: 0.02) == nil)
    }
}
