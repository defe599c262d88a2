/// A list that a person or a spreadsheet wrote: a line an entry, fields between commas.
package enum ListFile {
    /// The lines that say something, with their numbers from 1: no empty ones, and none that begin with #.
    package static func lines(of text: String) -> [(number: Int, text: String)] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .map { ($0.offset + 1, trimmed($0.element)) }
            .filter { !$0.1.isEmpty && !$0.1.hasPrefix("#") }
    }

    /// The fields between commas; a field in double quotes may hold commas, and quotes that are doubled.
    package static func fields(of line: String) -> [String] {
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
        return fields.map { trimmed($0) }
    }
}
