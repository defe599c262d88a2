import Core
import Interchange

/// Points that a user asks about: a NumPy array (n, 3), or text with three numbers a line.
struct PointsFile {
    let points: [SIMD3<Double>]

    /// - Parameter path: a file, or `-` for text on standard input.
    /// - Throws: `FileError` that names the file, and the line or row that is not three finite numbers.
    init(_ path: String) throws(FileError) {
        if path != "-", path.lowercased().hasSuffix(".npy") {
            points = try Self.points(in: NumpyFile.readTable(path: path), path: path)
            return
        }
        let name = path == "-" ? "standard input" : path
        points = try Self.points(
            inText: path == "-" ? FileContents.standardInput() : FileContents.bytes(of: path), name: name)
    }

    private static func points(in table: NumpyTable, path: String) throws(FileError) -> [SIMD3<Double>] {
        guard table.columnCount == 3 else {
            throw FileError(path: path, reason: "has \(table.columnCount) columns; points have three, x, y and z")
        }
        let points = (0..<table.rowCount).map {
            SIMD3(table.values[3 * $0], table.values[3 * $0 + 1], table.values[3 * $0 + 2])
        }
        if let row = points.firstIndex(where: { !$0.isFinite }) {
            throw FileError(path: path, reason: "row \(row) is not three finite numbers")
        }
        return points
    }

    /// Lines of three numbers with commas, semicolons or blanks between them. Empty lines and lines that begin with # do not
    /// count, nor does a first line of names.
    private static func points(inText bytes: [UInt8], name: String) throws(FileError) -> [SIMD3<Double>] {
        var points: [SIMD3<Double>] = []
        var number = 0
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let fields = line.split { Self.separators.contains($0) }
            if fields.isEmpty || fields[0].first == UInt8(ascii: "#") { continue }
            let numbers = fields.compactMap { Double(String(decoding: $0, as: UTF8.self)) }
            if numbers.count == 3, fields.count == 3, numbers.allSatisfy(\.isFinite) {
                points.append(SIMD3(numbers[0], numbers[1], numbers[2]))
            } else if number > 1 || !numbers.isEmpty || fields.count != 3 {
                throw FileError(path: name, reason: "line \(number) is not three finite numbers x,y,z")
            }
        }
        return points
    }

    private static let separators: Set<UInt8> = [
        UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"),
    ]
}

extension SIMD3<Double> {
    fileprivate var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}
