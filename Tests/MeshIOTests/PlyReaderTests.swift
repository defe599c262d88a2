import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

@Suite struct PlyReaderTests {
    /// Files that `make_ply_fixtures.py` wrote, with what trimesh makes of them.
    struct Fixtures: Decodable {
        struct File: Decodable, CustomStringConvertible {
            var name: String
            var data: Data
            var triangles: Int
            var area: Double
            var volume: Double
            var minimum: [Double]
            var maximum: [Double]
            var description: String { name }
        }
        var files: [File]
    }

    static let fixtures: Fixtures? = {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Fixtures/ply.json")
        return try? JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: url))
    }()

    @Test func everyTypeOrderListAndEncodingIsReadAsItsPeerReadsIt() throws {
        let files = try #require(Self.fixtures).files
        #expect(files.count > 120)
        for file in files {
            let imported = try importBytes([UInt8](file.data), as: "a.ply")
            let topology = MeshTopology(imported.mesh)
            let box = try #require(imported.mesh.boundingBox)
            #expect(imported.mesh.triangles.count == file.triangles, "\(file)")
            #expect(imported.mesh.vertices.count == 8, "\(file)")
            #expect(topology.isWatertight, "\(file)")
            #expect(abs(topology.signedVolume - file.volume) < 1e-9, "\(file)")
            #expect(abs(topology.area - file.area) < 1e-9, "\(file)")
            #expect((0..<3).map { Double(box.minimum[$0]) } == file.minimum, "\(file)")
            #expect((0..<3).map { Double(box.maximum[$0]) } == file.maximum, "\(file)")
        }
    }

    /// A file cut short anywhere is refused: no count is believed beyond the file's end.
    @Test func everyFileCutShortIsRefused() throws {
        for file in try #require(Self.fixtures).files
        where file.name.hasPrefix("binary") && !file.name.contains("behind") {
            let bytes = [UInt8](file.data)
            for cut in [1, 2, 5, 13, 40] {
                #expect(throws: MeshFileError.self, "\(file), \(cut)") {
                    try importBytes(Array(bytes.dropLast(cut)), as: "a.ply")
                }
            }
        }
    }

    private static let corners = "0 0 0\n2 0 0\n2 1 0\n0 1 0\n0 0 1\n2 0 1\n2 1 1\n0 1 1\n"
    private static let boxFaces =
        "3 0 2 1\n3 0 3 2\n3 4 5 6\n3 4 6 7\n3 0 1 5\n3 0 5 4\n3 1 2 6\n3 1 6 5\n3 2 3 7\n3 2 7 6\n3 3 0 4\n3 3 4 7\n"

    private static func text(_ elements: String, _ data: String, line: String = "\n") -> String {
        let head =
            "ply\nformat ascii 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n\(elements)end_header\n"
        return (head + data).replacing("\n", with: line)
    }

    private static let faceElement = "element face 12\nproperty list uchar int vertex_indices\n"

    @Test(arguments: ["\n", "\r\n", "\r"])
    func everyLineEndIsRead(line: String) throws {
        let imported = try importText(
            Self.text(Self.faceElement, Self.corners + Self.boxFaces, line: line), as: "a.ply")
        #expect(MeshTopology(imported.mesh).signedVolume.isApproximately(2))
    }

    /// Strips begin anew behind −1; every second triangle is turned around.
    @Test func stripsAreRead() throws {
        let strips = "element tristrips 1\nproperty list int int vertex_indices\n"
        // The four sides as one strip, then top and bottom.
        let data = Self.corners + "21 0 4 1 5 2 6 3 7 0 4 -1 4 7 5 6 -1 0 1 3 2 -1\n"
        let mesh = try importText(Self.text(strips, data), as: "a.ply").mesh
        let topology = MeshTopology(mesh)
        #expect(topology.isWatertight)
        #expect(mesh.triangles.count == 12)
        #expect(topology.area == 10)
    }

    @Test func dataThatBeginsWithALineFeedIsRead() throws {
        for lowByte in [0x0A, 0x0D, 0x20] as [UInt32] {
            for isDouble in [false, true] {
                let x = Float(bitPattern: 0x3F80_0000 | lowByte)
                var bytes = Array(
                    "ply\nformat binary_little_endian 1.0\nelement vertex 3\n".utf8)
                for name in ["x", "y", "z"] {
                    bytes += Array("property \(isDouble ? "double" : "float") \(name)\n".utf8)
                }
                bytes += Array("element face 1\nproperty list uchar int vertex_indices\nend_header\n".utf8)
                for value in [x, 0, 0, 0, 1, 0, 0, 0, 1] as [Float] {
                    if isDouble {
                        let pattern = Double(value).bitPattern | (value == x ? UInt64(lowByte) : 0)
                        withUnsafeBytes(of: pattern.littleEndian) { bytes += $0 }
                    } else {
                        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
                    }
                }
                bytes += [3, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]
                let mesh = try importBytes(bytes, as: "a.ply").mesh
                #expect(mesh.boundingBox?.maximum == SIMD3(x, 1, 1))
            }
        }
    }

    /// Whatever the first coordinate, other readers must not take its first byte for the header's end.
    @Test func writtenDataNeverBeginsWithABlank() throws {
        for lowByte in 0..<256 as Range<UInt32> {
            for origin in [SIMD3<Double>.zero, SIMD3(4_600_000, 0, 0)] {
                let mesh = TriangleMesh(
                    origin: origin,
                    vertices: [SIMD3(Float(bitPattern: 0x3F80_0000 | lowByte), 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)],
                    triangles: [SIMD3(0, 1, 2)])
                try withTemporaryFolder { folder in
                    let path = folder + "/a.ply"
                    try MeshExport.write(mesh, to: path)
                    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                    let end = try #require(bytes.firstRange(of: Array("end_header\n".utf8)))
                    #expect(![0x09, 0x0A, 0x0D, 0x20].contains(bytes[end.upperBound]))
                    let back = try MeshImport.load(path: path).mesh
                    #expect(back.position(of: 0) == mesh.position(of: 0))
                }
            }
        }
    }

    // MARK: Range grids

    @Test func aRangeGridBecomesASurface() throws {
        // 3 × 3 cells, one of them empty, one point far behind: the triangles to it span a step in depth.
        let text = """
            ply
            format ascii 1.0
            obj_info num_cols 4
            obj_info num_rows 3
            element vertex 11
            property float x
            property float y
            property float z
            element range_grid 12
            property list uchar int vertex_indices
            end_header
            0 0 0
            1 0 0
            2 0 0
            3 0 0
            0 1 0
            1 1 0
            2 1 0
            3 1 0
            0 2 0
            1 2 0
            3 2 -90
            1 0
            1 1
            1 2
            1 3
            1 4
            1 5
            1 6
            1 7
            1 8
            1 9
            0
            1 10

            """
        let imported = try importText(text, as: "a.ply")
        // Four cells of two triangles, one cell of three points (one triangle), one with the point behind (left out).
        #expect(imported.mesh.triangles.count == 9)
        #expect(imported.summary.notes.contains { $0.contains("range grid of 4 × 3") })
        for index in imported.mesh.triangles.indices {
            let (a, b, c) = imported.mesh.corners(of: index)
            #expect(((b - a).x * (c - a).y - (b - a).y * (c - a).x) > 0)
        }
    }

    @Test func anEmptyOrStrangeGridIsPassedOverWhereThereAreFaces() throws {
        let grid = "element range_grid 2\nproperty list uchar int vertex_indices\n"
        let imported = try importText(
            Self.text(grid + Self.faceElement, Self.corners + "1 0\n1 2\n" + Self.boxFaces), as: "a.ply")
        #expect(imported.mesh.triangles.count == 12)
        #expect(imported.summary.notes == ["elements not looked at: range_grid"])
    }

    // MARK: Files that contradict themselves

    @Test(arguments: [
        // One row too few, one value too many, a word that is no number, a decimal comma.
        (corners.replacing("0 0 0\n", with: ""), boxFaces), (corners.replacing("2 1 1", with: "2 1 1 7"), boxFaces),
        (corners.replacing("2 1 1", with: "2 one 1"), boxFaces),
        (corners.replacing("2 1 1", with: "2,5 1 1"), boxFaces),
        // Lists longer than the file, with corners below zero, of broken numbers; faces that are missing.
        (corners, boxFaces.replacing("3 3 4 7", with: "900 3 4 7")),
        (corners, boxFaces.replacing("3 3 4 7", with: "3 3 4 -7")),
        (corners, boxFaces.replacing("3 3 4 7", with: "3 3 4 6.5")),
        (corners, boxFaces.replacing("3 3 4 7\n", with: "")),
        (corners, boxFaces.replacing("3 3 4 7", with: "3 3 4 8")),
    ])
    func contradictionsAreErrors(vertices: String, faces: String) {
        #expect(throws: MeshFileError.self) {
            try importText(Self.text(Self.faceElement, vertices + faces), as: "a.ply")
        }
    }

    @Test(arguments: [
        "element face 4000000000000000000", "element face 9223372036854775807", "element face -1", "element face many",
    ])
    func hugeCountsTakeNoMemory(line: String) {
        let text = Self.text(Self.faceElement, Self.corners + Self.boxFaces).replacing("element face 12", with: line)
        #expect(throws: MeshFileError.self) { try importText(text, as: "a.ply") }
    }

    /// Rows of nothing, in text and in bytes.
    @Test(arguments: ["foo 3", "foo 9000000000000000000", "edge 9000000000000000000"])
    func elementsWithoutPropertiesTakeNoPlace(element: String) throws {
        let text = Self.text("element \(element)\n" + Self.faceElement, Self.corners + Self.boxFaces)
        #expect(MeshTopology(try importText(text, as: "a.ply").mesh).signedVolume.isApproximately(2))
        let header = """
            ply
            format binary_little_endian 1.0
            element vertex 3
            property uchar x
            property uchar y
            property uchar z
            element \(element)
            element face 1
            property list uchar uchar vertex_indices
            end_header

            """
        let bytes = Array(header.utf8) + [0, 0, 0, 1, 0, 0, 0, 1, 0, 3, 0, 1, 2]
        #expect(try importBytes(bytes, as: "a.ply").mesh.triangles.count == 1)
    }

    @Test(arguments: ["format ascii 1.0\n", "property float y\n", "end_header\n", "ply\n"])
    func brokenHeadersAreErrors(missing: String) {
        let text = Self.text(Self.faceElement, Self.corners + Self.boxFaces).replacing(missing, with: "")
        #expect(throws: MeshFileError.self) { try importText(text, as: "a.ply") }
    }

    @Test func whatStandsBehindTheEndIsTold() throws {
        let imported = try importText(
            Self.text(Self.faceElement, Self.corners + Self.boxFaces + "3 0 1 2\n"), as: "a.ply")
        #expect(imported.summary.notes == ["8 bytes behind the last element were not looked at"])
    }

    // MARK: Points

    @Test func pointsComeWithTheirNormals() throws {
        let text = """
            ply
            format ascii 1.0
            element vertex 2
            property double x
            property double y
            property double z
            property float nx
            property float ny
            property float nz
            end_header
            500000.125 4600000.25 10 0 0 1
            500001.125 4600001.25 11 0 1 0

            """
        try withTemporaryFolder { folder in
            let path = folder + "/scan.ply"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let points = try ScanImport.load(path: path)
            #expect(points.normals == [SIMD3(0, 0, 1), SIMD3(0, 1, 0)])
            #expect(SIMD3<Double>(points.positions[1]) + points.origin == SIMD3(500_001.125, 4_600_001.25, 11))
            #expect(throws: MeshFileError.noTriangles(path: path, pointCount: 2, lineCount: 0)) {
                try MeshImport.load(path: path)
            }
        }
    }

    /// Many records, read by many tasks, with anything but triangles among them or not.
    @Test(arguments: [1, 2, 7])
    func threadsChangeNothing(workers: Int) throws {
        let mesh = MeshExportTests.awkwardMesh(seed: 3)
        try withTemporaryFolder { folder in
            try MeshExport.write(mesh, to: folder + "/a.ply")
            let one = try MeshImport.load(path: folder + "/a.ply", workers: .single)
            #expect(try MeshImport.load(path: folder + "/a.ply", workers: Workers(count: workers)) == one)
            #expect(MeshExportTests.soup(one.mesh) == MeshExportTests.soup(mesh))
        }
    }
}

extension Double {
    func isApproximately(_ other: Double, within tolerance: Double = 1e-9) -> Bool {
        (self - other).magnitude <= tolerance
    }
}
