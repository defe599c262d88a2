import Geometry

/// The declaration of a PLY file: its elements in order, each with its properties in order.
///
/// After Turk, "The PLY polygon file format" (Stanford, 1994), and the names of types that later writers use.
struct PlyHeader {
    enum Encoding: String {
        case ascii
        case littleEndian = "binary_little_endian"
        case bigEndian = "binary_big_endian"
    }

    enum NumberType {
        case int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64

        init?(name: String) {
            switch name {
            case "char", "int8": self = .int8
            case "uchar", "uint8": self = .uint8
            case "short", "int16": self = .int16
            case "ushort", "uint16": self = .uint16
            case "int", "int32": self = .int32
            case "uint", "uint32": self = .uint32
            case "long", "int64": self = .int64
            case "ulong", "uint64": self = .uint64
            case "float", "float32": self = .float32
            case "double", "float64": self = .float64
            default: return nil
            }
        }

        var byteCount: Int {
            switch self {
            case .int8, .uint8: 1
            case .int16, .uint16: 2
            case .int32, .uint32, .float32: 4
            case .int64, .uint64, .float64: 8
            }
        }

        var isInteger: Bool { self != .float32 && self != .float64 }
    }

    struct Property {
        let name: String
        /// Of the value, or of a list's items.
        let type: NumberType
        /// Of the number of a list's items; nil for a single value.
        let countType: NumberType?
    }

    struct Element {
        let name: String
        let count: Int
        var properties: [Property] = []

        /// Bytes of a row; nil when it has a list.
        var rowBytes: Int? {
            var sum = 0
            for property in properties {
                if property.countType != nil { return nil }
                sum += property.type.byteCount
            }
            return sum
        }

        /// Bytes that no row falls short of.
        var leastRowBytes: Int { properties.reduce(0) { $0 + ($1.countType ?? $1.type).byteCount } }
    }

    private(set) var encoding = Encoding.ascii
    private(set) var elements: [Element] = []
    /// Words of lines that begin with `obj_info`, without that word.
    private(set) var objectInfo: [[String]] = []
    /// Lines before the first element that begin with no known word.
    private(set) var strayLines: [String] = []
    /// Where the data begins.
    private(set) var dataStart = 0

    private enum LineEnd { case lineFeed, carriageReturn, both }

    /// Longest header that is believed.
    private static let mostBytes = 1 << 20

    init(of file: SourceFile) throws(MeshFileError) {
        let start = try file.startOfText()
        var scanner = TextScanner(file.bytes, from: start, to: min(file.bytes.count, Self.mostBytes))
        guard scanner.take("ply") else { throw file.malformed("it does not begin with the word ply") }
        let lineEnd = try Self.lineEnd(at: &scanner, file)
        var hasEncoding = false
        while true {
            guard !scanner.isAtEnd else { throw file.malformed("its header has no end_header") }
            scanner.skipBlanks()
            let lineStart = scanner.position
            scanner.skipToLineEnd()
            let words = Self.words(file.bytes[lineStart..<scanner.position])
            if words.first == "end_header" {
                dataStart = try Self.dataStart(after: scanner.position, lineEnd, hasEncoding ? encoding : .ascii, file)
                break
            }
            Self.skipLineEnd(&scanner)
            switch words.first {
            case nil, "comment": continue
            case "obj_info": objectInfo.append(Array(words.dropFirst()))
            case "format":
                guard words.count >= 2, let encoding = Encoding(rawValue: words[1]) else {
                    throw file.malformed("unknown format in line \"\(words.joined(separator: " "))\"")
                }
                self.encoding = encoding
                hasEncoding = true
            case "element": try addElement(words, file)
            case "property": try addProperty(words, file)
            // A comment that was broken in two does no harm where no element is described yet.
            case _ where elements.isEmpty: strayLines.append(words.joined(separator: " "))
            default:
                throw file.malformed("its header has the unknown line \"\(words.joined(separator: " ").prefix(60))\"")
            }
        }
        guard hasEncoding else { throw file.malformed("its header has no format line") }
    }

    func element(named name: String) -> Element? { elements.first { $0.name == name } }

    /// The line ending of the header's first line, and so of all others.
    private static func lineEnd(at scanner: inout TextScanner, _ file: SourceFile) throws(MeshFileError) -> LineEnd {
        scanner.skipBlanks()
        guard scanner.isAtLineEnd, !scanner.isAtEnd else {
            throw file.malformed("more than the word ply stands in its first line")
        }
        let isReturn = scanner.bytes[scanner.position] == 0x0D
        let isFollowed = scanner.position + 1 < scanner.end && scanner.bytes[scanner.position + 1] == 0x0A
        skipLineEnd(&scanner)
        return isReturn ? (isFollowed ? .both : .carriageReturn) : .lineFeed
    }

    private static func skipLineEnd(_ scanner: inout TextScanner) { scanner.skipLine() }

    /// One line end, and no byte more: binary data may begin with any byte.
    private static func dataStart(
        after position: Int, _ lineEnd: LineEnd, _ encoding: Encoding, _ file: SourceFile
    ) throws(MeshFileError) -> Int {
        let bytes = file.bytes
        func byte(_ offset: Int) -> UInt8? { position + offset < bytes.count ? bytes[position + offset] : nil }
        guard let first = byte(0) else {
            // Nothing follows; that is right where nothing is declared.
            return position
        }
        if first == 0x0A { return position + 1 }
        if lineEnd == .both || encoding == .ascii { return byte(1) == 0x0A ? position + 2 : position + 1 }
        return position + 1
    }

    private static func words(_ line: ArraySlice<UInt8>) -> [String] {
        line.split(whereSeparator: TextScanner.isBlank).map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func addElement(_ words: [String], _ file: SourceFile) throws(MeshFileError) {
        guard words.count >= 3, let count = Int(words[2]), count >= 0 else {
            throw file.malformed("cannot read the header's line \"\(words.joined(separator: " "))\"")
        }
        guard !elements.contains(where: { $0.name == words[1] }) else {
            throw file.malformed("its header declares the element \(words[1]) twice")
        }
        elements.append(Element(name: words[1], count: count))
    }

    private mutating func addProperty(_ words: [String], _ file: SourceFile) throws(MeshFileError) {
        let line = "\"\(words.joined(separator: " "))\""
        guard !elements.isEmpty else { throw file.malformed("the property \(line) belongs to no element") }
        let isList = words.count >= 2 && words[1] == "list"
        guard words.count >= (isList ? 5 : 3) else { throw file.malformed("cannot read the header's line \(line)") }
        guard let type = NumberType(name: words[isList ? 3 : 1]) else {
            throw file.malformed("unknown type in the header's line \(line)")
        }
        var countType: NumberType?
        if isList {
            guard let stated = NumberType(name: words[2]), stated.isInteger else {
                throw file.malformed("a list's count must be a whole number: \(line)")
            }
            countType = stated
        }
        let name = words[isList ? 4 : 2]
        let last = elements.count - 1
        guard !elements[last].properties.contains(where: { $0.name == name }) else {
            throw file.malformed("its header declares the property \(name) of \(elements[last].name) twice")
        }
        elements[last].properties.append(Property(name: name, type: type, countType: countType))
    }
}
