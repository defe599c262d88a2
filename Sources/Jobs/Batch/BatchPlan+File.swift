import Core
import Fitting

extension BatchPlan {
    /// The part of `batch.json` before the shapes.
    private struct Head: Codable {
        var version: Int
        var program: String
        var shards: Int
        var shapeCount: Int
        var options: Options
        var settings: [Settings]
    }

    private static let formatVersion = 2
    private static let listStart = Array("\n\"shapes\": [\n".utf8)

    package static func path(in folder: String) -> String { folder + "/batch.json" }

    /// The file's text.
    func fileText() throws(BatchError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func text(_ value: some Encodable) throws(BatchError) -> String {
            do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
                throw .file(FileError(path: "batch.json", reason: "a setting has no JSON: \(error)"))
            }
        }
        var lines = [
            "{", "\"version\": \(Self.formatVersion),", "\"program\": \(try text(program)),",
            "\"shards\": \(shardCount),",
            "\"shapeCount\": \(shapes.count),", "\"options\": \(try text(options)),", "\"settings\": [",
        ]
        for (number, settings) in settings.enumerated() {
            lines.append(try text(settings) + (number + 1 < self.settings.count ? "," : ""))
        }
        lines += ["],", "\"shapes\": ["]
        for (number, shape) in shapes.enumerated() {
            lines.append(try text(shape) + (number + 1 < shapes.count ? "," : ""))
        }
        return (lines + ["]", "}", ""]).joined(separator: "\n")
    }

    /// Reads `folder`'s `batch.json`.
    ///
    /// - Parameter shard: nil for all shapes; otherwise the shapes of other shards are left out of ``shapes``.
    /// - Returns: the plan, and how many shapes it has in all.
    /// - Throws: ``BatchError/noBatch(folder:)``, or what is wrong with the file.
    /// - Complexity: one pass over the file's bytes, and the parsing of what is asked for.
    static func read(
        folder: String, shard: Int? = nil
    ) throws(BatchError) -> (plan: BatchPlan, shapeCount: Int) {
        let path = path(in: folder)
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            if isFile(path) { throw .file(FileError(path: path, reason: "cannot be read")) }
            throw .noBatch(folder: folder)
        }
        let bytes = [UInt8](data)
        let damaged = BatchError.file(
            FileError(path: path, reason: "is damaged, or of another version of shapefit; choose another output folder")
        )
        let decoder = JSONDecoder()
        guard let start = start(ofListIn: bytes),
            let head = try? decoder.decode(Head.self, from: Data(bytes[..<start] + Array("\"\": 0}".utf8))),
            head.version == formatVersion, (1...1 << 30).contains(head.shards), (1...1 << 40).contains(head.shapeCount)
        else { throw damaged }
        if let shard, !(0..<head.shards).contains(shard) {
            throw .badShard("\(path): there are shards 0 to \(head.shards - 1), and no shard \(shard)")
        }
        let wanted = shard.map { range(ofShard: $0, of: head.shards, head.shapeCount) } ?? 0..<head.shapeCount
        guard let lines = lines(wanted, of: bytes, from: start + listStart.count),
            let shapes = try? decoder.decode(
                [Shape].self, from: Data([UInt8(ascii: "[")] + lines + [UInt8(ascii: "]")])),
            shapes.count == wanted.count, shapes.allSatisfy({ head.settings.indices.contains($0.settings) })
        else { throw damaged }
        let plan = BatchPlan(
            program: head.program, shardCount: head.shards, options: head.options, settings: head.settings,
            shapes: shapes)
        return (plan, head.shapeCount)
    }

    /// Where the list's heading line starts.
    private static func start(ofListIn bytes: [UInt8]) -> Int? {
        var index = 0
        while let newline = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) {
            if bytes[newline...].starts(with: listStart) { return newline }
            index = newline + 1
        }
        return nil
    }

    /// Lines of the list without the comma after the last.
    private static func lines(_ wanted: Range<Int>, of bytes: [UInt8], from start: Int) -> [UInt8]? {
        bytes.withUnsafeBytes { all -> [UInt8]? in
            var offset = start
            var first = start
            for line in 0..<wanted.upperBound {
                if line == wanted.lowerBound { first = offset }
                guard offset < all.count,
                    let newline = memchr(all.baseAddress! + offset, 0x0a, all.count - offset)
                else { return nil }
                offset = newline - UnsafeMutableRawPointer(mutating: all.baseAddress!) + 1
            }
            if wanted.isEmpty { return [] }
            var end = offset - 1
            if end > first, all[end - 1] == UInt8(ascii: ",") { end -= 1 }
            return Array(all[first..<end])
        }
    }

    /// Writes `batch.json`, or compares with the one that is there.
    ///
    /// - Throws: ``BatchError/otherBatch(folder:difference:)`` when the folder holds a batch of something else.
    package func freeze(in folder: String) throws(BatchError) {
        let path = Self.path(in: folder)
        if !isFile(path) {
            let text = try fileText()
            do {
                // Of two first calls at once, one is first.
                let work = ShardFiles(folder: folder, number: 0).workFolder
                mkdir(work, 0o755)
                let temporary = "\(work)/batch.json.\(Attempt.current)"
                try AtomicFile.write(Array(text.utf8).span, to: temporary, through: temporary + ".partial")
                let isFirst = try UniqueFile.publish(temporary, as: path)
                rmdir(work)
                if isFirst { return }
            } catch {
                throw .file(FileError(path: folder, reason: "no batch can be begun here: \(error.reason)"))
            }
        }
        let frozen = try Self.read(folder: folder).plan
        if let difference = frozen.firstDifference(from: self) {
            throw .otherBatch(folder: folder, difference: difference)
        }
    }
}

/// The few things of a batch that are asked for again and again.
package struct BatchHead: Sendable, Equatable {
    package let shardCount: Int
    package let shapeCount: Int

    package init(folder: String) throws(BatchError) {
        (shardCount, shapeCount) = try BatchPlan.counts(folder: folder)
    }
}

extension BatchPlan {
    fileprivate static func counts(folder: String) throws(BatchError) -> (Int, Int) {
        // The shapes of the first shard are few.
        let (plan, shapeCount) = try read(folder: folder, shard: 0)
        return (plan.shardCount, shapeCount)
    }
}
