import Core
import Foundation
import Testing

@Suite struct FileContentsTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("FileContentsTests-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func aFileWhoseNameIsLatin1() throws {
        let bytes = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        try withFolder { folder in
            let path = folder + "/b" + FileName.string(from: [0xE4]) + "r.txt"
            let descriptor = path.withFileName { open($0, O_WRONLY | O_CREAT, 0o600) }
            let isWritten = FileDescriptor.write(bytes.span, to: descriptor)
            #expect(isWritten)
            close(descriptor)
            let read = try FileContents.bytes(of: path)
            #expect(read == bytes)
        }
    }

    @Test func reasons() throws {
        try withFolder { folder in
            #expect(throws: FileError(path: folder, reason: "is a folder")) { try FileContents.bytes(of: folder) }
            let missing = folder + "/b" + FileName.string(from: [0xE4]) + ".txt"
            #expect(throws: FileError(path: missing, reason: "no such file")) { try FileContents.bytes(of: missing) }
            #expect(FileError(path: missing, reason: "no such file").description.hasSuffix("/b\\xE4.txt: no such file"))
        }
    }

    @Test func aPipe() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let line = Array("1,2,3\n".utf8)
        let isWritten = FileDescriptor.write(line.span, to: ends[1])
        #expect(isWritten)
        close(ends[1])
        #expect(try FileContents.bytes(of: "/dev/fd/\(ends[0])") == line)
        close(ends[0])
    }
}
