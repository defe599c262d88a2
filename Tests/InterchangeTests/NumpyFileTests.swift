import Core
import Foundation
import Geometry
import Interchange
import Testing

@Suite struct NumpyFileTests {
    @Test func arraysAreVersionOneFiles() throws {
        let path = temporaryPath("npy")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try NumpyFile.write(NumpyArray([1.5, -2] as [Float], shape: [2]), to: path)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
        // 128 bytes would do; as many blanks more are the mark.
        #expect(Array(bytes[..<10]) == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 246, 0])
        #expect(Array(bytes[10..<(10 + text.utf8.count)]) == Array(text.utf8))
        #expect(bytes[(10 + text.utf8.count)..<255].allSatisfy { $0 == 0x20 } && bytes[255] == 0x0a)
        #expect(Array(bytes[256...]) == [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0])
    }

    /// Every header is a multiple of 64 bytes, whatever the shape, and says type and shape.
    @Test(arguments: [
        (NumpyArray([SIMD3<Float>](repeating: .one, count: 1234)), "'<f4'", "(1234, 3)", 1234 * 12),
        (NumpyArray([Double](repeating: 1, count: 16), shape: [4, 4]), "'<f8'", "(4, 4)", 128),
        (NumpyArray([UInt8](repeating: 1, count: 24), shape: [2, 3, 4]), "'|u1'", "(2, 3, 4)", 24),
        (NumpyArray([] as [UInt8], shape: [0]), "'|u1'", "(0,)", 0),
    ])
    func headersSayTypeAndShape(_ array: NumpyArray, _ type: String, _ shape: String, _ byteCount: Int) throws {
        let path = temporaryPath("npy")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try NumpyFile.write(array, to: path)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let headerCount = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
        #expect(headerCount % 64 == 0 && bytes[headerCount - 1] == 0x0a)
        #expect(bytes.count == headerCount + byteCount)
        let header = String(decoding: bytes[10..<headerCount], as: UTF8.self)
        #expect(header.hasPrefix("{'descr': \(type), 'fortran_order': False, 'shape': \(shape), }"))
    }

    /// The archive read back by its directory: sizes, places and checksums.
    @Test func archivesHoldTheFilesAsTheyAre() throws {
        let arrays: [(name: String, array: NumpyArray)] = [
            ("points", NumpyArray([SIMD3(1, 2, 3), SIMD3(4, 5, 6)])),
            ("flags", NumpyArray([7, 0, 255] as [UInt8], shape: [3])),
            ("none", NumpyArray([] as [Double], shape: [0, 2])),
        ]
        let path = temporaryPath("npz")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try NumpyFile.writeArchive(arrays, to: path)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        let comment = Array("written by shapefit".utf8)
        let end = bytes.count - 22 - comment.count
        #expect(number(end + 20, 2) == comment.count && Array(bytes.suffix(comment.count)) == comment)
        #expect(number(end, 4) == 0x0605_4b50 && number(end + 8, 2) == 3 && number(end + 10, 2) == 3)
        #expect(number(end + 16, 4) + number(end + 12, 4) == end)
        var entry = number(end + 16, 4)
        for (name, array) in arrays {
            let file = temporaryPath("npy")
            defer { try? FileManager.default.removeItem(atPath: file) }
            try NumpyFile.write(array, to: file)
            let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
            let title = Array("\(name).npy".utf8)
            #expect(number(entry, 4) == 0x0201_4b50 && number(entry + 10, 2) == 0)
            #expect(number(entry + 16, 4) == Int(checksum(content)))
            #expect(number(entry + 20, 4) == content.count && number(entry + 24, 4) == content.count)
            #expect(number(entry + 28, 2) == title.count && Array(bytes[(entry + 46)...].prefix(title.count)) == title)
            let local = number(entry + 42, 4)
            #expect(number(local, 4) == 0x0403_4b50)
            // Version to extra length: the same in both places.
            #expect(bytes[(local + 4)..<(local + 30)].elementsEqual(bytes[(entry + 6)..<(entry + 32)]))
            #expect(Array(bytes[(local + 30)...].prefix(title.count)) == title)
            #expect(Array(bytes[(local + 30 + title.count)...].prefix(content.count)) == content)
            entry += 46 + title.count
        }
        #expect(entry == end)
        #expect(checksum(Array("123456789".utf8)) == 0xcbf4_3926)
    }

    @Test func archivesBeyondTheLimitAreNotBegun() throws {
        let path = temporaryPath("npz")
        try "what was there".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let array = NumpyArray([UInt8](repeating: 0, count: 3 << 20), shape: [3 << 20])
        let error = #expect(throws: FileError.self) {
            try NumpyFile.writeArchive([("a", array), ("b", array)], to: path, byteLimit: 5 << 20)
        }
        #expect(error?.reason.contains("6 MiB") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "what was there")
    }
}

private func temporaryPath(_ fileExtension: String) -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(fileExtension)").path
}

/// CRC-32 bit by bit.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xffff_ffff as UInt32) { state, byte in
        (0..<8).reduce(state ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1 }
    }
}
