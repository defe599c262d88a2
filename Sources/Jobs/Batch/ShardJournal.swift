import Core

/// A shape's results as they go into a tar: its files by extension, and its row.
package struct ShapeResult {
    package var row: BatchRow
    /// In the order in which they are written.
    package var files: [(fileExtension: String, bytes: [UInt8])]

    package init(row: BatchRow, files: [(fileExtension: String, bytes: [UInt8])] = []) {
        self.row = row
        self.files = files
        if !files.isEmpty {
            self.row.members = Dictionary(
                uniqueKeysWithValues: files.map {
                    (
                        $0.fileExtension,
                        BatchRow.Member(bytes: $0.bytes.count, sha256: SHA256.hexadecimal($0.bytes.span))
                    )
                })
        }
    }

    /// The extension of a row in a tar.
    static let rowExtension = "row.json"
}

/// What attempts at a shard have fitted so far, and the shard's files once nothing is missing.
///
/// An attempt appends every result to a journal of its own, a tar whose groups end with the shape's row; a group counts
/// when its row is there and its files have the row's SHA-256. So a power cut costs what was in the making, and nobody
/// has to claim anything: two attempts at once do the work twice, and the first to finish is the one that stays.
package final class ShardJournal {
    package let files: ShardFiles
    private let keys: [String]
    private let attempt: String
    private var found: [String: Place] = [:]
    private var writer: TarWriter?
    private var ownReader: TarReader?

    /// Where a shape's group is.
    private enum Place {
        case earlier(TarReader, BatchRow)
        case own(BatchRow)

        var row: BatchRow {
            switch self {
            case .earlier(_, let row), .own(let row): row
            }
        }
    }

    /// - Parameter keys: of the shard's shapes, in order.
    package init(_ files: ShardFiles, keys: [String], attempt: String) {
        self.files = files
        self.keys = keys
        self.attempt = attempt
    }

    /// Looks for what earlier attempts have left. A journal that cannot be read counts as empty.
    package func readEarlier() {
        let wanted = Set(keys)
        for (path, failuresCount) in files.journals {
            guard let reader = try? TarReader(path: path, ending: .open) else { continue }
            for (key, row) in Self.groups(in: reader) where wanted.contains(key) && found[key] == nil {
                if row.status == .ok || failuresCount { found[key] = .earlier(reader, row) }
            }
        }
    }

    /// Whether a shape has its result.
    func has(_ key: String) -> Bool { found[key] != nil }

    package var isComplete: Bool { keys.allSatisfy { found[$0] != nil } }

    /// Of every result there is, in the shard's order.
    package var rows: [BatchRow] { keys.compactMap { found[$0]?.row } }

    /// Adds a result, and brings it to the disk.
    package func append(_ result: ShapeResult) throws(FileError) {
        if writer == nil {
            mkdir(files.workFolder, 0o755)
            writer = try TarWriter(path: files.journal(attempt))
        }
        guard let writer else { return }
        for (fileExtension, bytes) in result.files { try writer.append("\(result.row.key).\(fileExtension)", bytes) }
        try writer.append("\(result.row.key).\(ShapeResult.rowExtension)", Array(result.row.line().utf8))
        try writer.flush()
        found[result.row.key] = .own(result.row)
    }

    /// Makes the shard's tar and its index, unless another attempt has done so already.
    ///
    /// - Precondition: nothing is missing.
    package func publish() throws(FileError) {
        if files.isFinished { return files.removeWork() }
        if access(files.tar, F_OK) != 0 {
            mkdir(files.workFolder, 0o755)
            let temporary = files.unfinishedTar(attempt)
            unlink(temporary)
            do {
                try writeWhole(to: temporary)
                _ = try UniqueFile.publish(temporary, as: files.tar)
            } catch {
                unlink(temporary)
                // Another attempt may have finished and cleared up under this one.
                if files.isFinished { return }
                throw error
            }
        }
        try Self.publishIndex(of: files, keys: keys, attempt: attempt)
        files.removeWork()
    }

    /// Makes the index that goes with a tar that is there: whoever does it, it is the same.
    static func publishIndex(of files: ShardFiles, keys: [String], attempt: String) throws(FileError) {
        let reader = try TarReader(path: files.tar)
        let rows = Dictionary(groups(in: reader)) { first, _ in first }
        var offsets: [String: Int] = [:]
        for member in reader.members { offsets[member.name] = member.offset }
        var text = ""
        for key in keys {
            guard var row = rows[key] else {
                throw FileError(path: files.tar, reason: "lacks \(key); delete it and run the batch again")
            }
            row.shard = files.number
            for fileExtension in row.members.map({ Array($0.keys) }) ?? [] {
                row.members?[fileExtension]?.offset = offsets["\(key).\(fileExtension)"]
            }
            text += row.line()
        }
        mkdir(files.workFolder, 0o755)
        let temporary = files.unfinishedIndex(attempt)
        do {
            try AtomicFile.write(text, to: temporary)
        } catch {
            if files.isFinished { return }
            throw error
        }
        guard rename(temporary, files.index) == 0 else {
            if files.isFinished { return }
            throw FileError(path: files.index, reason: "cannot be put in its place: \(systemMessage())")
        }
    }

    private func writeWhole(to path: String) throws(FileError) {
        let writer = try TarWriter(path: path)
        let own = self.writer == nil ? nil : try TarReader(path: files.journal(attempt), ending: .open)
        for key in keys {
            guard let place = found[key] else { preconditionFailure("every shape has its result") }
            let reader: TarReader
            switch place {
            case .earlier(let earlier, _): reader = earlier
            case .own:
                guard let own else { preconditionFailure("a journal that was written") }
                reader = own
            }
            // What a journal has twice is the same shape fitted by two attempts; the last of one reader is whole.
            let names = (place.row.members.map { $0.keys.sorted() } ?? []) + [ShapeResult.rowExtension]
            for name in names.map({ "\(key).\($0)" }) {
                guard let member = reader.member(named: name) else {
                    throw FileError(path: reader.path, reason: "lacks \(name); delete it and run the batch again")
                }
                try writer.append(name, try reader.bytes(of: member))
            }
        }
        try writer.finish()
    }

    /// The whole groups of a tar: keys and rows.
    static func groups(in reader: TarReader) -> [(key: String, row: BatchRow)] {
        let suffix = "." + ShapeResult.rowExtension
        var groups: [(key: String, row: BatchRow)] = []
        for member in reader.members where member.name.hasSuffix(suffix) && member.size < 1 << 20 {
            guard let bytes = try? reader.bytes(of: member), let row = BatchRow.decode(bytes),
                "\(row.key)\(suffix)" == member.name, isWhole(row, in: reader)
            else { continue }
            groups.append((row.key, row))
        }
        return groups
    }

    private static func isWhole(_ row: BatchRow, in reader: TarReader) -> Bool {
        (row.members ?? [:]).allSatisfy { fileExtension, expected in
            guard let member = reader.member(named: "\(row.key).\(fileExtension)"), member.size == expected.bytes,
                let bytes = try? reader.bytes(of: member)
            else { return false }
            return SHA256.hexadecimal(bytes.span) == expected.sha256
        }
    }
}
