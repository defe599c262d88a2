import Foundation
import MeshIO
import TestSupport
import Testing

@Suite struct ScanImportTests {
    private func load(_ bytes: [UInt8], as name: String) throws -> ImportedPoints {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scan-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent(name).path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(ScanImport.holdsPoints(path: path))
        return try ScanImport.load(path: path)
    }

    private func load(_ text: String, as name: String) throws -> ImportedPoints { try load(Array(text.utf8), as: name) }

    private static let positions = [SIMD3<Float>(1, 2, 3), SIMD3(-4.5, 0, 1e-3)]
    private static let normals = [SIMD3<Float>(0, 0, 1), SIMD3(1, 0, 0)]

    private func reason(_ body: () throws -> ImportedPoints) -> String {
        do {
            _ = try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func linesOfNumbers() throws {
        let plain = try load("# made by hand\n2\n1 2 3\n\n-4.5\t0 1e-3\r\n", as: "a.xyz")
        #expect(plain.positions == Self.positions)
        #expect(plain.normals == nil)
        let oriented = try load("1 2 3 0 0 1\n-4.5 0 0.001 1 0 0", as: "a.txt")
        #expect(oriented.positions == Self.positions && oriented.normals == Self.normals)
        // Colours are no normals.
        #expect(try load("1 2 3 255 0 17\n-4.5 0 0.001 200 200 9\n", as: "a.pts").normals == nil)
        #expect(reason { try load("1 2 3\n4 five 6\n", as: "a.xyz") }.contains("line 2 is not numbers"))
        #expect(reason { try load("1 2 3\n4 5\n", as: "a.xyz") }.contains("line 2 has 2 numbers"))
        #expect(try load("1, 2, 3\n-4.5,0,0.001\n", as: "a.xyz").positions == Self.positions)
        // Decimal commas.
        #expect(reason { try load("1,5;2,5;3,5\n", as: "a.xyz") }.contains("line 1"))
        #expect(reason { try load("1,5 2,5 3,5\n", as: "a.xyz") }.contains("line 1"))
        #expect(reason { try load("# nothing\n", as: "a.xyz") } != "no error")
    }

    @Test func textPly() throws {
        let text = """
            ply
            format ascii 1.0
            comment a scan
            element camera 1
            property float focal
            element vertex 2
            property uchar red
            property double x
            property double y
            property double z
            property float nx
            property float ny
            property float nz
            end_header
            35
            7 1 2 3 0 0 1
            9 -4.5 0 0.001 1 0 0
            """
        let points = try load(text, as: "a.ply")
        #expect(points.positions == Self.positions && points.normals == Self.normals)
        #expect(
            reason { try load(text.replacingOccurrences(of: "vertex 2", with: "vertex 3"), as: "a.ply") }.contains(
                "declares 3 of the element vertex"))
        #expect(
            reason { try load(text.replacingOccurrences(of: "-4.5", with: "many"), as: "a.ply") }.contains(
                "\"many\" is no number"))
    }

    @Test(arguments: [false, true])
    func binaryPly(isBigEndian: Bool) throws {
        var bytes = Array(
            """
            ply
            format binary_\(isBigEndian ? "big" : "little")_endian 1.0
            element sensor 3
            property short id
            element vertex 2
            property float x
            property float y
            property double z
            property ushort intensity
            end_header

            """.utf8)
        func append<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: isBigEndian ? number.bigEndian : number.littleEndian) { bytes += $0 }
        }
        for id in 0..<3 { append(Int16(id)) }
        for position in Self.positions {
            append(position.x.bitPattern)
            append(position.y.bitPattern)
            append(Double(position.z).bitPattern)
            append(UInt16(513))
        }
        #expect(try load(bytes, as: "a.ply").positions == Self.positions)
        #expect(reason { try load(Array(bytes.dropLast()), as: "a.ply") }.contains("room for at most 1"))
        let huge = String(decoding: bytes, as: UTF8.self).replacingOccurrences(
            of: "vertex 2", with: "vertex 4611686018427387904")
        #expect(reason { try load(huge, as: "a.ply") }.contains("room for at most 2"))
    }

    private func npy(_ rows: [[Float]], type: String = "<f4") -> [UInt8] {
        var header =
            "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(rows.count), \(rows.first?.count ?? 0)), }"
        header += String(repeating: " ", count: 117 - header.count) + "\n"
        var bytes: [UInt8] =
            [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        for value in rows.joined() {
            if type == "<f4" {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
            } else {
                withUnsafeBytes(of: Double(value).bitPattern.littleEndian) { bytes += $0 }
            }
        }
        return bytes
    }

    @Test(arguments: ["<f4", "<f8"])
    func numpyArrays(type: String) throws {
        let plain = Self.positions.map { [$0.x, $0.y, $0.z] }
        #expect(try load(npy(plain, type: type), as: "a.npy").positions == Self.positions)
        let both = zip(Self.positions, Self.normals).map { [$0.x, $0.y, $0.z, $1.x, $1.y, $1.z] }
        let oriented = try load(npy(both, type: type), as: "a.npy")
        #expect(oriented.positions == Self.positions && oriented.normals == Self.normals)
        #expect(reason { try load(npy([[1, 2], [3, 4]]), as: "a.npy") }.contains("(n, 3)"))
        #expect(reason { try load(Array(npy(plain).dropLast(1)), as: "a.npy") }.contains("ends within its numbers"))
        #expect(reason { try load(npy(plain, type: "<i4"), as: "a.npy") }.contains("floats"))
        #expect(reason { try load([1, 2, 3], as: "a.npy") }.contains("no NumPy array"))
        #expect(reason { try load([UInt8](repeating: 7, count: 64), as: "a.npz") }.contains("no ZIP archive"))
    }

    /// Numbers that a float cannot hold are kept relative to a point nearby.
    @Test func farFromTheOriginNothingIsLost() throws {
        let points = try load("500000.125 4600000.25 10\n500001.125 4600001.25 11\n", as: "utm.xyz")
        #expect(SIMD3<Double>(points.positions[1]) + points.origin == SIMD3(500_001.125, 4_600_001.25, 11))
    }

    /// Lines are read by many tasks.
    @Test func manyLinesKeepTheirOrder() throws {
        let count = 200_000
        let text = (0..<count).map { "\($0) \($0 % 7) 0.5" }.joined(separator: "\n")
        let points = try load(text, as: "long.xyz")
        #expect(points.positions == (0..<count).map { SIMD3(Float($0), Float($0 % 7), 0.5) })
        #expect(reason { try load(text + "\n1 2 x", as: "long.xyz") }.contains("line \(count + 1) is not numbers"))
    }

    @Test func meshesAreNoScans() throws {
        let folder = FileManager.default.temporaryDirectory
        let path = folder.appendingPathComponent("faces-\(UUID().uuidString).ply").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(
            "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
                .utf8
        ).write(to: URL(fileURLWithPath: path))
        #expect(!ScanImport.holdsPoints(path: path))
        #expect(!ScanImport.holdsPoints(path: "nowhere.ply"))
        #expect(!ScanImport.holdsPoints(path: "bunny.obj"))
        #expect(throws: MeshFileError.fileMissing(path: "nowhere.xyz")) { try ScanImport.load(path: "nowhere.xyz") }
    }
}
