import Core

/// The rows of a shard that is finished: `<number>.jsonl` beside `<number>.tar`, a line for each shape in the list's order.
package enum ShardIndex {
    /// The rows of an index.
    ///
    /// - Throws: `FileError` when it cannot be read or a line is no row.
    package static func read(path: String) throws(FileError) -> [BatchRow] {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw FileError(path: path, reason: isFile(path) ? "cannot be read" : "no such file")
        }
        var rows: [BatchRow] = []
        for (number, line) in [UInt8](data).split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let row = BatchRow.decode(line) else {
                throw FileError(
                    path: path, reason: "line \(number + 1) is damaged; delete the file and run the batch again")
            }
            rows.append(row)
        }
        return rows
    }
}
