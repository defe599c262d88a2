import Core
import Geometry

/// STL, text and binary, told apart by content: names of both begin with "solid".
///
/// After 3D Systems' "Stereolithography Interface Specification" (1989). Normals are not looked at: orientation is that of
/// the corners. Colours in the spare bytes are not either.
enum StlReader {
    private static let headerBytes = 84
    private static let triangleBytes = 50

    static func read(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> RawMesh {
        // A count that fits the size to the byte cannot be chance.
        if let count = declaredCount(file), headerBytes + triangleBytes * count == file.bytes.count, count > 0 {
            return readBinary(file, count: count, notes: [], workers)
        }
        if try isText(file) { return try StlText(file).read(workers: workers) }
        guard let count = declaredCount(file) else {
            throw file.malformed("neither the text of an STL file nor the 84 bytes that a binary one begins with")
        }
        let room = (file.bytes.count - headerBytes) / triangleBytes
        let rest = file.bytes.count - headerBytes - triangleBytes * min(count, room)
        guard count <= room else {
            throw file.malformed("it declares \(count) triangles, but ends after \(room)")
        }
        guard rest % triangleBytes != 0 || rest == 0 else {
            throw file.malformed("it declares \(count) triangles, but has the size of \(room)")
        }
        guard count > 0 else { throw .emptyScene(path: file.path) }
        return readBinary(
            file, count: count, notes: ["\(rest) bytes behind the last triangle were not looked at"], workers)
    }

    /// The count at byte 80; nil when the file is shorter.
    private static func declaredCount(_ file: SourceFile) -> Int? {
        guard file.bytes.count >= headerBytes else { return nil }
        let word = file.bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 80, as: UInt32.self)
        return Int(UInt32(littleEndian: word))
    }

    /// Whether the file is the text format: its first words are, and no NUL is among its first bytes.
    private static func isText(_ file: SourceFile) throws(MeshFileError) -> Bool {
        var scanner = TextScanner(file.bytes, from: try file.startOfText())
        scanner.skipBlanksAndLineEnds()
        // Leading comments are not in the specification; they are met all the same.
        while !scanner.isAtEnd
            && (scanner.bytes[scanner.position] == UInt8(ascii: "#")
                || scanner.bytes[scanner.position] == UInt8(ascii: ";"))
        {
            scanner.skipLine()
            scanner.skipBlanksAndLineEnds()
        }
        guard scanner.take("solid") || scanner.take("facet") else { return false }
        return !file.bytes[..<min(file.bytes.count, 1024)].contains(0)
    }

    private static func readBinary(
        _ file: SourceFile, count: Int, notes: [String], _ workers: Workers
    ) -> RawMesh {
        let coordinates = [Float](unsafeUninitializedCapacity: 9 * count) { out, filled in
            workers.forEachChunk(of: count, chunkSize: 1 << 14) { range, _ in
                let bytes = file.bytes.span.bytes
                for index in range {
                    // Behind the normal.
                    let offset = headerBytes + triangleBytes * index + 12
                    for number in 0..<9 {
                        let word = bytes.unsafeLoadUnaligned(fromByteOffset: offset + 4 * number, as: UInt32.self)
                        out.initializeElement(
                            at: 9 * index + number, to: Float(bitPattern: UInt32(littleEndian: word)))
                    }
                }
            }
            filled = 9 * count
        }
        var summary = ImportSummary()
        summary.format = "STL (binary)"
        summary.partCount = 1
        summary.notes = notes
        return RawMesh(
            coordinates: .single(coordinates), triangles: consecutiveTriangles(count: count), summary: summary)
    }

    /// Triangles over corners of their own.
    static func consecutiveTriangles(count: Int) -> [SIMD3<UInt32>] {
        guard count < RawMesh.mostTriangles else { return [SIMD3<UInt32>](repeating: .zero, count: count) }
        return (0..<UInt32(count)).map { SIMD3(3 * $0, 3 * $0 + 1, 3 * $0 + 2) }
    }
}

/// The text format: solids of facets, words in any case and on any lines.
private struct StlText {
    private let file: SourceFile
    private var scanner: TextScanner
    private var coordinates: [Double] = []
    private var faces = FaceList()
    private var solidCount = 0
    private var isOpen = false

    init(_ file: SourceFile) throws(MeshFileError) {
        self.file = file
        scanner = TextScanner(file.bytes, from: try file.startOfText())
    }

    consuming func read(workers: Workers) throws(MeshFileError) -> RawMesh {
        var summary = ImportSummary()
        summary.format = "STL (text)"
        while true {
            scanner.skipBlanksAndLineEnds()
            if scanner.isAtEnd { break }
            if scanner.bytes[scanner.position] == UInt8(ascii: "#")
                || scanner.bytes[scanner.position] == UInt8(ascii: ";")
            {
                scanner.skipLine()
            } else if scanner.take("solid") {
                skipName()
                solidCount += 1
                isOpen = true
            } else if scanner.take("endsolid") || scanner.take("end") {
                scanner.skipLine()
                isOpen = false
            } else if scanner.take("facet") {
                try readFacet()
            } else {
                throw unexpected("facet or endsolid")
            }
        }
        guard !isOpen else { throw file.malformed("it ends without endsolid, so it may be cut short") }
        summary.partCount = max(solidCount, 1)
        summary.polygonsTriangulated = faces.polygons.count
        let raw = RawMesh.Coordinates.double(coordinates)
        let triangles = FaceTriangulation.triangles(of: [faces], workers: workers, position: raw.position)
        return RawMesh(coordinates: raw, triangles: triangles, summary: summary)
    }

    /// The rest of the line is the solid's name, unless a facet begins in it: line ends are white space like others.
    private mutating func skipName() {
        while true {
            scanner.skipBlanks()
            if scanner.isAtLineEnd { return }
            if beginsFacet(scanner) { return }
            scanner.skipWord()
        }
    }

    /// Whether a facet begins here, not only words that could be a name.
    private func beginsFacet(_ scanner: TextScanner) -> Bool {
        var scanner = scanner
        guard scanner.take("facet") else { return false }
        scanner.skipBlanksAndLineEnds()
        if scanner.take("normal") {
            for _ in 0..<3 {
                scanner.skipBlanksAndLineEnds()
                scanner.skipWord()
            }
            scanner.skipBlanksAndLineEnds()
        }
        return scanner.take("outer")
    }

    /// A facet behind its first word.
    private mutating func readFacet() throws(MeshFileError) {
        skipSpace()
        if scanner.take("normal") {
            // Not looked at, and often "nan".
            for _ in 0..<3 {
                skipSpace()
                scanner.skipWord()
            }
        }
        skipSpace()
        guard scanner.take("outer") else { throw unexpected("outer loop") }
        skipSpace()
        guard scanner.take("loop") else { throw unexpected("loop") }
        let start = faces.corners.count
        while true {
            skipSpace()
            if scanner.take("endloop") { break }
            guard scanner.take("vertex") else { throw unexpected("vertex or endloop") }
            faces.corners.append(UInt32(truncatingIfNeeded: coordinates.count / 3))
            for _ in 0..<3 {
                skipSpace()
                let start = scanner.position
                guard let value = scanner.number(), scanner.isAtWordEnd else {
                    scanner.position = start
                    throw unexpected("a number")
                }
                coordinates.append(value)
            }
        }
        guard faces.corners.count - start >= 3 else { throw unexpected("three vertices before endloop") }
        faces.closeFace(from: start)
        skipSpace()
        guard scanner.take("endfacet") else { throw unexpected("endfacet") }
    }

    private mutating func skipSpace() { scanner.skipBlanksAndLineEnds() }

    private func unexpected(_ expected: String) -> MeshFileError {
        if scanner.isAtEnd { return file.malformed("it ends where \(expected) should stand") }
        return file.malformed(
            "\"\(scanner.wordForMessage)\" stands where \(expected) should, line \(file.lineNumber(at: scanner.position))"
        )
    }
}
