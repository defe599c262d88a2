import ArgumentParser
import Core

/// The command line's words before they are parsed.
struct ArgumentWords {
    let words: [String]

    /// Joins an option and the negative number that follows it, `--azimuth -30` to `--azimuth=-30`, which otherwise
    /// passes for another option, as does a file whose name begins with a dash: `-part.stl` becomes `./-part.stl`.
    init(_ arguments: [String]) {
        var words: [String] = []
        var isOver = false
        for argument in arguments {
            if argument == "--" { isOver = true }
            if !isOver, let last = words.last, last.hasPrefix("--"), last != "--", !last.contains("="),
                Self.isNegativeNumber(argument)
            {
                words[words.count - 1] = last + "=" + argument
            } else if !isOver, Self.isFile(argument) {
                words.append("./" + argument)
            } else {
                words.append(argument)
            }
        }
        self.words = words
    }

    /// Whether a word that begins with one dash is a file's name with an extension.
    private static func isFile(_ word: String) -> Bool {
        word.hasPrefix("-") && !word.hasPrefix("--") && word.contains(".") && FileAccess.exists(word)
    }

    private static func isNegativeNumber(_ word: String) -> Bool {
        guard word.hasPrefix("-"), let next = word.dropFirst().first else { return false }
        return next.isASCII && next.isNumber || next == "." || Float(word) != nil
    }

    /// Notices a first word that is meant as a command: it names no file, and other words follow or it is nearly one.
    ///
    /// - Throws: `ValidationError` that names the nearest command.
    func checkCommand(names: [String]) throws {
        guard let first = words.first, !first.hasPrefix("-"), !names.contains(first), first != "help",
            !first.contains("/"), !first.contains("."), !FileManager.default.fileExists(atPath: first)
        else { return }
        let nearest = names.map { ($0, Self.distance(first, $0)) }.min { $0.1 < $1.1 }
        if let (name, distance) = nearest, distance <= 1 + name.count / 4 {
            throw ValidationError("\(first): no such command and no such file; did you mean '\(name)'?")
        }
        throw ValidationError(
            "\(first): no such command and no such file; commands are \(names.joined(separator: ", "))")
    }

    /// Letters to insert, remove, replace or swap with their neighbour between two words (Damerau and Levenshtein).
    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        var rows = [Array(0...b.count)]
        for i in 1..<a.count + 1 {
            var row = [i]
            for j in 1..<b.count + 1 {
                var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    least = min(least, rows[i - 2][j - 2] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
