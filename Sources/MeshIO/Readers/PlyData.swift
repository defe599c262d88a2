import Geometry

/// Reads the rows of a PLY file's data, in either encoding, in order.
///
/// Every length is checked against what is left of the file before it is used.
struct PlyData {
    private let file: SourceFile
    private let encoding: PlyHeader.Encoding
    private var scanner: TextScanner
    /// For messages: the element and the row that are being read.
    private var element = ""
    private var row = 0
    private var rowCount = 0

    init(_ file: SourceFile, _ header: PlyHeader) {
        self.file = file
        encoding = header.encoding
        scanner = TextScanner(file.bytes, from: header.dataStart)
    }

    /// Where the next value begins.
    var position: Int { scanner.position }
    /// Bytes not yet read.
    var bytesLeft: Int { scanner.end - scanner.position }

    /// Checks that the rest of the file can hold the element's rows.
    mutating func begin(_ element: PlyHeader.Element) throws(MeshFileError) {
        self.element = element.name
        rowCount = element.count
        row = 0
        // In text a value takes a digit and a blank, the last one of the file only a digit.
        let least = encoding == .ascii ? 2 * element.properties.count : element.leastRowBytes
        let (needed, overflow) = element.count.multipliedReportingOverflow(by: least)
        guard !overflow, needed <= bytesLeft + (encoding == .ascii ? 1 : 0) else {
            let most = least == 0 ? 0 : bytesLeft / least
            throw file.malformed(
                "it declares \(element.count) of the element \(element.name), but there is room for at most \(most)")
        }
    }

    /// Begins the next row.
    @inline(__always)
    mutating func beginRow() throws(MeshFileError) {
        row += 1
        if encoding == .ascii { scanner.skipBlanksAndLineEnds() }
    }

    /// Ends a row: in text nothing may be left of the line.
    @inline(__always)
    mutating func endRow() throws(MeshFileError) {
        guard encoding == .ascii else { return }
        scanner.skipBlanks()
        guard scanner.isAtLineEnd else {
            throw file.malformed(
                "line \(file.lineNumber(at: scanner.position)) has more values than its header declares for \(element)")
        }
    }

    /// Skips rows of a fixed size.
    mutating func skip(bytes count: Int) { scanner.position += count }

    /// A whole number.
    @inline(__always)
    mutating func integer(_ type: PlyHeader.NumberType) throws(MeshFileError) -> Int {
        if type.isInteger && encoding != .ascii {
            return try binaryInteger(type)
        }
        let value = try number(type)
        guard let integer = Int(exactly: value) else {
            throw file.malformed("\(value) stands for a whole number in \(place)")
        }
        return integer
    }

    /// The number of a list's items, each of which takes `itemBytes`.
    @inline(__always)
    mutating func listCount(_ property: PlyHeader.Property) throws(MeshFileError) -> Int {
        let count = try integer(property.countType ?? .uint8)
        let itemBytes = encoding == .ascii ? 1 : property.type.byteCount
        guard count >= 0, count <= bytesLeft / itemBytes else {
            throw file.malformed("a list of \(count) items in \(place) does not fit into the file")
        }
        return count
    }

    @inline(__always)
    mutating func number(_ type: PlyHeader.NumberType) throws(MeshFileError) -> Double {
        switch encoding {
        case .ascii:
            scanner.skipBlanksAndLineEnds()
            guard !scanner.isAtEnd else { throw cutShort }
            let start = scanner.position
            guard let value = scanner.number(), scanner.isAtWordEnd else {
                scanner.position = start
                throw file.malformed(
                    "\"\(scanner.wordForMessage)\" is no number, line \(file.lineNumber(at: scanner.position))")
            }
            return value
        case .littleEndian, .bigEndian:
            switch type {
            case .float32: return Double(Float(bitPattern: try load()))
            case .float64: return Double(bitPattern: try load())
            default: return Double(try binaryInteger(type))
            }
        }
    }

    /// Skips a value or a list.
    @inline(__always)
    mutating func skip(_ property: PlyHeader.Property) throws(MeshFileError) {
        var count = 1
        if property.countType != nil { count = try listCount(property) }
        if encoding == .ascii {
            for _ in 0..<count { _ = try number(property.type) }
        } else {
            let bytes = count * property.type.byteCount
            guard bytes <= bytesLeft else { throw cutShort }
            scanner.position += bytes
        }
    }

    @inline(__always)
    private mutating func binaryInteger(_ type: PlyHeader.NumberType) throws(MeshFileError) -> Int {
        switch type {
        case .int8: return Int(Int8(bitPattern: try load()))
        case .uint8: return Int(try load() as UInt8)
        case .int16: return Int(Int16(bitPattern: try load()))
        case .uint16: return Int(try load() as UInt16)
        case .int32: return Int(Int32(bitPattern: try load()))
        case .uint32: return Int(try load() as UInt32)
        case .int64: return Int(Int64(bitPattern: try load()))
        default: return Int(clamping: try load() as UInt64)
        }
    }

    @inline(__always)
    private mutating func load<Word: FixedWidthInteger & BitwiseCopyable>() throws(MeshFileError) -> Word {
        let size = MemoryLayout<Word>.size
        guard scanner.position + size <= scanner.end else { throw cutShort }
        let word = scanner.bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: scanner.position, as: Word.self)
        scanner.position += size
        return encoding == .bigEndian ? Word(bigEndian: word) : Word(littleEndian: word)
    }

    private var place: String { "\(element) \(row) of \(rowCount)" }

    private var cutShort: MeshFileError {
        file.malformed("it declares \(rowCount) of the element \(element), but ends within number \(row)")
    }
}
