import Core

/// The header of a PLY file as far as its points are concerned, and how they are read by it.
struct ScanPlyHeader {
    private enum Encoding { case text, littleEndian, bigEndian }

    private struct Property {
        let name: String
        let type: String
        /// Bytes of a scalar.
        let size: Int
    }

    private struct Element {
        let name: String
        let count: Int
        var properties: [Property] = []
        var hasLists = false
        var stride: Int { properties.reduce(0) { $0 + $1.size } }
    }

    private var encoding = Encoding.text
    private var elements: [Element] = []
    /// Where the content begins.
    private let bodyStart: Int

    var vertexCount: Int { elements.first { $0.name == "vertex" }?.count ?? 0 }
    var hasFaces: Bool { elements.contains { $0.hasLists && $0.count > 0 && $0.name != "vertex" } }

    private static let sizes = [
        "char": 1, "int8": 1, "uchar": 1, "uint8": 1, "short": 2, "int16": 2, "ushort": 2, "uint16": 2, "int": 4,
        "int32": 4,
        "uint": 4, "uint32": 4, "float": 4, "float32": 4, "double": 8, "float64": 8,
    ]

    /// - Parameter data: the file, or its beginning.
    init(_ data: Data, path: String) throws(MeshFileError) {
        func malformed(_ reason: String) -> MeshFileError { .malformedFile(path: path, reason: reason) }
        guard data.starts(with: Data("ply".utf8)), let end = data.firstRange(of: Data("end_header".utf8)),
            let newline = data[end.upperBound...].firstIndex(of: 10)
        else { throw malformed("there is no PLY header") }
        bodyStart = newline + 1
        for line in String(decoding: data[..<end.lowerBound], as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first, words.count) {
            case ("format", 2...):
                switch words[1] {
                case "ascii": encoding = .text
                case "binary_little_endian": encoding = .littleEndian
                case "binary_big_endian": encoding = .bigEndian
                default: throw malformed("the format \(words[1]) is not known")
                }
            case ("element", 3...):
                guard let count = Int(words[2]), count >= 0 else { throw malformed("'\(line)' has no count") }
                elements.append(Element(name: words[1], count: count))
            case ("property", 3...):
                guard !elements.isEmpty else { throw malformed("a property comes before any element") }
                if words[1] == "list" {
                    elements[elements.count - 1].hasLists = true
                } else {
                    guard let size = Self.sizes[words[1]] else { throw malformed("the type \(words[1]) is not known") }
                    elements[elements.count - 1].properties.append(Property(name: words[2], type: words[1], size: size))
                }
            default: break
            }
        }
    }

    /// The points of the file that the header is of.
    func points(of data: Data, path: String) throws(MeshFileError) -> ImportedScan {
        func malformed(_ reason: String) -> MeshFileError { .malformedFile(path: path, reason: reason) }
        guard let index = elements.firstIndex(where: { $0.name == "vertex" }) else { return ImportedScan() }
        let vertex = elements[index]
        guard !elements[...index].contains(where: { $0.hasLists && $0.count > 0 }) else {
            throw malformed("lists come before or among its points")
        }
        let columns = ["x", "y", "z", "nx", "ny", "nz"].map { name in vertex.properties.firstIndex { $0.name == name } }
        guard columns[..<3].allSatisfy({ $0 != nil }) else { throw malformed("its points have no x, y and z") }
        let hasNormals = columns[3...].allSatisfy { $0 != nil }
        let wanted = columns.compactMap { $0 }.prefix(hasNormals ? 6 : 3)
        let values =
            encoding == .text
            ? try text(data, elements[..<index], vertex, Array(wanted), path)
            : try binary(data, elements[..<index], vertex, Array(wanted), path)
        var scan = ImportedScan()
        let width = wanted.count
        scan.positions = (0..<vertex.count).map {
            SIMD3(values[width * $0], values[width * $0 + 1], values[width * $0 + 2])
        }
        if hasNormals {
            scan.normals = (0..<vertex.count).map {
                SIMD3(values[width * $0 + 3], values[width * $0 + 4], values[width * $0 + 5])
            }
        }
        return scan
    }

    private func binary(
        _ data: Data, _ before: ArraySlice<Element>, _ vertex: Element, _ wanted: [Int], _ path: String
    ) throws(MeshFileError) -> [Float] {
        let left = data.count - bodyStart
        func fits(_ count: Int, _ stride: Int, in rest: Int) -> Bool { stride == 0 || count <= rest / stride }
        var skipped = 0
        for element in before {
            guard fits(element.count, element.stride, in: left - skipped) else {
                throw .malformedFile(path: path, reason: "it ends before its points")
            }
            skipped += element.count * element.stride
        }
        guard fits(vertex.count, vertex.stride, in: left - skipped) else {
            throw .malformedFile(path: path, reason: "it ends within its points")
        }
        let start = bodyStart + skipped
        let places = wanted.map { column in
            (offset: vertex.properties[..<column].reduce(0) { $0 + $1.size }, type: vertex.properties[column].type)
        }
        let swaps = encoding == .bigEndian
        return data.withUnsafeBytes { bytes in
            var values: [Float] = []
            values.reserveCapacity(vertex.count * wanted.count)
            for index in 0..<vertex.count {
                let row = start + index * vertex.stride
                for place in places { values.append(Self.number(bytes, row + place.offset, place.type, swaps)) }
            }
            return values
        }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ type: String, _ swaps: Bool) -> Float {
        func load<Number: FixedWidthInteger>(_: Number.Type) -> Number {
            let value = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
            return swaps ? Number(bigEndian: value) : Number(littleEndian: value)
        }
        switch type {
        case "char", "int8": return Float(load(Int8.self))
        case "uchar", "uint8": return Float(load(UInt8.self))
        case "short", "int16": return Float(load(Int16.self))
        case "ushort", "uint16": return Float(load(UInt16.self))
        case "int", "int32": return Float(load(Int32.self))
        case "uint", "uint32": return Float(load(UInt32.self))
        case "double", "float64": return Float(Double(bitPattern: load(UInt64.self)))
        default: return Float(bitPattern: load(UInt32.self))
        }
    }

    private func text(
        _ data: Data, _ before: ArraySlice<Element>, _ vertex: Element, _ wanted: [Int], _ path: String
    ) throws(MeshFileError) -> [Float] {
        var skipped = before.reduce(0) { $0 + $1.count }
        var values: [Float] = []
        var count = 0
        for line in data[bodyStart...].split(separator: 10) where count < vertex.count {
            if skipped > 0 {
                skipped -= 1
                continue
            }
            let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard words.count >= vertex.properties.count else {
                throw .malformedFile(
                    path: path, reason: "point \(count) has \(words.count) of \(vertex.properties.count) numbers")
            }
            for column in wanted {
                guard let value = Float(words[column]) else {
                    throw .malformedFile(path: path, reason: "'\(words[column])' of point \(count) is not a number")
                }
                values.append(value)
            }
            count += 1
        }
        guard count == vertex.count else { throw .malformedFile(path: path, reason: "it ends within its points") }
        return values
    }
}
