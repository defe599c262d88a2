import Core
import Geometry

/// OFF, with its prefixes (`ST`, `C`, `N`, `4`), comments anywhere, and the binary variant.
///
/// After the Geomview manual, "OFF: Object File Format". Colours, normals and texture coordinates are not looked at. The
/// counts that the header declares are what the file must hold, no more and no less.
enum OffReader {
    static func read(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> RawMesh {
        let header = try OffHeader(file)
        if header.isBinary { return try OffBinary(file, header).read(workers: workers) }
        // By the manual first: numbers may stand on any lines. Many writers put colours behind a vertex without saying so in
        // the header, one vertex a line.
        do throws(MeshFileError) {
            return try OffText(file, header, isByLine: false).read(workers: workers)
        } catch {
            let first = error
            do throws(MeshFileError) {
                return try OffText(file, header, isByLine: true).read(workers: workers)
            } catch {
                // The manual's reading says what is wrong where both fail, save with extra columns.
                throw header.hasVertexExtras ? error : first
            }
        }
    }

    static func rawMesh(
        _ coordinates: [Double], _ faces: FaceList, format: String, file: SourceFile, workers: Workers
    ) throws(MeshFileError) -> RawMesh {
        let raw = RawMesh.Coordinates.double(coordinates)
        for corner in faces.corners where corner >= raw.vertexCount {
            throw .indexOutOfRange(path: file.path, index: Int(corner), vertexCount: raw.vertexCount)
        }
        var summary = ImportSummary()
        summary.format = format
        summary.partCount = 1
        summary.pointsDropped = faces.pointCount
        summary.linesDropped = faces.lineCount
        summary.polygonsTriangulated = faces.polygons.count
        let triangles = FaceTriangulation.triangles(of: [faces], workers: workers, position: raw.position)
        return RawMesh(coordinates: raw, triangles: triangles, summary: summary)
    }
}

/// The first words of an OFF file.
struct OffHeader {
    private(set) var isBinary = false
    /// Whether a fourth, homogeneous coordinate follows the three.
    private(set) var isHomogeneous = false
    /// Numbers of a vertex behind its coordinates.
    private(set) var extraCount = 0
    /// Where the counts begin.
    private(set) var dataStart = 0

    var hasVertexExtras: Bool { extraCount > 0 }

    init(_ file: SourceFile) throws(MeshFileError) {
        var scanner = TextScanner(file.bytes, from: try file.startOfText())
        OffText.skipSpaceAndComments(&scanner)
        let start = scanner.position
        var prefix = ""
        while scanner.position < scanner.end, scanner.position - start < 9 {
            let byte = scanner.bytes[scanner.position]
            guard byte >= 0x41 && byte <= 0x5A || byte == UInt8(ascii: "4") || byte == UInt8(ascii: "n") else { break }
            prefix.unicodeScalars.append(Unicode.Scalar(byte))
            scanner.position += 1
            if prefix.hasSuffix("OFF") { break }
        }
        if prefix.isEmpty && scanner.take("off") { prefix = "OFF" }
        guard prefix.hasSuffix("OFF") else {
            // The word is optional; the counts are not.
            scanner.position = start
            guard scanner.integer() != nil, scanner.isAtWordEnd else {
                throw file.malformed("it does not begin with the word OFF")
            }
            dataStart = start
            return
        }
        var kinds = prefix.dropLast(3)
        if kinds.hasPrefix("ST") {
            extraCount += 2
            kinds = kinds.dropFirst(2)
        }
        if kinds.hasPrefix("C") {
            extraCount += 4
            kinds = kinds.dropFirst()
        }
        if kinds.hasPrefix("N") {
            extraCount += 3
            kinds = kinds.dropFirst()
        }
        if kinds.hasPrefix("4") {
            isHomogeneous = true
            kinds = kinds.dropFirst()
        }
        guard kinds.isEmpty else { throw file.unsupported("the variant \(prefix) of OFF") }
        var next = scanner
        OffText.skipSpaceAndComments(&next)
        if next.take("binary") {
            isBinary = true
            // One line end, then numbers.
            next.skipLine()
            dataStart = next.position
        } else {
            // Some writers leave no blank between the word and the counts.
            dataStart = scanner.position
        }
    }
}

/// OFF as text.
struct OffText {
    private let file: SourceFile
    private let header: OffHeader
    private let isByLine: Bool
    private var scanner: TextScanner

    /// - Parameter isByLine: whether a vertex takes one line, whatever else stands on it.
    init(_ file: SourceFile, _ header: OffHeader, isByLine: Bool) {
        self.file = file
        self.header = header
        self.isByLine = isByLine
        scanner = TextScanner(file.bytes, from: header.dataStart)
    }

    static func skipSpaceAndComments(_ scanner: inout TextScanner) {
        while true {
            scanner.skipBlanksAndLineEnds()
            guard !scanner.isAtEnd, scanner.bytes[scanner.position] == UInt8(ascii: "#") else { return }
            scanner.skipToLineEnd()
        }
    }

    consuming func read(workers: Workers) throws(MeshFileError) -> RawMesh {
        let (vertexCount, faceCount) = try readCounts()
        var coordinates: [Double] = []
        coordinates.reserveCapacity(3 * vertexCount)
        for vertex in 0..<vertexCount { try readVertex(vertex, of: vertexCount, into: &coordinates) }
        var faces = FaceList()
        faces.corners.reserveCapacity(3 * faceCount)
        for face in 0..<faceCount { try readFace(face, of: faceCount, vertexCount: vertexCount, into: &faces) }
        Self.skipSpaceAndComments(&scanner)
        guard scanner.isAtEnd else {
            throw file.malformed(
                "it declares \(vertexCount) vertices and \(faceCount) faces, but more follows, line \(file.lineNumber(at: scanner.position))"
            )
        }
        return try OffReader.rawMesh(coordinates, faces, format: "OFF (text)", file: file, workers: workers)
    }

    /// Vertices and faces; the number of edges may be missing, or wrong, as the manual allows.
    private mutating func readCounts() throws(MeshFileError) -> (Int, Int) {
        var counts: [Int] = []
        for _ in 0..<2 {
            Self.skipSpaceAndComments(&scanner)
            guard let count = scanner.integer(), scanner.isAtWordEnd, count >= 0 else {
                throw file.malformed("its numbers of vertices and faces cannot be read")
            }
            counts.append(count)
        }
        scanner.skipBlanks()
        if scanner.isAtLineEnd {
            // The number of edges on a line of its own, as in a stream of words; not when a vertex stands there.
            var next = scanner
            Self.skipSpaceAndComments(&next)
            if next.integer() != nil {
                next.skipBlanks()
                if next.isAtLineEnd { scanner = next }
            }
        } else {
            scanner.skipToLineEnd()
        }
        let (vertices, faces) = (counts[0], counts[1])
        let left = scanner.end - scanner.position
        guard vertices <= left / 6 + 1, faces <= left / 2 + 1 else {
            throw file.malformed("it declares \(vertices) vertices and \(faces) faces, but is too short for them")
        }
        return (vertices, faces)
    }

    private mutating func number(_ item: () -> String) throws(MeshFileError) -> Double {
        Self.skipSpaceAndComments(&scanner)
        guard !scanner.isAtEnd else { throw file.malformed("it ends within \(item())") }
        let start = scanner.position
        guard let value = scanner.number(), scanner.isAtWordEnd else {
            scanner.position = start
            throw file.malformed(
                "\"\(scanner.wordForMessage)\" is no number, line \(file.lineNumber(at: scanner.position))")
        }
        return value
    }

    private mutating func readVertex(
        _ vertex: Int, of count: Int, into coordinates: inout [Double]
    ) throws(MeshFileError) {
        let item = { "vertex \(vertex + 1) of \(count)" }
        for _ in 0..<3 { coordinates.append(try number(item)) }
        if header.isHomogeneous {
            let weight = try number(item)
            for index in coordinates.count - 3..<coordinates.count { coordinates[index] /= weight }
        }
        if isByLine {
            scanner.skipToLineEnd()
        } else {
            for _ in 0..<header.extraCount { _ = try number(item) }
        }
    }

    private mutating func readFace(
        _ face: Int, of count: Int, vertexCount: Int, into faces: inout FaceList
    ) throws(MeshFileError) {
        let item = { "face \(face + 1) of \(count)" }
        let cornerCount = try number(item)
        guard let corners = Int(exactly: cornerCount), corners >= 0, corners <= (scanner.end - scanner.position) / 2 + 1
        else {
            throw file.malformed("\(item()) has \(cornerCount) corners, line \(file.lineNumber(at: scanner.position))")
        }
        let start = faces.corners.count
        for _ in 0..<corners {
            let value = try number(item)
            guard let vertex = UInt32(exactly: value), vertex < vertexCount else {
                throw file.malformed(
                    "\(item()) refers to vertex \(value) of \(vertexCount), line \(file.lineNumber(at: scanner.position))"
                )
            }
            faces.corners.append(vertex)
        }
        faces.closeFace(from: start)
        // The rest of the line is its colour.
        scanner.skipToLineEnd()
    }
}

/// OFF as big-endian numbers of four bytes.
private struct OffBinary {
    private let file: SourceFile
    private let header: OffHeader
    private var position: Int

    init(_ file: SourceFile, _ header: OffHeader) {
        self.file = file
        self.header = header
        position = header.dataStart
    }

    private mutating func word() throws(MeshFileError) -> UInt32 {
        guard position + 4 <= file.bytes.count else {
            throw file.malformed("it ends before the last of the vertices and faces that it declares")
        }
        defer { position += 4 }
        return UInt32(bigEndian: file.bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    consuming func read(workers: Workers) throws(MeshFileError) -> RawMesh {
        let (vertexCount, faceCount) = (Int(try word()), Int(try word()))
        _ = try word()
        let left = (file.bytes.count - position) / 4
        guard vertexCount <= left / 3, faceCount <= left / 2 else {
            throw file.malformed(
                "it declares \(vertexCount) vertices and \(faceCount) faces, but is too short for them")
        }
        var coordinates: [Double] = []
        coordinates.reserveCapacity(3 * vertexCount)
        for _ in 0..<vertexCount {
            for _ in 0..<3 { coordinates.append(Double(Float(bitPattern: try word()))) }
            if header.isHomogeneous {
                let weight = Double(Float(bitPattern: try word()))
                for index in coordinates.count - 3..<coordinates.count { coordinates[index] /= weight }
            }
            for _ in 0..<header.extraCount { _ = try word() }
        }
        var faces = FaceList()
        for _ in 0..<faceCount {
            let start = faces.corners.count
            for _ in 0..<(try word()) { faces.corners.append(try word()) }
            faces.closeFace(from: start)
            // Components of its colour.
            for _ in 0..<(try word()) { _ = try word() }
        }
        guard position == file.bytes.count else {
            throw file.malformed("\(file.bytes.count - position) bytes follow the last face that it declares")
        }
        return try OffReader.rawMesh(coordinates, faces, format: "OFF (binary)", file: file, workers: workers)
    }
}
