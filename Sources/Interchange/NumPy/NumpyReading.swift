import Core

/// Rows of numbers that a NumPy file holds.
public struct NumpyTable: Sendable, Equatable {
    /// Row-major.
    public let values: [Double]
    public let rowCount: Int
    public let columnCount: Int
}

extension NumpyFile {
    /// Reads an array of two axes of single or double precision, of either byte order and either memory order.
    ///
    /// - Throws: `FileError` when the file cannot be read, is no `.npy` file, is cut short, or holds something else. Lengths
    ///   that the header gives are checked against the file's before anything of their size is allocated.
    public static func readTable(path: String) throws(FileError) -> NumpyTable {
        try table(bytes: FileContents.bytes(of: path), path: path)
    }

    /// Reads what a file holds.
    ///
    /// - Parameter path: the file's name for messages.
    package static func table(bytes: [UInt8], path: String) throws(FileError) -> NumpyTable {
        func fail(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
        guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
            throw fail("is not a NumPy array file")
        }
        // Version 1 has a header length of two bytes, later ones of four.
        let lengthBytes = bytes[6] == 1 ? 2 : 4
        guard (1...3).contains(bytes[6]), bytes.count >= 8 + lengthBytes else {
            throw fail("is of an unknown NumPy version")
        }
        let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let start = 8 + lengthBytes + length
        guard start <= bytes.count else { throw fail("is cut short") }
        let header = NumpyHeader(String(decoding: bytes[(8 + lengthBytes)..<start], as: UTF8.self))
        guard let header else { throw fail("has a header that is not NumPy's") }
        guard header.shape.count == 2 else {
            throw fail("holds an array of shape \(header.shape); points are (n, 3)")
        }
        guard ["f4", "f8"].contains(String(header.descriptor.dropFirst())), "<>|=".contains(header.descriptor.prefix(1))
        else { throw fail("holds numbers of type \(header.descriptor); points are of type <f4 or <f8") }
        let size = header.descriptor.hasSuffix("4") ? 4 : 8
        let (count, overflow) = header.shape[0].multipliedReportingOverflow(by: header.shape[1])
        guard !overflow, count <= (bytes.count - start) / size, count * size == bytes.count - start else {
            throw fail("is damaged: an array of shape \(header.shape) in \(bytes.count - start) bytes")
        }
        let isBigEndian = header.descriptor.hasPrefix(">")
        let (rows, columns) = (header.shape[0], header.shape[1])
        let values = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { bytes in
                for index in 0..<count {
                    // Where columns run first, entry (i, j) is number i + rows · j.
                    let source = header.isColumnMajor ? index % columns * rows + index / columns : index
                    let place = start + source * size
                    let value: Double
                    if size == 4 {
                        let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
                        value = Double(
                            Float(bitPattern: isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)))
                    } else {
                        let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                        value = Double(bitPattern: isBigEndian ? UInt64(bigEndian: word) : UInt64(littleEndian: word))
                    }
                    buffer.initializeElement(at: index, to: value)
                }
            }
            initialized = count
        }
        return NumpyTable(values: values, rowCount: rows, columnCount: columns)
    }
}

/// The dictionary at the head of a `.npy` file: a Python literal of three known keys.
private struct NumpyHeader {
    var descriptor: String
    var isColumnMajor: Bool
    var shape: [Int]

    init?(_ text: String) {
        func value(of key: String) -> Substring? {
            guard let name = text.firstRange(of: "'\(key)'") else { return nil }
            let rest = text[name.upperBound...].drop { $0 == " " }
            guard rest.first == ":" else { return nil }
            return rest.dropFirst().drop { $0 == " " }
        }
        guard let type = value(of: "descr"), type.first == "'", let order = value(of: "fortran_order"),
            let extents = value(of: "shape"), extents.first == "(", let end = extents.firstIndex(of: ")")
        else { return nil }
        descriptor = String(type.dropFirst().prefix { $0 != "'" })
        isColumnMajor = order.hasPrefix("True")
        guard isColumnMajor || order.hasPrefix("False"), descriptor.count == 3 else { return nil }
        shape = []
        for part in extents[extents.index(after: extents.startIndex)..<end].split(separator: ",") {
            let digits = part.filter { $0 != " " }
            if digits.isEmpty { continue }
            guard let extent = Int(digits), extent >= 0 else { return nil }
            shape.append(extent)
        }
    }
}
