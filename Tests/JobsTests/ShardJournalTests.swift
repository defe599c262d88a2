import Core
import Foundation
import Jobs
import TestSupport
import Testing

@Suite struct ShardJournalTests {
    static let keys = ["a", "sub/b", "c"]

    private func result(_ key: String, failed: Bool = false, salt: UInt8 = 0) -> ShapeResult {
        var row = BatchRow(
            key: key, path: "/\(key).stl", status: failed ? .failed : .ok, settings: 0, seed: 0, seconds: 1,
            finished: 2,
            attempt: "test\(salt)")
        if failed { row.error = "no mesh" }
        let model = (0..<700).map { UInt8(truncatingIfNeeded: $0) &+ salt &+ UInt8(key.utf8.count) }
        return ShapeResult(row: row, files: failed ? [] : [("safetensors", model), ("json", Array("{}".utf8))])
    }

    private func journal(_ folder: TemporaryFolder, _ attempt: String) -> ShardJournal {
        ShardJournal(ShardFiles(folder: folder.url.path, number: 7), keys: Self.keys, attempt: attempt)
    }

    @Test func aFinishedShardHasItsMembersAndAnIndexThatFindsThem() throws {
        let folder = try TemporaryFolder()
        let own = journal(folder, "one")
        for (index, key) in Self.keys.reversed().enumerated() { try own.append(result(key, failed: index == 0)) }
        #expect(own.isComplete)
        try own.publish()
        let rows = try ShardIndex.read(path: own.files.index)
        #expect(
            rows.map(\.key) == Self.keys && rows.map(\.status) == [.ok, .ok, .failed] && rows[2].error == "no mesh")
        #expect(rows.allSatisfy { $0.shard == 7 })
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: own.files.tar)))
        let member = try #require(rows[1].members?["safetensors"])
        let offset = try #require(member.offset)
        #expect(Array(bytes[offset..<(offset + member.bytes)]) == result("sub/b").files[0].bytes)
        #expect(!folder.exists(".work"))
        #expect(
            try TarReader(path: own.files.tar).members.map(\.name).prefix(3) == [
                "a.json", "a.safetensors", "a.row.json",
            ])
    }

    /// However much of a journal survives: what is whole counts, the rest is missing, and the end is the same.
    @Test func aJournalCutOffAnywhereLosesOnlyWhatWasNotWhole() throws {
        let folder = try TemporaryFolder()
        let first = journal(folder, "one")
        for key in Self.keys.prefix(2) { try first.append(result(key)) }
        let path = first.files.journal("one")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var seen: Set<Int> = []
        for count in stride(from: 0, through: bytes.count, by: 211) {
            try Data(bytes[..<count]).write(to: URL(fileURLWithPath: path))
            let next = journal(folder, "two")
            next.readEarlier()
            seen.insert(next.rows.count)
            #expect(next.rows.map(\.key) == Array(Self.keys.prefix(next.rows.count)))
        }
        #expect(seen == [0, 1] || seen == [0, 1, 2])
    }

    /// Bytes that a power cut left as zeros do not pass for a model.
    @Test func aDamagedMemberIsMissing() throws {
        let folder = try TemporaryFolder()
        let first = journal(folder, "one")
        for key in Self.keys { try first.append(result(key)) }
        let path = first.files.journal("one")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for index in 600..<700 { bytes[index] = 0 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let next = journal(folder, "two")
        next.readEarlier()
        #expect(next.rows.map(\.key) == ["sub/b", "c"])
        try next.append(result("a"))
        try next.publish()
        #expect(try ShardIndex.read(path: next.files.index).map(\.key) == Self.keys)
    }

    /// Two attempts at once: the first to finish stays, bit for bit, and the second ends quietly.
    @Test func theLoserDropsWhatItHas() throws {
        let folder = try TemporaryFolder()
        let (one, two) = (journal(folder, "one"), journal(folder, "two"))
        for key in Self.keys {
            try one.append(result(key))
            try two.append(result(key, salt: 1))
        }
        try one.publish()
        let tar = try Data(contentsOf: URL(fileURLWithPath: one.files.tar))
        let index = try Data(contentsOf: URL(fileURLWithPath: one.files.index))
        try two.publish()
        #expect(try Data(contentsOf: URL(fileURLWithPath: one.files.tar)) == tar)
        #expect(try Data(contentsOf: URL(fileURLWithPath: one.files.index)) == index)
        #expect(!folder.exists(".work"))
    }

    /// An attempt that ended between its tar and its index: the index is made from the tar, whatever this attempt has.
    @Test func anIndexComesFromTheTarThatIsThere() throws {
        let folder = try TemporaryFolder()
        let one = journal(folder, "one")
        for key in Self.keys { try one.append(result(key)) }
        try one.publish()
        let index = try Data(contentsOf: URL(fileURLWithPath: one.files.index))
        unlink(one.files.index)
        let two = journal(folder, "two")
        for key in Self.keys { try two.append(result(key, salt: 1)) }
        try two.publish()
        #expect(try Data(contentsOf: URL(fileURLWithPath: one.files.index)) == index)
    }

    @Test func failuresOfAnEarlierResultAreMissingWhenTheyAreTriedAgain() throws {
        let folder = try TemporaryFolder()
        let one = journal(folder, "one")
        for key in Self.keys { try one.append(result(key, failed: key == "c")) }
        try FileManager.default.moveItem(atPath: one.files.journal("one"), toPath: one.files.retry("one"))
        let two = journal(folder, "two")
        two.readEarlier()
        #expect(two.rows.map(\.key) == ["a", "sub/b"])
    }
}
