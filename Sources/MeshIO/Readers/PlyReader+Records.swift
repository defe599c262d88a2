import Core
import Geometry

/// Rows of one size, as nearly all binary files have them: read on all workers at once.
extension PlyReader.Content {
    private static let chunkSize = 1 << 15

    /// Three numbers of each row of `element`.
    ///
    /// - Parameter columns: three properties, none a list.
    /// - Returns: nil when the rows differ in size. All rows lie in the file.
    static func records(
        of element: PlyHeader.Element, columns: [Int], at start: Int, _ file: SourceFile, isBigEndian: Bool,
        asDouble: Bool, _ workers: Workers
    ) -> RawMesh.Coordinates? {
        guard let rowBytes = element.rowBytes, start + rowBytes * element.count <= file.bytes.count else { return nil }
        let fields = columns.map { column in
            (element.properties[..<column].reduce(0) { $0 + $1.type.byteCount }, element.properties[column].type)
        }
        if asDouble {
            return .double(
                numbers(count: element.count, workers) { row, axis in
                    value(at: start + row * rowBytes + fields[axis].0, fields[axis].1, file.bytes, isBigEndian)
                })
        }
        if !isBigEndian && fields.allSatisfy({ $0.1 == .float32 }) {
            return .single(
                numbers(count: element.count, workers) { row, axis in
                    let offset = start + row * rowBytes + fields[axis].0
                    return Float(
                        bitPattern: UInt32(
                            littleEndian: file.bytes.span.bytes.unsafeLoadUnaligned(
                                fromByteOffset: offset, as: UInt32.self)))
                })
        }
        return .single(
            numbers(count: element.count, workers) { row, axis in
                Float(value(at: start + row * rowBytes + fields[axis].0, fields[axis].1, file.bytes, isBigEndian))
            })
    }

    @inline(__always)
    private static func numbers<Number: BitwiseCopyable>(
        count: Int, _ workers: Workers, _ number: (_ row: Int, _ axis: Int) -> Number
    ) -> [Number] {
        [Number](unsafeUninitializedCapacity: 3 * count) { out, filled in
            workers.forEachChunk(of: count, chunkSize: chunkSize) { range, _ in
                for row in range {
                    for axis in 0..<3 { out.initializeElement(at: 3 * row + axis, to: number(row, axis)) }
                }
            }
            filled = 3 * count
        }
    }

    @inline(__always)
    private static func value(
        at offset: Int, _ type: PlyHeader.NumberType, _ bytes: [UInt8], _ isBigEndian: Bool
    ) -> Double {
        func load<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) -> Word {
            let word = bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Word.self)
            return isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word)
        }
        switch type {
        case .int8: return Double(load(Int8.self))
        case .uint8: return Double(load(UInt8.self))
        case .int16: return Double(load(Int16.self))
        case .uint16: return Double(load(UInt16.self))
        case .int32: return Double(load(Int32.self))
        case .uint32: return Double(load(UInt32.self))
        case .int64: return Double(load(Int64.self))
        case .uint64: return Double(load(UInt64.self))
        case .float32: return Double(Float(bitPattern: load(UInt32.self)))
        case .float64: return Double(bitPattern: load(UInt64.self))
        }
    }

    /// The corners of faces that are all triangles, with four-byte numbers and a one-byte count.
    ///
    /// - Returns: nil when anything is otherwise.
    static func triangleRecords(
        of element: PlyHeader.Element, column: Int, at start: Int, _ file: SourceFile, isBigEndian: Bool,
        _ workers: Workers
    ) -> [UInt32]? {
        let list = element.properties[column]
        guard let countType = list.countType, countType.byteCount == 1, list.type == .int32 || list.type == .uint32
        else { return nil }
        let others = element.properties.indices.filter { $0 != column }.map { element.properties[$0] }
        guard others.allSatisfy({ $0.countType == nil }) else { return nil }
        let before = element.properties[..<column].reduce(0) { $0 + $1.type.byteCount }
        let rowBytes = others.reduce(13) { $0 + $1.type.byteCount }
        guard start + rowBytes * element.count <= file.bytes.count else { return nil }

        var isOtherwise = [Bool](repeating: false, count: (element.count + chunkSize - 1) / chunkSize)
        let corners = isOtherwise.withUnsafeMutableBufferPointer { isOtherwise in
            [UInt32](unsafeUninitializedCapacity: 3 * element.count) { out, filled in
                workers.forEachChunk(of: element.count, chunkSize: chunkSize) { range, _ in
                    let bytes = file.bytes.span.bytes
                    var counts: UInt8 = 0
                    var highest: UInt32 = 0
                    for row in range {
                        let offset = start + row * rowBytes + before
                        counts |= bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self) ^ 3
                        for corner in 0..<3 {
                            var word = bytes.unsafeLoadUnaligned(
                                fromByteOffset: offset + 1 + 4 * corner, as: UInt32.self)
                            word = isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
                            highest |= word
                            out.initializeElement(at: 3 * row + corner, to: word)
                        }
                    }
                    // Negative numbers get their message elsewhere.
                    isOtherwise[range.lowerBound / chunkSize] = counts != 0 || highest >> 31 != 0
                }
                filled = 3 * element.count
            }
        }
        return isOtherwise.contains(true) ? nil : corners
    }
}
