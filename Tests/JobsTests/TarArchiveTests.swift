import Core
import Foundation
import Jobs
import TestSupport
import Testing

@Suite struct TarArchiveTests {
    /// Names as they may come: short, at ustar's limits, beyond them, not ASCII.
    static let names = [
        "a.json", "sub/b.safetensors", String(repeating: "n", count: 100), String(repeating: "n", count: 101),
        String(repeating: "d", count: 155) + "/" + String(repeating: "n", count: 100),
        String(repeating: "d", count: 156) + "/" + String(repeating: "n", count: 100), "größe/ψ.obj",
        String(repeating: "tief/", count: 80) + "x",
    ]

    private func archive(_ folder: TemporaryFolder) throws -> (path: String, contents: [(String, [UInt8])]) {
        let path = folder.url.appendingPathComponent("a.tar").path
        let contents = Self.names.enumerated().map { index, name in
            (name, (0..<(index * 300)).map { UInt8(truncatingIfNeeded: $0 &* (index + 1)) })
        }
        let writer = try TarWriter(path: path)
        for (name, bytes) in contents { try writer.append(name, bytes) }
        try writer.finish()
        return (path, contents)
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = try TemporaryFolder()
        let (path, contents) = try archive(folder)
        let reader = try TarReader(path: path)
        #expect(reader.members.map(\.name) == Self.names)
        for (name, bytes) in contents {
            let member = try #require(reader.member(named: name))
            #expect(try reader.bytes(of: member) == bytes)
        }
        #expect(reader.member(named: "not there") == nil)
    }

    /// Other programs read it, too.
    @Test(.enabled(if: ExternalTool.find("python3") != nil)) func pythonReadsIt() throws {
        let folder = try TemporaryFolder()
        let (path, contents) = try archive(folder)
        let program = """
            import sys, tarfile
            for member in tarfile.open(sys.argv[1]):
                print(member.name, member.size, member.mtime, sum(tarfile.open(sys.argv[1]).extractfile(member).read()))
            """
        let python = try #require(ExternalTool.find("python3"))
        let result = try ExternalTool.run(python, ["-c", program, path])
        let expected = contents.map { "\($0.0) \($0.1.count) 0 \($0.1.reduce(0) { $0 + Int($1) })" }
        #expect(result.output.split(separator: "\n").map(String.init) == expected)
    }

    /// A journal that was cut off anywhere has the members that are whole, and nothing traps.
    @Test func everyPrefixHasItsWholeMembers() throws {
        let folder = try TemporaryFolder()
        let (path, _) = try archive(folder)
        let whole = try TarReader(path: path)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let cut = folder.url.appendingPathComponent("cut.tar").path
        for count in stride(from: 0, to: bytes.count, by: 97) {
            try Data(bytes[..<count]).write(to: URL(fileURLWithPath: cut))
            let reader = try TarReader(path: cut, ending: .open)
            #expect(reader.members == whole.members.filter { $0.offset + $0.size <= count })
            if count < bytes.count - 1024 {
                #expect(throws: FileError.self) { try TarReader(path: cut) }
            }
        }
    }

    /// Damage is found or harmless; no length is believed.
    @Test func damagedHeadersNeverTrap() throws {
        let folder = try TemporaryFolder()
        let (path, _) = try archive(folder)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let other = folder.url.appendingPathComponent("other.tar").path
        let stream = RandomStream(seed: 1, stream: 0)
        for round in 0..<400 {
            var damaged = bytes
            for change in 0..<3 {
                let word = stream.words(at: UInt64(round * 3 + change))
                damaged[Int(word.x) % min(damaged.count, 4096)] = UInt8(truncatingIfNeeded: word.y)
            }
            try Data(damaged).write(to: URL(fileURLWithPath: other))
            for ending in [TarReader.Ending.open, .required] {
                guard let reader = try? TarReader(path: other, ending: ending) else { continue }
                for member in reader.members {
                    #expect(member.offset + member.size <= damaged.count)
                    _ = try? reader.bytes(of: member)
                }
            }
        }
    }

    /// Sizes that reach beyond the file, beyond 2⁶³, and below zero.
    @Test(arguments: ["77777777777", "-0000000001", "0000000000x", "\u{80}\u{7f}ffffffff"])
    func sizesAreNotBelieved(size: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appendingPathComponent("a.tar").path
        var block = TarHeader.blocks(name: "a", size: 0)
        let field = size.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        block.replaceSubrange(124..<(124 + field.count), with: field)
        let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        let digits = (0..<6).map { UInt8(ascii: "0") + UInt8(sum >> (3 * (5 - $0)) & 7) }
        block.replaceSubrange(148..<156, with: digits + [0, 32])
        try Data(block + [UInt8](repeating: 0, count: 1024)).write(to: URL(fileURLWithPath: path))
        #expect(throws: FileError.self) { try TarReader(path: path) }
        #expect(try TarReader(path: path, ending: .open).members.isEmpty)
    }
}
