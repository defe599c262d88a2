import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

@Suite struct MeshExportTests {
    /// A closed mesh whose coordinates are as awkward as floats get at this scale and offset.
    static func awkwardMesh(seed: UInt64, scale: Float = 1, offset: SIMD3<Float> = .zero) -> TriangleMesh {
        let random = RandomStream(seed: seed, stream: 0)
        var mesh = KnownMesh.torus(rows: 40, columns: 20)
        for index in mesh.vertices.indices {
            let noise = random.uniforms(at: UInt64(index))
            mesh.vertices[index] += SIMD3(noise.x, noise.y, noise.z) * 0.01
            mesh.vertices[index] = mesh.vertices[index] * scale + offset
        }
        return mesh
    }

    static func roundTrip(
        _ mesh: TriangleMesh, normals: [SIMD3<Float>]? = nil, as name: String
    ) throws -> ImportedMesh {
        try withTemporaryFolder { folder in
            let path = folder + "/" + name
            try MeshExport.write(mesh, normals: normals, to: path)
            return try MeshImport.load(path: path)
        }
    }

    /// The corners of every triangle: what must survive when vertices are numbered anew.
    static func soup(_ mesh: TriangleMesh) -> [[SIMD3<Double>]] {
        mesh.triangles.map { triangle in
            (0..<3).map { mesh.position(of: Int(triangle[$0])) }
        }
    }

    @Test(
        arguments: ["mesh.obj", "mesh.ply", "mesh.stl", "mesh.glb", "mesh.gltf"],
        [(1, .zero), (1e-6, .zero), (1e6, .zero), (1, SIMD3(1000, -2000, 300)), (1e-6, SIMD3(1e-6, 2e-6, 1e-6))]
            as [(Float, SIMD3<Float>)])
    func coordinatesSurviveBitForBit(name: String, placement: (scale: Float, offset: SIMD3<Float>)) throws {
        let mesh = Self.awkwardMesh(seed: 1, scale: placement.scale, offset: placement.offset)
        let back = try Self.roundTrip(mesh, as: name)
        #expect(Self.soup(back.mesh) == Self.soup(mesh))
        #expect(MeshTopology(back.mesh).isWatertight)
        #expect(back.mesh.vertices.count == mesh.vertices.count)
    }

    @Test(arguments: ["mesh.obj", "mesh.ply", "mesh.glb", "mesh.gltf"])
    func normalsDoNotDisturb(name: String) throws {
        let mesh = Self.awkwardMesh(seed: 2)
        let normals = mesh.vertices.map { _ in SIMD3<Float>(0, 0, 1) }
        let back = try Self.roundTrip(mesh, normals: normals, as: name)
        #expect(Self.soup(back.mesh) == Self.soup(mesh))
    }

    /// Formats that Assimp writes, some of them with few digits.
    @Test(arguments: ["mesh.dae", "mesh.3ds", "mesh.x", "mesh.x3d", "mesh.assbin"])
    func assimpsFormatsComeBackAlike(name: String) throws {
        let mesh = Self.awkwardMesh(seed: 3)
        let back = try Self.roundTrip(mesh, as: name)
        #expect(back.mesh.triangles.count == mesh.triangles.count)
        let (was, now) = (MeshTopology(mesh), MeshTopology(back.mesh))
        #expect(abs(now.signedVolume - was.signedVolume) < 1e-3 * was.signedVolume)
        let (box, boxBack) = (try #require(mesh.boundingBox), try #require(back.mesh.boundingBox))
        #expect((box.minimum - boxBack.minimum).max() < 1e-3)
        #expect((box.maximum - boxBack.maximum).max() < 1e-3)
    }

    @Test(arguments: ["obj", "ply", "stl"])
    func threadsChangeNoByte(name: String) throws {
        let mesh = Self.awkwardMesh(seed: 4)
        let files = try [1, 2, 5].map { count in
            try withTemporaryFolder { folder in
                try MeshExport.write(mesh, to: "\(folder)/mesh.\(name)", workers: Workers(count: count))
                return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/mesh.\(name)"))
            }
        }
        #expect(files[0] == files[1])
        #expect(files[0] == files[2])
    }

    @Test func objTextIsPlain() throws {
        let mesh = TriangleMesh(
            vertices: [SIMD3(0.5, -2, 1e-5), SIMD3(16_777_216, 0.1, -0.0), SIMD3(123.456, 1, 100_000)],
            triangles: [SIMD3(0, 1, 2)])
        let text = try withTemporaryFolder { folder in
            try MeshExport.write(mesh, to: folder + "/a.obj")
            return try String(contentsOfFile: folder + "/a.obj", encoding: .utf8)
        }
        #expect(text == "# written by shapefit\nv 0.5 -2 0.00001\nv 16777216 0.1 0\nv 123.456 1 100000\nf 1 2 3\n")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func anyFloatReadsBackExactly(seed: UInt64) {
        let random = RandomStream(seed: seed, stream: 1)
        for index in 0..<100_000 as Range<UInt64> {
            let value = Float(bitPattern: random.words(at: index).x)
            guard value.isFinite else { continue }
            #expect(Float(DecimalText.text(of: value)) == value)
        }
    }

    /// Assimp adds and scales in floats, so that not every text that says a float exactly is read as it.
    @Test(arguments: [1, 2] as [UInt64])
    func anyFloatReadsBackExactlyThroughAssimp(seed: UInt64) throws {
        let random = RandomStream(seed: seed, stream: 2)
        var values: [Float] = []
        for index in 0..<60_000 as Range<UInt64> {
            let value = Float(bitPattern: random.words(at: index).x)
            if value.isFinite && value.magnitude > 0x1p-80 { values.append(value) }
        }
        // One vertex a value; the last two are far from all others and make each triangle a proper one.
        var mesh = TriangleMesh(vertices: values.map { SIMD3($0, 0, 0) })
        let apex = UInt32(values.count)
        mesh.vertices += [SIMD3(0, 1e30, 0), SIMD3(0, 0, 1e30)]
        mesh.triangles = (0..<apex).map { SIMD3($0, apex, apex + 1) }
        try withTemporaryFolder { folder in
            try MeshExport.write(mesh, to: folder + "/a.obj")
            let back = try MeshImport.loadWithAssimp(path: folder + "/a.obj").mesh
            let lost = Set(values).subtracting(back.vertices.map(\.x))
            #expect(lost.count <= 5)
            // Plain notation is exact without exception.
            #expect(lost.filter { $0.magnitude >= 0x1p-24 && $0.magnitude < 0x1p63 }.isEmpty)
        }
    }

    @Test func fewestDigitsAreWritten() {
        for (value, text) in [
            (0.1, "0.1"), (0.3, "0.3"), (1.0 / 3, "0.33333334"), (1e-3, "0.001"), (-7.25, "-7.25"),
            (299_792_448, "299792448"), (1e20, "1e20"), (1e-10, "1e-10"), (0.000_1, "0.0001"),
        ] as [(Float, String)] {
            #expect(DecimalText.text(of: value) == text)
        }
    }

    @Test func whatCannotBeWrittenSaysSo() throws {
        let mesh = KnownMesh.tetrahedron
        #expect(throws: MeshFileError.unknownExportFormat(path: "a.xyzzy")) {
            try MeshExport.write(mesh, to: "a.xyzzy")
        }
        #expect(throws: MeshFileError.self) { try MeshExport.write(mesh, to: "/no/such/folder/a.obj") }
        var broken = mesh
        broken.vertices[2].y = .nan
        #expect(throws: MeshFileError.exportFailed(path: "a.obj", reason: "vertex 2 is NaN or infinite")) {
            try MeshExport.write(broken, to: "a.obj")
        }
    }

    @Test func whatWasThereStaysWhenWritingFails() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.glb"
            try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: MeshFileError.self) { try MeshExport.write(TriangleMesh(), to: path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        }
    }
}
