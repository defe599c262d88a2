import Core
import Geometry

/// Points as lines of numbers, read on all workers.
enum PointLines {
    /// Bytes that one task reads, about.
    private static let chunkSize = 1 << 20

    static func points(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> ImportedPoints {
        let chunks = chunks(of: file.bytes, from: try file.startOfText())
        var pieces = [Piece](repeating: Piece(), count: chunks.count)
        pieces.withUnsafeMutableBufferPointer { pieces in
            workers.forEach(chunks.count) { number, _ in
                pieces[number] = Piece(file.bytes, chunks[number], isFirst: number == 0)
            }
        }
        for piece in pieces {
            guard let problem = piece.problem else { continue }
            throw file.malformed("line \(file.lineNumber(at: problem.position)) \(problem.reason)")
        }
        let positions = pieces.flatMap(\.positions)
        let vectors = pieces.flatMap(\.normals)
        let areNormals = vectors.count == positions.count && areDirections(vectors)
        return try ImportedPoints(
            .double(positions), normals: areNormals ? vectors : nil, summary: ImportSummary(format: "lines of points"),
            path: file.path)
    }

    /// Ranges of whole lines.
    private static func chunks(of bytes: [UInt8], from start: Int) -> [Range<Int>] {
        var chunks: [Range<Int>] = []
        var begin = start
        while begin < bytes.count {
            var end = min(begin + chunkSize, bytes.count)
            while end < bytes.count && !TextScanner.isLineEnd(bytes[end - 1]) { end += 1 }
            chunks.append(begin..<end)
            begin = end
        }
        return chunks
    }

    /// Whether vectors, three numbers each, are normals and not colours: nearly all of about unit length, or zero.
    private static func areDirections(_ vectors: [Float]) -> Bool {
        let odd = stride(from: 0, to: vectors.count, by: 3).count { start in
            let square = (0..<3).reduce(Float(0)) { $0 + vectors[start + $1] * vectors[start + $1] }
            return square > 0 && !(square > 0.8 && square < 1.2)
        }
        return 20 * odd < vectors.count / 3
    }

    /// What some of the lines hold.
    private struct Piece {
        /// Three numbers a point.
        var positions: [Double] = []
        /// Three numbers of each line of six.
        var normals: [Float] = []
        /// What is wrong with a line, and a byte of it.
        var problem: (position: Int, reason: String)?

        init() {}

        init(_ bytes: [UInt8], _ range: Range<Int>, isFirst: Bool) {
            var scanner = TextScanner(bytes, from: range.lowerBound, to: range.upperBound)
            var values = [Double](repeating: 0, count: 6)
            while problem == nil {
                scanner.skipBlanksAndLineEnds()
                guard !scanner.isAtEnd else { break }
                let start = scanner.position
                switch Self.numbers(&scanner, &values) {
                case nil: problem = (start, "is not numbers")
                case 0?: break
                case 1? where isFirst && positions.isEmpty: break
                case let count? where count < 3: problem = (start, "has \(count) numbers: a point needs three")
                case let count?:
                    positions.append(contentsOf: values[..<3])
                    if count == 6 { for axis in 3..<6 { normals.append(Float(values[axis])) } }
                }
                scanner.skipToLineEnd()
            }
        }

        /// How many numbers a line has, the first six of which go to `values`; nil where something else is on it.
        private static func numbers(_ scanner: inout TextScanner, _ values: inout [Double]) -> Int? {
            let comma = UInt8(ascii: ",")
            let semicolon = UInt8(ascii: ";")
            var count = 0
            // All gaps have the same mark, or none: a decimal comma would give others between them.
            var mark: UInt8?
            while true {
                var found = UInt8(ascii: " ")
                scanner.skipBlanks()
                while !scanner.isAtEnd, [comma, semicolon].contains(scanner.bytes[scanner.position]) {
                    guard found == UInt8(ascii: " ") else { return nil }
                    found = scanner.bytes[scanner.position]
                    scanner.position += 1
                    scanner.skipBlanks()
                }
                if scanner.isAtLineEnd || (count == 0 && isComment(scanner)) { return count }
                if count > 0 {
                    guard mark ?? found == found else { return nil }
                    mark = found
                }
                guard let value = scanner.number() else { return nil }
                if count < 6 { values[count] = value }
                count += 1
                guard scanner.isAtWordEnd || [comma, semicolon].contains(scanner.bytes[scanner.position]) else {
                    return nil
                }
            }
        }

        private static func isComment(_ scanner: TextScanner) -> Bool {
            let (bytes, at) = (scanner.bytes, scanner.position)
            let slash = UInt8(ascii: "/")
            return bytes[at] == UInt8(ascii: "#")
                || (bytes[at] == slash && at + 1 < scanner.end && bytes[at + 1] == slash)
        }
    }
}
