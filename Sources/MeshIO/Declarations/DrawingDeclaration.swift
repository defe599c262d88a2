import Core

/// What a DXF file (Autodesk, "DXF Reference") holds that Assimp reads as something else or not at all.
///
/// A text of pairs of lines: a group code, and a value of the kind that the code says.
struct DrawingDeclaration {
    private let file: SourceFile
    private var scanner: TextScanner
    private var faceCount = 0

    /// Surfaces that Assimp passes over.
    private static let passedOver: Set<String> = [
        "solid", "trace", "3dsolid", "body", "region", "mesh", "surface", "extrudedsurface", "loftedsurface",
        "revolvedsurface", "sweptsurface", "planesurface", "nurbsurface",
    ]

    init(_ file: SourceFile) throws(MeshFileError) {
        self.file = file
        scanner = TextScanner(file.bytes, from: try file.startOfText())
    }

    /// The faces of the drawing itself, without those of its blocks.
    ///
    /// - Throws: when the text ends before its end mark, and for surfaces that would be left out or put elsewhere.
    consuming func declaration() throws(MeshFileError) -> FileDeclaration? {
        if file.begins(with: "AutoCAD Binary DXF") { return nil }
        var section = ""
        var entity = ""
        var isBehindSection = false
        while let (code, value) = nextPair() {
            switch code {
            case 0:
                if value == "eof" { return FileDeclaration(leastFaces: faceCount) }
                if Self.passedOver.contains(value), section == "entities" || section == "blocks" {
                    throw file.unsupported("the DXF entity \(value.uppercased())")
                }
                if value == "3dface" && section == "entities" { faceCount += 1 }
                isBehindSection = value == "section"
                entity = value
            case 2 where isBehindSection:
                section = value
                isBehindSection = false
            case 70 where entity == "polyline":
                if (Int(value) ?? 0) & 16 != 0 {
                    throw file.unsupported("a DXF polygon mesh (POLYLINE with the flag 16)")
                }
            case 71...74 where entity == "vertex" && value.hasPrefix("-"):
                throw file.unsupported("a DXF polyface mesh with hidden edges")
            case 41...43 where entity == "insert" && Double(value) != 1,
                50 where entity == "insert" && Double(value) != 0,
                70...71 where entity == "insert" && (Int(value) ?? 0) > 1:
                throw file.unsupported("a DXF block that is scaled, turned or repeated (INSERT)")
            default: break
            }
        }
        throw file.malformed("it ends without its end mark, so it may be cut short")
    }

    /// The next group, its value in lower case; nil at the end and where no group code stands.
    private mutating func nextPair() -> (code: Int, value: String)? {
        scanner.skipBlanksAndLineEnds()
        guard let code = scanner.integer() else { return nil }
        skipLine()
        scanner.skipBlanks()
        let start = scanner.position
        while !scanner.isAtLineEnd { scanner.position += 1 }
        var end = scanner.position
        while end > start && TextScanner.isBlank(scanner.bytes[end - 1]) { end -= 1 }
        // Texts may be long; only words matter here.
        let value = String(decoding: scanner.bytes[start..<min(end, start + 64)], as: UTF8.self).lowercased()
        skipLine()
        return (code, value)
    }

    /// Moves behind one end of a line, so that an empty value stays one.
    private mutating func skipLine() {
        while !scanner.isAtLineEnd { scanner.position += 1 }
        guard !scanner.isAtEnd else { return }
        let isReturn = scanner.bytes[scanner.position] == 0x0D
        scanner.position += 1
        if isReturn && !scanner.isAtEnd && scanner.bytes[scanner.position] == 0x0A { scanner.position += 1 }
    }
}
