import Core

/// A signal from a file of lines x, y, sorted by x.
///
/// Columns stand between commas, semicolons, tabs or blanks, one kind in a file. Where it is not the comma, numbers may
/// have decimal commas.
struct SignalFile {
    let x: [Double]
    let y: [Double]
    /// x in [0, 1].
    let unitX: [Float]
    /// y of mean 0 and deviation 1.
    let standardY: [Float]
    private let mean: Double
    private let deviation: Double

    var count: Int { x.count }

    /// - Throws: `FileError` that names the line that is no pair of finite numbers; a file of fewer than four; x without
    ///   an extent.
    init(_ path: String) throws(FileError) {
        try self.init(text: TextFile.contents(of: path), path: path)
    }

    init(text: String, path: String) throws(FileError) {
        var pairs = try SignalTable(text, path: path).pairs
        guard pairs.count >= 4 else {
            throw FileError(path: path, reason: "has \(pairs.count) lines x,y; four at least are needed")
        }
        pairs.sort { $0.x < $1.x }
        let (low, high) = (pairs[0].x, pairs[pairs.count - 1].x)
        guard high > low, (high - low).isFinite else {
            throw FileError(path: path, reason: "all x are equal or too far apart")
        }
        x = pairs.map(\.x)
        y = pairs.map(\.y)
        let mean = y.reduce(0, +) / Double(y.count)
        let variance = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(y.count)
        let deviation = variance > 0 && variance.isFinite ? variance.squareRoot() : 1
        unitX = x.map { Float(($0 - low) / (high - low)) }
        standardY = y.map { Float(($0 - mean) / deviation) }
        self.mean = mean
        self.deviation = deviation
    }

    func originalY(_ value: Float) -> Double { Double(value) * deviation + mean }
}

/// The rows of a text file of two columns.
private struct SignalTable {
    private(set) var pairs: [(x: Double, y: Double)] = []

    /// The separator of columns.
    private enum Separator {
        case semicolon, tab, comma, blanks

        /// The separator of a file whose first row is `line`.
        init(of line: Substring) {
            if line.contains(";") {
                self = .semicolon
            } else if line.contains("\t") {
                self = .tab
            } else if line.split(separator: " ").count == 2, !line.split(separator: " ")[0].hasSuffix(",") {
                self = .blanks
            } else {
                self = line.contains(",") ? .comma : .blanks
            }
        }

        func fields(_ line: Substring) -> [Substring] {
            switch self {
            case .semicolon: line.split(separator: ";", omittingEmptySubsequences: false)
            case .tab: line.split(separator: "\t", omittingEmptySubsequences: false)
            case .comma: line.split(separator: ",", omittingEmptySubsequences: false)
            case .blanks: line.split(separator: " ")
            }
        }
    }

    init(_ text: String, path: String) throws(FileError) {
        var separator: Separator?
        var headingCount: Int?
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") { continue }
            let isFirst = separator == nil
            let known = separator ?? Separator(of: line)
            separator = known
            let fields = known.fields(line)
            let numbers = fields.prefix(2).compactMap { Self.number($0, hasDecimalComma: known != .comma) }
            if isFirst && numbers.isEmpty && fields.count >= 2 {
                headingCount = fields.count
                continue
            }
            // More columns are passed over where a heading names as many; else they may be decimal commas cut in two.
            guard fields.count == headingCount ?? 2 else {
                throw FileError(
                    path: path,
                    reason: "line \(index + 1) has \(fields.count) columns instead of \(headingCount ?? 2); "
                        + "decimal commas need semicolons between the columns")
            }
            guard numbers.count == 2, numbers.allSatisfy(\.isFinite) else {
                throw FileError(path: path, reason: "line \(index + 1) is not a pair of finite numbers x,y")
            }
            pairs.append((numbers[0], numbers[1]))
        }
    }

    /// A number with a decimal point, or where `hasDecimalComma` with a comma in its place.
    private static func number(_ field: Substring, hasDecimalComma: Bool) -> Double? {
        var text = String(field.drop(while: \.isWhitespace))
        while text.last?.isWhitespace == true { text.removeLast() }
        if hasDecimalComma, !text.contains("."), text.count(where: { $0 == "," }) == 1 {
            text = String(text.map { $0 == "," ? "." : $0 })
        }
        return Double(text)
    }
}

/// Text files that commands read.
enum TextFile {
    /// - Throws: `FileError` when there is none, or it is not UTF-8.
    static func contents(of path: String) throws(FileError) -> String {
        guard var text = String(validating: try FileContents.bytes(of: path), as: UTF8.self) else {
            throw FileError(path: path, reason: "is not a text file (UTF-8)")
        }
        // A byte-order mark is no part of the text.
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        return text
    }
}
