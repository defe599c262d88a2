import Core
import Foundation
import Testing

@Suite struct FileNameTests {
    @Test(
        arguments: [
            Array("plain.obj".utf8), Array("bär.obj".utf8), [0x62, 0xE4, 0x72], [0xFF], [0xC3], [0xC3, 0x28],
            [0xE2, 0x82],
            [0xF0, 0x9F, 0x92, 0xA9, 0x80], Array("\u{EF80}\u{EFFF}x".utf8), [0xEE, 0xBE, 0x80, 0x80], [],
        ] as [[UInt8]])
    func everyNameLeadsBack(bytes: [UInt8]) {
        #expect(FileName.bytes(of: FileName.string(from: bytes)) == bytes)
    }

    @Test func differentNamesHaveDifferentStrings() {
        #expect(FileName.string(from: [0xE4]) != FileName.string(from: Array("\u{EFE4}".utf8)))
        #expect(FileName.string(from: Array("bär".utf8)) == "bär")
    }

    @Test func displayIsText() {
        #expect(FileName.display(FileName.string(from: [0x62, 0xE4, 0x72])) == "b\\xE4r")
        #expect(FileName.display("bär") == "bär")
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func anyBytesLeadBack(seed: UInt64) {
        let random = RandomStream(seed: seed, stream: 9)
        let bytes = (0..<200 as Range<UInt64>).map { UInt8(1 + random.words(at: $0).x % 255) }
        #expect(FileName.bytes(of: FileName.string(from: bytes)) == bytes)
        let split = Int(seed)
        #expect(
            FileName.bytes(of: FileName.string(from: bytes[..<split]) + FileName.string(from: bytes[split...])) == bytes
        )
    }

    @Test func filesAreOpenedByTheirBytes() throws {
        let folder = NSTemporaryDirectory() + "file-names-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/" + FileName.string(from: [0x62, 0xE4, 0x72])
        try AtomicFile.write("text", to: path)
        let raw = Array((folder + "/b").utf8) + [0xE4, 0x72, 0]
        #expect(
            raw.withUnsafeBufferPointer {
                access(UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self), R_OK)
            } == 0)
    }
}
