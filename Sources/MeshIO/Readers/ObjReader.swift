import Core
import Geometry

/// Wavefront OBJ: vertices and polygons, read on all workers.
///
/// After "Advanced Visualizer" 3.0, appendix B1. Texture coordinates and normals of corners are skipped without being
/// looked up. A weight behind the coordinates is of no meaning for polygons; colours there are not looked at. Free-form
/// surfaces are an error, since a part of the shape would be missing; curves are counted as lines.
enum ObjReader {
    /// Bytes that one task reads, about.
    private static let chunkSize = 1 << 20

    static func read(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> RawMesh {
        let chunks = chunks(of: file.bytes, from: try file.startOfText())
        // First how many vertices each chunk holds: relative numbers count from there.
        var firstVertices = [Int](repeating: 0, count: chunks.count + 1)
        var counts = [Int](repeating: 0, count: chunks.count)
        counts.withUnsafeMutableBufferPointer { counts in
            workers.forEach(chunks.count) { number, _ in
                counts[number] = self.vertexCount(in: file.bytes, chunks[number])
            }
        }
        // Lines lost to zeros would shift the numbers of all vertices behind them.
        guard !counts.contains(-1) else { throw file.malformed("it holds zero bytes, which text does not") }
        for number in chunks.indices { firstVertices[number + 1] = firstVertices[number] + counts[number] }
        let vertexCount = firstVertices[chunks.count]
        guard vertexCount < RawMesh.mostTriangles else { throw .tooManyTriangles(path: file.path) }

        var pieces = [ObjChunk?](repeating: nil, count: chunks.count)
        let coordinates = [Double](unsafeUninitializedCapacity: 3 * vertexCount) { out, filled in
            // A chunk that fails leaves its vertices as they are here.
            out.initialize(repeating: .nan)
            pieces.withUnsafeMutableBufferPointer { pieces in
                workers.forEach(chunks.count) { number, _ in
                    let vertices = firstVertices[number]..<firstVertices[number + 1]
                    var piece = ObjChunk(file.bytes, chunks[number], vertices: vertices, vertexCount: vertexCount)
                    piece.read(
                        into: UnsafeMutableBufferPointer(
                            rebasing: out[3 * vertices.lowerBound..<3 * vertices.upperBound]))
                    pieces[number] = piece
                }
            }
            filled = 3 * vertexCount
        }
        return try joined(pieces.compactMap { $0 }, .double(coordinates), file, workers)
    }

    private static func joined(
        _ pieces: [ObjChunk], _ coordinates: RawMesh.Coordinates, _ file: SourceFile, _ workers: Workers
    ) throws(MeshFileError) -> RawMesh {
        var summary = ImportSummary()
        summary.format = "Wavefront OBJ"
        summary.partCount = 1
        for piece in pieces {
            if let problem = piece.problem { throw problem.error(in: file, vertexCount: coordinates.vertexCount) }
            summary.pointsDropped += piece.faces.pointCount
            summary.linesDropped += piece.faces.lineCount
            summary.polygonsTriangulated += piece.faces.polygons.count
        }
        if pieces.contains(where: \.hasCalls) {
            summary.notes.append("it calls other files, which were not looked at")
        }
        if let word = pieces.lazy.compactMap(\.unknownWord).first {
            summary.notes.append("lines of an unknown kind were not looked at, such as \"\(word)\"")
        }
        let triangles = FaceTriangulation.triangles(
            of: pieces.map(\.faces), workers: workers, position: coordinates.position)
        return RawMesh(coordinates: coordinates, triangles: triangles, summary: summary)
    }

    /// Ranges of whole lines; a line that goes on behind a backslash stays whole.
    private static func chunks(of bytes: [UInt8], from start: Int) -> [Range<Int>] {
        var chunks: [Range<Int>] = []
        var begin = start
        // Padding behind the text, and the end mark of old systems.
        var last = bytes.count
        while last > start && (bytes[last - 1] == 0 || bytes[last - 1] == 0x1A) { last -= 1 }
        while begin < last {
            var end = min(begin + chunkSize, last)
            while end < last && !(TextScanner.isLineEnd(bytes[end - 1]) && !isContinued(bytes, before: end)) {
                end += 1
            }
            chunks.append(begin..<end)
            begin = end
        }
        return chunks
    }

    /// Whether the line that ends right before `end` ends with a backslash, or `end` splits CR and LF.
    private static func isContinued(_ bytes: [UInt8], before end: Int) -> Bool {
        var last = end - 1
        if bytes[last] == 0x0D && bytes[end] == 0x0A { return true }
        if bytes[last] == 0x0A && last > 0 && bytes[last - 1] == 0x0D { last -= 1 }
        return last > 0 && bytes[last - 1] == UInt8(ascii: "\\")
    }

    /// Lines that begin with `v`; −1 when there are zero bytes between them.
    private static func vertexCount(in bytes: [UInt8], _ range: Range<Int>) -> Int {
        if bytes[range].contains(0) { return -1 }
        var scanner = ObjLines(bytes, range)
        var count = 0
        while scanner.beginLine() {
            if scanner.takeVertexKeyword() { count += 1 }
            scanner.endLine()
        }
        return count
    }
}

/// Goes through the lines of an OBJ file; a backslash at a line's end joins it to the next one.
struct ObjLines {
    var scanner: TextScanner

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        scanner = TextScanner(bytes, from: range.lowerBound, to: range.upperBound)
    }

    /// Moves to the first word of the next line that has one; false at the end.
    ///
    /// Comments end with their line: what looks like a continuation there is the end of a folder's name.
    @inline(__always)
    mutating func beginLine() -> Bool {
        while true {
            scanner.skipBlanksAndLineEnds()
            if scanner.isAtEnd { return false }
            if scanner.bytes[scanner.position] != UInt8(ascii: "#") { return true }
            scanner.skipToLineEnd()
        }
    }

    /// Moves to the end of the line, continuation included; none follows a comment.
    @inline(__always)
    mutating func endLine() {
        var isComment = false
        while scanner.position < scanner.end {
            let byte = scanner.bytes[scanner.position]
            if TextScanner.isLineEnd(byte) {
                guard !isComment, scanner.position > 0, scanner.bytes[scanner.position - 1] == UInt8(ascii: "\\") else {
                    return
                }
                scanner.skipLine()
                continue
            }
            if byte == UInt8(ascii: "#") { isComment = true }
            scanner.position += 1
        }
    }

    /// Skips blanks and continuations; whether the line has something left.
    @inline(__always)
    mutating func hasWord() -> Bool {
        while true {
            scanner.skipBlanks()
            if scanner.isAtLineEnd { return false }
            let byte = scanner.bytes[scanner.position]
            if byte == UInt8(ascii: "#") { return false }
            guard byte == UInt8(ascii: "\\"),
                scanner.position + 1 >= scanner.end || TextScanner.isLineEnd(scanner.bytes[scanner.position + 1])
            else { return true }
            scanner.position += 1
            scanner.skipLine()
        }
    }

    @inline(__always)
    mutating func takeVertexKeyword() -> Bool { takeLetter(UInt8(ascii: "v")) }
    @inline(__always)
    mutating func takeFaceKeyword() -> Bool { takeLetter(UInt8(ascii: "f")) }

    @inline(__always)
    private mutating func takeLetter(_ letter: UInt8) -> Bool {
        let next = scanner.position + 1
        guard scanner.bytes[scanner.position] == letter,
            next >= scanner.end || TextScanner.isSeparator(scanner.bytes[next])
                || scanner.bytes[next] == UInt8(ascii: "\\")
        else { return false }
        scanner.position = next
        return true
    }
}

/// The content of a piece of an OBJ file.
struct ObjChunk {
    /// The first thing that was wrong.
    enum Problem {
        case notANumber(position: Int, word: String)
        case tooFewCoordinates(position: Int, count: Int)
        case noVertex(position: Int, number: Int)
        case freeForm(position: Int)

        func error(in file: SourceFile, vertexCount: Int) -> MeshFileError {
            switch self {
            case .notANumber(let position, let word):
                file.malformed("\"\(word)\" is no number, line \(file.lineNumber(at: position))")
            case .tooFewCoordinates(let position, let count):
                file.malformed("a vertex of \(count) coordinates, line \(file.lineNumber(at: position))")
            case .noVertex(let position, let number):
                file.malformed(
                    "a face refers to vertex \(number) of \(vertexCount), line \(file.lineNumber(at: position))")
            case .freeForm(let position):
                file.unsupported("a free-form surface, line \(file.lineNumber(at: position))")
            }
        }
    }

    private var lines: ObjLines
    private let vertices: Range<Int>
    private let vertexCount: Int
    private(set) var faces = FaceList()
    private(set) var problem: Problem?
    private(set) var hasCalls = false
    /// The first keyword that no version of the format has.
    private(set) var unknownWord: String?

    /// Keywords that say nothing of where polygons are.
    private static let known: Set<String> = [
        "vt", "vn", "vp", "deg", "bmat", "step", "cstype", "parm", "trim", "hole", "scrv", "sp", "end", "con", "g", "s",
        "mg",
        "o", "bevel", "c_interp", "d_interp", "lod", "maplib", "usemap", "usemtl", "mtllib", "shadow_obj", "trace_obj",
        "ctech", "stech", "csh", "cdc",
    ]

    /// - Parameters:
    ///   - vertices: numbers of the vertices that the piece holds.
    ///   - vertexCount: of the whole file.
    init(_ bytes: [UInt8], _ range: Range<Int>, vertices: Range<Int>, vertexCount: Int) {
        lines = ObjLines(bytes, range)
        self.vertices = vertices
        self.vertexCount = vertexCount
    }

    /// Reads all lines and writes vertices to `out`, three numbers each.
    mutating func read(into out: UnsafeMutableBufferPointer<Double>) {
        // Usual lines of triangles have more bytes.
        faces.corners.reserveCapacity((lines.scanner.end - lines.scanner.position) / 10)
        var filled = 0
        while problem == nil && lines.beginLine() {
            if lines.takeVertexKeyword() {
                readVertex(into: out, at: filled)
                filled += 3
            } else if lines.takeFaceKeyword() {
                readFace(vertexNumber: vertices.lowerBound + filled / 3)
            } else {
                readOther(vertexNumber: vertices.lowerBound + filled / 3)
            }
            lines.endLine()
        }
    }

    @inline(__always)
    private mutating func readVertex(into out: UnsafeMutableBufferPointer<Double>, at filled: Int) {
        for axis in 0..<3 {
            guard lines.hasWord() else {
                problem = .tooFewCoordinates(position: lines.scanner.position, count: axis)
                return
            }
            let start = lines.scanner.position
            guard let value = lines.scanner.number(), isAtWordEnd else {
                lines.scanner.position = start
                return failNumber()
            }
            out[filled + axis] = value
        }
    }

    /// Whether a word could end here; a backslash may continue the line.
    @inline(__always)
    private var isAtWordEnd: Bool {
        lines.scanner.isAtWordEnd || lines.scanner.bytes[lines.scanner.position] == UInt8(ascii: "\\")
    }

    private mutating func failNumber() {
        problem = .notANumber(position: lines.scanner.position, word: lines.scanner.wordForMessage)
    }

    /// Corners of a face: `v`, `v/vt`, `v//vn` or `v/vt/vn`.
    @inline(__always)
    private mutating func readFace(vertexNumber: Int) {
        let start = faces.corners.count
        while lines.hasWord() {
            guard let corner = readCorner(vertexNumber: vertexNumber) else { return }
            faces.corners.append(corner)
        }
        faces.closeFace(from: start)
    }

    /// The vertex of a corner; nil after a problem.
    @inline(__always)
    private mutating func readCorner(vertexNumber: Int) -> UInt32? {
        let position = lines.scanner.position
        guard let number = lines.scanner.integer() else {
            failNumber()
            return nil
        }
        // Numbers of texture coordinates and normals.
        while lines.scanner.position < lines.scanner.end
            && lines.scanner.bytes[lines.scanner.position] == UInt8(ascii: "/")
        {
            lines.scanner.position += 1
            _ = lines.scanner.integer()
        }
        guard isAtWordEnd else {
            lines.scanner.position = position
            failNumber()
            return nil
        }
        // Counted from one, or backwards from the last one so far.
        let vertex = number > 0 ? number - 1 : vertexNumber + number
        guard number != 0, vertex >= 0, vertex < vertexCount else {
            problem = .noVertex(position: position, number: number)
            return nil
        }
        return UInt32(truncatingIfNeeded: vertex)
    }

    private mutating func readOther(vertexNumber: Int) {
        let position = lines.scanner.position
        if lines.scanner.take("fo") {
            readFace(vertexNumber: vertexNumber)
        } else if lines.scanner.take("l") {
            faces.lineCount += max(readElement() - 1, 0)
        } else if lines.scanner.take("p") {
            faces.pointCount += readElement()
        } else if lines.scanner.take("curv") || lines.scanner.take("curv2") {
            faces.lineCount += 1
        } else if ["surf", "bzp", "bsp", "cdp", "res"].contains(where: { lines.scanner.take($0) }) {
            problem = .freeForm(position: position)
        } else if lines.scanner.take("call") {
            hasCalls = true
        } else if unknownWord == nil {
            let word = lines.scanner.wordForMessage
            if !Self.known.contains(word) { unknownWord = word }
        }
    }

    /// The number of words that the line has left.
    private mutating func readElement() -> Int {
        var count = 0
        while lines.hasWord() {
            lines.scanner.skipWord()
            count += 1
        }
        return count
    }
}
