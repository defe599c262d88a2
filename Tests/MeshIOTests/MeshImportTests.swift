import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
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
        #expect(imported.summary.format == "Wavefront OBJ")
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

    // MARK: Scenes

    /// The tetrahedron as glTF, with the node list replaced.
    private static func tetrahedron(nodes: String, sceneNodes: String = "0") throws -> ImportedMesh {
        try withTemporaryFolder { folder in
            let path = folder + "/a.gltf"
            try MeshExport.write(KnownMesh.tetrahedron, to: path)
            let text = try String(contentsOfFile: path, encoding: .utf8)
                .replacingOccurrences(of: #""nodes":[{"mesh":0}]"#, with: "\"nodes\":[\(nodes)]")
                .replacingOccurrences(
                    of: #""scenes":[{"nodes":[0]}]"#, with: "\"scenes\":[{\"nodes\":[\(sceneNodes)]}]")
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return try MeshImport.load(path: path)
        }
    }

    @Test func nodeTransformsAreAppliedDownTheHierarchy() throws {
        let imported = try Self.tetrahedron(
            nodes: #"{"translation":[10,0,0],"children":[1]},{"scale":[2,3,4],"mesh":0}"#)
        #expect(imported.mesh.boundingBox == BoundingBox(minimum: SIMD3(10, 0, 0), maximum: SIMD3(12, 3, 4)))
        let topology = MeshTopology(imported.mesh)
        #expect(topology.isWatertight)
        #expect(abs(topology.signedVolume - 4) < 1e-6)
    }

    @Test func meshesOfASceneAreJoined() throws {
        let imported = try Self.tetrahedron(
            nodes: #"{"mesh":0},{"mesh":0,"translation":[0,0,9]}"#, sceneNodes: "0,1")
        #expect(imported.summary.partCount == 2)
        #expect(MeshTopology(imported.mesh).componentCount == 2)
    }

    @Test func partsThatMeetAreJoinedAtTheirVertices() throws {
        let imported = try Self.tetrahedron(
            nodes: #"{"mesh":0},{"mesh":0,"translation":[1,0,0]}"#, sceneNodes: "0,1")
        #expect(imported.mesh.vertices.count == 7)
    }

    @Test func thePartPlacedTwiceAtOnePlaceCountsOnce() throws {
        let imported = try Self.tetrahedron(nodes: #"{"mesh":0},{"mesh":0}"#, sceneNodes: "0,1")
        #expect(imported.mesh.triangles.count == 4)
        #expect(imported.summary.duplicateTrianglesDropped == 4)
    }

    @Test(arguments: [("-1,1,1", 1), ("-1,-1,1", 0), ("-1,-2,-3", 1)] as [(String, Int)])
    func mirroredPartsFaceOutward(scale: String, mirrored: Int) throws {
        let imported = try Self.tetrahedron(nodes: #"{"mesh":0,"scale":[\#(scale)]}"#)
        #expect(MeshTopology(imported.mesh).signedVolume > 0)
        #expect(imported.summary.mirroredPartCount == mirrored)
    }

    @Test func polygonsAreTriangulatedWhole() throws {
        // A concave outline of area 3: an L of three unit squares.
        let imported = try importText(
            "v 0 0 0\nv 2 0 0\nv 2 1 0\nv 1 1 0\nv 1 2 0\nv 0 2 0\nf 1 2 3 4 5 6\n", as: "l.obj")
        let topology = MeshTopology(imported.mesh)
        #expect(topology.area == 3)
        #expect(imported.mesh.triangles.count == 4)
        #expect(imported.summary.polygonsTriangulated == 1)
    }

    /// Outlines that wind in and out around a centre: simple by construction, with many reflex corners.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func starsAreCoveredExactlyOnce(seed: UInt64) throws {
        let random = RandomStream(seed: seed, stream: 3)
        let count = 4 + Int(seed) * 3
        var area = 0.0
        var text = ""
        let corners = (0..<count).map { index in
            let radius = 0.2 + Double(random.uniforms(at: UInt64(index)).x)
            let angle = Double(index) / Double(count) * 2 * Double.pi
            return SIMD2(radius * cos(angle), radius * sin(angle))
        }
        for index in corners.indices {
            let (a, b) = (corners[index], corners[(index + 1) % count])
            area += (a.x * b.y - a.y * b.x) / 2
            // In a slanted plane, z = 2x, which has √5 times the area.
            text += "v \(Float(a.x)) \(Float(a.y)) \(Float(2 * a.x))\n"
        }
        text += "f " + (1...count).map(String.init).joined(separator: " ") + "\n"
        let topology = MeshTopology(try importText(text, as: "star.obj").mesh)
        #expect(topology.triangleCount == count - 2)
        #expect(topology.boundaryEdgeCount == count)
        #expect(topology.isConsistentlyOriented)
        #expect(abs(topology.area - area * 5.0.squareRoot()) < 1e-5 * area)
    }

    // MARK: Files of no use

    private static func failure(_ text: String, as name: String) -> MeshFileError? {
        do {
            _ = try importText(text, as: name)
            return nil
        } catch {
            return error as? MeshFileError
        }
    }

    /// What kind of error it is, without its details.
    private static func kind(_ error: MeshFileError?) -> String {
        guard let error else { return "none" }
        return Mirror(reflecting: error).children.first?.label ?? "\(error)"
    }

    @Test func missingFile() {
        #expect(throws: MeshFileError.fileMissing(path: "/no/such/mesh.obj")) {
            try MeshImport.load(path: "/no/such/mesh.obj")
        }
    }

    @Test func folder() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.obj"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            #expect(throws: MeshFileError.notAFile(path: path, isFolder: true)) { try MeshImport.load(path: path) }
        }
    }

    @Test func deviceIsNotAFile() {
        #expect(throws: MeshFileError.notAFile(path: "/dev/zero", isFolder: false)) {
            try MeshImport.load(path: "/dev/zero")
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func unreadableFile() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.obj"
            try Data("v 0 0 0\n".utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, 0)
            #expect(throws: MeshFileError.fileUnreadable(path: path, reason: "permission denied")) {
                try MeshImport.load(path: path)
            }
        }
    }

    static let triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
    static let asciiPly = """
        ply
        format ascii 1.0
        element vertex 3
        property float x
        property float y
        property float z
        element face 1
        property list uchar int vertex_indices
        end_header
        0 0 0
        1 0 0
        0 1 0
        3 0 1 7

        """

    @Test(arguments: [
        ("empty.obj", "", "fileEmpty"),
        ("mesh.xyzzy", triangle, "unknownMeshFormat"),
        ("mesh", triangle, "unknownMeshFormat"),
        (".obj", triangle, "unknownMeshFormat"),
        ("garbage.glb", "no mesh at all, just some words", "malformedFile"),
        ("garbage.fbx", "no mesh at all, just some words", "malformedFile"),
        ("garbage.3ds", "no mesh at all, just some words", "malformedFile"),
        ("garbage.obj", "no mesh at all, just some words", "emptyScene"),
        ("cut.gltf", #"{"asset":{"version":"2.0"},"meshes":[{"prim"#, "malformedFile"),
        ("cut.stl", "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0", "malformedFile"),
        ("nothing.dae", "<COLLADA version=\"1.4.1\"><scene/></COLLADA>", "malformedFile"),
        ("points.obj", "v 0 0 0\nv 1 0 0\np 1\np 2\n", "noTriangles"),
        ("cloud.ply", asciiPly.replacingOccurrences(of: "face 1", with: "face 0"), "noTriangles"),
        ("lines.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nl 1 2 3\n", "noTriangles"),
        ("collapsed.obj", "v 0 0 0\nv 1 0 0\nv 0 0 0\nf 1 2 3\n", "onlyDegenerateTriangles"),
        ("straight.obj", "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "onlyDegenerateTriangles"),
        ("nan.obj", "v 0 0 0\nv 1 0 0\nv 0 nan 0\nf 1 2 3\n", "nonFiniteVertices"),
        ("infinite.obj", "v 0 0 0\nv 1 0 0\nv 0 inf 0\nf 1 2 3\n", "nonFiniteVertices"),
        ("overflow.obj", "v 0 0 0\nv 1 0 0\nv 0 1e39 0\nf 1 2 3\n", "nonFiniteVertices"),
        ("huge.obj", "v 0 0 0\nv 1e30 0 0\nv 0 1e30 0\nf 1 2 3\n", "sizeOutOfRange"),
        ("tiny.obj", "v 0 0 0\nv 1e-30 0 0\nv 0 1e-30 0\nf 1 2 3\n", "sizeOutOfRange"),
        ("far.obj", "v 1e18 0 0\nv 1000000000000004096 0 0\nv 1e18 4096 0\nf 1 2 3\n", "farFromOrigin"),
        (
            "far.ply",
            asciiPly.replacing("0 0 0\n1 0 0\n0 1 0", with: "1e18 0 0\n1000000000000004096 0 0\n1e18 4096 0").replacing(
                "1 7", with: "1 2"), "farFromOrigin"
        ),
        ("range.ply", asciiPly, "indexOutOfRange"),
        ("range.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "malformedFile"),
    ])
    func uselessFilesAreToldApart(name: String, text: String, expected: String) {
        let error = Self.failure(text, as: name)
        #expect(Self.kind(error) == expected, "\(error?.description ?? "no error")")
        // One line that names the file.
        #expect(error?.description.contains("\n") == false)
        #expect(error?.description.contains("/" + name) == true)
    }

    @Test(arguments: [1e-12, 1e-6, 1, 1e6, 1e12] as [Float])
    func anySensibleSizeIsTaken(scale: Float) throws {
        let mesh = MeshExportTests.awkwardMesh(seed: 5, scale: scale)
        let back = try MeshExportTests.roundTrip(mesh, as: "a.ply")
        #expect(back.mesh.triangles.count == mesh.triangles.count)
    }

    @Test func unusedVerticesMatterToNobody() throws {
        let imported = try importText("v nan 0 0\nv 1e30 0 0\n" + "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 3 4 5\n", as: "a.obj")
        #expect(imported.mesh.vertices.count == 3)
    }
}

/// The short way for quads is the long way's.
@Suite struct PolygonTriangulationTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func convexQuadsAreCutAlike(seed: UInt64) {
        let random = RandomStream(seed: seed, stream: 11)
        var convexCount = 0
        for number in 0..<500 as Range<UInt64> {
            let corners = (0..<4 as Range<UInt64>).map { corner in
                let angle = (Double(corner) + 0.7 * Double(random.uniforms(at: 8 * number + corner).x)) * .pi / 2
                let radius = 0.3 + Double(random.uniforms(at: 8 * number + corner).y)
                return SIMD3(
                    radius * cos(angle), radius * sin(angle), 0.1 * Double(random.uniforms(at: 8 * number + corner).z))
            }
            guard PolygonTriangulation.isConvex((corners[0], corners[1], corners[2], corners[3])) else { continue }
            convexCount += 1
            #expect(PolygonTriangulation.triangles(of: corners) == [SIMD3(0, 1, 2), SIMD3(0, 2, 3)])
        }
        #expect(convexCount > 100)
    }

    /// A disk of many corners: none of them can lie in an ear, so that they cost nothing.
    @Test func aLargeConvexPolygonIsFast() {
        let count = 20_000
        let corners = (0..<count).map { index in
            let angle = Double(index) / Double(count) * 2 * Double.pi
            return SIMD3(cos(angle), sin(angle), 0)
        }
        let triangles = PolygonTriangulation.triangles(of: corners)
        #expect(triangles.count == count - 2)
        let area = triangles.reduce(0.0) {
            $0 + cross(corners[$1.y] - corners[$1.x], corners[$1.z] - corners[$1.x]).z / 2
        }
        #expect(abs(area - .pi) < 1e-6)
    }

    private static func area(_ triangles: [SIMD3<Int>], of corners: [SIMD3<Double>]) -> (
        signed: Double, covered: Double
    ) {
        triangles.reduce(into: (0, 0)) { sum, triangle in
            let (a, b, c) = (corners[triangle.x], corners[triangle.y], corners[triangle.z])
            let area = cross(b - a, c - a).z / 2
            sum.0 += area
            sum.1 += abs(area)
        }
    }

    /// Teeth of random depth around a disk, some of them a hundred thousand: each corner that turns right may lie in an ear.
    @Test(arguments: [7, 60, 999, 100_000]) func aJaggedPolygonIsCoveredOnce(teeth: Int) {
        let random = RandomStream(seed: 4, stream: 12)
        let corners = (0..<2 * teeth).map { index in
            let angle = Double(index) / Double(2 * teeth) * 2 * Double.pi
            let radius = index % 2 == 0 ? 1 : 0.2 + 0.7 * Double(random.uniforms(at: UInt64(index)).x)
            return SIMD3(radius * cos(angle), radius * sin(angle), 0)
        }
        let triangles = PolygonTriangulation.triangles(of: corners)
        #expect(triangles.count == corners.count - 2)
        let exact = corners.indices.reduce(0.0) {
            $0 + cross(corners[$1], corners[($1 + 1) % corners.count]).z / 2
        }
        let area = Self.area(triangles, of: corners)
        #expect(abs(area.signed - exact) < 1e-9)
        #expect(area.covered - area.signed < 1e-9)
    }

    /// No inside to be right about, and no reason to take hours: every corner is used.
    @Test(arguments: [10, 500, 40_000]) func aTangleEnds(count: Int) {
        let random = RandomStream(seed: 5, stream: 13)
        let corners = (0..<count).map { index in
            let place = random.uniforms(at: UInt64(index))
            return SIMD3(Double(place.x), Double(place.y), 0)
        }
        let triangles = PolygonTriangulation.triangles(of: corners)
        #expect(triangles.count == count - 2)
        #expect(Set(triangles.flatMap { [$0.x, $0.y, $0.z] }).count == count)
    }
}
