import Core

/// Many comparisons: the list they come from, and what is printed of them.
enum EvaluationBatch {
    /// Two paths as the list has them.
    struct Pair: Equatable {
        var reference: String
        var candidate: String
        /// That relative paths start from.
        var folder: String

        var paths: (reference: String, candidate: String) { (path(reference), path(candidate)) }

        private func path(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }
    }

    /// A pair with its scores; nil where it could not be compared.
    struct Result: Codable {
        var reference: String
        var candidate: String
        var scores: EvaluationScores?
    }

    /// The pairs of a list. A first line "reference,candidate" is its heading.
    ///
    /// - Throws: `FileError` when it cannot be read, a line is not two paths, or it holds none.
    static func pairs(inFile path: String) throws(FileError) -> [Pair] {
        let text = try TextFile.contents(of: path)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var pairs: [Pair] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.withoutOuterSpaces
            if line.isEmpty || line.hasPrefix("#") { continue }
            let fields = fields(of: line)
            guard fields.count == 2, fields.allSatisfy({ !$0.isEmpty }) else {
                throw FileError(
                    path: path, reason: "line \(number + 1) has \(fields.count) fields; write \"reference,candidate\"")
            }
            if pairs.isEmpty && fields.map({ $0.lowercased() }) == ["reference", "candidate"] { continue }
            pairs.append(Pair(reference: fields[0], candidate: fields[1], folder: folder))
        }
        guard !pairs.isEmpty else {
            throw FileError(path: path, reason: "holds no pair; write \"reference,candidate\" lines")
        }
        return pairs
    }

    /// The fields between commas; a field in double quotes may hold commas, and quotes that are doubled.
    static func fields(of line: String) -> [String] {
        var fields = [""]
        var isQuoted = false
        var previousClosed = false
        for character in line {
            switch character {
            case "\"":
                if isQuoted {
                    isQuoted = false
                    previousClosed = true
                    continue
                }
                if previousClosed { fields[fields.count - 1].append(character) }
                isQuoted = true
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
            previousClosed = false
        }
        return fields.map { $0.withoutOuterSpaces }
    }

    /// A line for each pair, and a column for each score that any of them has.
    static func table(_ results: [Result]) -> String {
        var names: [String] = []
        for result in results {
            for row in result.scores?.rows ?? [] where !names.contains(row.name) { names.append(row.name) }
        }
        var lines = [["reference", "candidate"] + names]
        for result in results {
            let files = [result.reference, result.candidate]
            let rows = result.scores?.rows ?? []
            let values = names.map { name in rows.first { $0.name == name }?.value ?? "–" }
            lines.append(files + (result.scores == nil ? ["failed"] + values.dropFirst() : values))
        }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            // Without blanks at the end of the line.
            zip(line, widths.dropLast() + [0]).map { text, width in
                text + String(repeating: " ", count: max(0, width - text.count))
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
