import Foundation
import Geometry
import Testing

@Suite struct MeshImportTests {
    /// A unit cube whose six faces have corners of their own, told apart by normals and texture coordinates.
    static let seamedCube = """
        v 0 0 0
        v 1 0 0
        v 1 1 0
        v 0 1 0
        v 0 0 1
        v 1 0 1
        v 1 1 1
        v 0 1 1
        vt 0 0
        vt 0.5 0
        vn 0 0 -1
        vn 0 0 1
        vn 0 -1 0
        vn 1 0 0
        vn 0 1 0
        vn -1 0 0
        f 1/1/1 4/2/1 3/1/1 2/2/1
        f 5/2/2 6/1/2 7/2/2 8/1/2
        f 1/1/3 2/1/3 6/1/3 5/1/3
        f 2/2/4 3/2/4 7/2/4 6/2/4
        f 3/1/5 4/1/5 8/1/5 7/1/5
        f 4/2/6 1/2/6 5/2/6 8/2/6

        """

    @Test func seamsDoNotOpenAClosedMesh() throws {
        let imported = try importText(Self.seamedCube, as: "cube.obj")
        #expect(imported.mesh.vertices.count == 8)
        #expect(imported.mesh.triangles.count == 12)
        let topology = MeshTopology(imported.mesh)
        #expect(topology.isWatertight)
        #expect(topology.signedVolume == 1)
        #expect(imported.summary.format == "Wavefront Object Importer")
    }

    @Test func pointsLinesAndDegenerateTrianglesAreCounted() throws {
        let imported = try importText(
            """
            v 0 0 0
            v 1 0 0
            v 0 1 0
            v 0 0 0
            p 1
            l 1 2
            l 2 3
            f 1 2 3
            f 1 2 4
            f 1 2 3
            f 2 3 1

            """, as: "mixed.obj")
        #expect(imported.mesh.triangles == [SIMD3(0, 1, 2)])
        #expect(imported.summary.pointsDropped == 1)
        #expect(imported.summary.linesDropped == 2)
        #expect(imported.summary.degenerateTrianglesDropped == 1)
        #expect(imported.summary.duplicateTrianglesDropped == 2)
    }

    @Test func negativeZeroJoinsZero() throws {
        let imported = try importText(
            "v 0 0 0\nv 1 0 0\nv 0 1 0\nv -0.0 0 -0.0\nv 0 -1 0\nf 1 2 3\nf 4 5 2\n", as: "zero.obj")
        #expect(imported.mesh.vertices.count == 4)
    }
}
