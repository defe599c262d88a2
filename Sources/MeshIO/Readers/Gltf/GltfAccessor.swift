import Geometry

/// Reads the numbers of a glTF file's accessors, whatever their type, stride and packing.
struct GltfAccessorReader {
    let container: GltfContainer
    private var file: SourceFile { container.file }
    private var document: GltfDocument { container.document }

    /// Most rows of zeros that an accessor without data may stand for: a few bytes of a file ask for them.
    private static let mostZeros = 1 << 20

    /// The rows of accessor `index`, in order, `width` numbers each.
    ///
    /// - Parameter isIndex: whether whole numbers are needed; otherwise normalised integers become fractions.
    func numbers(
        of index: Int, width: Int, name: String, isIndex: Bool = false
    ) throws(MeshFileError) -> [Double] {
        let accessor = try item(document.accessors, index, "accessor")
        guard let declared = Self.componentCount(of: accessor.type), declared == width else {
            throw file.malformed("its \(name) is of the type \(accessor.type)")
        }
        let component = try componentType(accessor.componentType)
        guard accessor.count >= 0 else { throw file.malformed("the accessor of its \(name) makes no sense") }
        guard !isIndex || component.isUnsigned else {
            throw file.malformed("its \(name) are of a type that is none of whole numbers without a sign")
        }
        let isNormalized = !isIndex && (accessor.normalized ?? false)
        var values: [Double]
        if let view = accessor.bufferView {
            values = try rows(
                count: accessor.count, width: width, component, isNormalized, view, accessor.byteOffset ?? 0, name)
        } else {
            guard accessor.count <= Self.mostZeros else {
                throw file.malformed("its \(name) declares \(accessor.count) rows and has no data")
            }
            values = [Double](repeating: 0, count: accessor.count * width)
        }
        if let sparse = accessor.sparse {
            try replace(in: &values, sparse, width: width, component, isNormalized, name)
        }
        return values
    }

    /// Whether the accessor holds floats.
    func isFloat(_ index: Int) -> Bool {
        guard let accessors = document.accessors, accessors.indices.contains(index) else { return false }
        return accessors[index].componentType == ComponentType.float.rawValue
    }

    /// Whether rows of three numbers have the accessor's declared bounds, as far as it declares any, to a hundredth.
    func agreesWithBounds(_ values: [Double], of index: Int) -> Bool {
        guard let accessors = document.accessors, accessors.indices.contains(index), !values.isEmpty,
            let least = accessors[index].min, let most = accessors[index].max, least.count == 3, most.count == 3,
            let component = ComponentType(rawValue: accessors[index].componentType)
        else { return true }
        // Bounds are those of the stored numbers, before they are normalized.
        let scale = accessors[index].normalized ?? false ? component.largestValue : 1
        for axis in 0..<3 {
            let column = stride(from: axis, to: values.count, by: 3).lazy.map { values[$0] * scale }
            guard let low = column.min(), let high = column.max() else { continue }
            let tolerance = 0.01 * max(most[axis] - least[axis], high - low)
            if abs(low - least[axis]) > tolerance || abs(high - most[axis]) > tolerance { return false }
        }
        return true
    }

    /// Rows of the accessor, as declared.
    func count(of index: Int) throws(MeshFileError) -> Int { try item(document.accessors, index, "accessor").count }

    /// Whether there is data behind the accessor.
    func hasData(_ index: Int) throws(MeshFileError) -> Bool {
        let accessor = try item(document.accessors, index, "accessor")
        return accessor.bufferView != nil || accessor.sparse != nil
    }

    func item<Item>(_ items: [Item]?, _ index: Int, _ kind: String) throws(MeshFileError) -> Item {
        guard let items, items.indices.contains(index) else {
            throw file.malformed("it refers to \(kind) \(index) of \(items?.count ?? 0)")
        }
        return items[index]
    }

    // MARK: Data

    private enum ComponentType: Int {
        case byte = 5120
        case unsignedByte = 5121
        case short = 5122
        case unsignedShort = 5123
        case unsignedInt = 5125
        case float = 5126

        var isUnsigned: Bool { [.unsignedByte, .unsignedShort, .unsignedInt].contains(self) }
        /// The integer that stands for 1 in a normalized accessor.
        var largestValue: Double {
            switch self {
            case .byte: 127
            case .unsignedByte: 255
            case .short: 32767
            case .unsignedShort: 65535
            case .unsignedInt, .float: 1
            }
        }
        var byteCount: Int {
            switch self {
            case .byte, .unsignedByte: 1
            case .short, .unsignedShort: 2
            case .unsignedInt, .float: 4
            }
        }
    }

    private func componentType(_ number: Int) throws(MeshFileError) -> ComponentType {
        guard let type = ComponentType(rawValue: number) else {
            throw file.malformed("an accessor has the unknown component type \(number)")
        }
        return type
    }

    private static func componentCount(of type: String) -> Int? {
        ["SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4][type]
    }

    private func rows(
        count: Int, width: Int, _ component: ComponentType, _ isNormalized: Bool, _ viewIndex: Int, _ offset: Int,
        _ name: String
    ) throws(MeshFileError) -> [Double] {
        let view = try item(document.bufferViews, viewIndex, "buffer view")
        guard view.extensions?.meshopt == nil && view.extensions?.khronosMeshopt == nil || !isFallback(view.buffer)
        else {
            throw file.unsupported("data compressed by EXT_meshopt_compression")
        }
        let bytes = try item(container.buffers, view.buffer, "buffer")
        let start = view.byteOffset ?? 0
        guard start >= 0, view.byteLength >= 0, start <= bytes.count, view.byteLength <= bytes.count - start else {
            throw file.malformed("the data of its \(name) goes beyond the end of buffer \(view.buffer)")
        }
        let rowBytes = width * component.byteCount
        let stride = view.byteStride ?? rowBytes
        guard stride >= component.byteCount, offset >= 0, offset <= view.byteLength else {
            throw file.malformed("the layout of its \(name) makes no sense")
        }
        if count == 0 { return [] }
        let (span, overflow) = (count - 1).multipliedReportingOverflow(by: stride)
        guard !overflow, span <= view.byteLength, offset + span + rowBytes <= view.byteLength else {
            throw file.malformed("its \(name) declares \(count) rows, but the data ends before")
        }
        var values: [Double] = []
        values.reserveCapacity(count * width)
        for row in 0..<count {
            for column in 0..<width {
                let at = start + offset + row * stride + column * component.byteCount
                values.append(Self.value(bytes, at, component, isNormalized))
            }
        }
        return values
    }

    /// Whether a buffer has no data of its own.
    private func isFallback(_ buffer: Int) -> Bool {
        container.buffers.indices.contains(buffer) && container.buffers[buffer].isEmpty
    }

    private func replace(
        in values: inout [Double], _ sparse: GltfDocument.Sparse, width: Int, _ component: ComponentType,
        _ isNormalized: Bool, _ name: String
    ) throws(MeshFileError) {
        let indexType = try componentType(sparse.indices.componentType)
        guard sparse.count >= 0, indexType.isUnsigned else {
            throw file.malformed("the sparse part of its \(name) makes no sense")
        }
        let places = try rows(
            count: sparse.count, width: 1, indexType, false, sparse.indices.bufferView, sparse.indices.byteOffset ?? 0,
            name)
        let replacements = try rows(
            count: sparse.count, width: width, component, isNormalized, sparse.values.bufferView,
            sparse.values.byteOffset ?? 0, name)
        for (number, place) in places.enumerated() {
            guard let row = Int(exactly: place), row >= 0, row < values.count / width else {
                throw file.malformed("the sparse part of its \(name) replaces row \(place) of \(values.count / width)")
            }
            for column in 0..<width { values[row * width + column] = replacements[number * width + column] }
        }
    }

    /// Normalised integers as the specification's section 3.11 has them.
    private static func value(_ bytes: [UInt8], _ offset: Int, _ type: ComponentType, _ isNormalized: Bool) -> Double {
        func load<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) -> Word {
            Word(littleEndian: bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Word.self))
        }
        switch type {
        case .byte:
            let value = Double(load(Int8.self))
            return isNormalized ? max(value / 127, -1) : value
        case .unsignedByte:
            let value = Double(load(UInt8.self))
            return isNormalized ? value / 255 : value
        case .short:
            let value = Double(load(Int16.self))
            return isNormalized ? max(value / 32767, -1) : value
        case .unsignedShort:
            let value = Double(load(UInt16.self))
            return isNormalized ? value / 65535 : value
        case .unsignedInt: return Double(load(UInt32.self))
        case .float: return Double(Float(bitPattern: load(UInt32.self)))
        }
    }
}
