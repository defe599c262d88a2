import Core
import NeuralFields

/// Named arrays of numbers and text in one file: the safetensors format (huggingface.co/docs/safetensors).
///
/// The file holds the header's length (8 bytes, little-endian), the header (JSON: every tensor's type, shape and place in
/// the data, and a dictionary of text), and the data. Of the format's types F32,
/// F16, I16 and I8 are read and written.
///
/// A file is never trusted: lengths, offsets and shapes are checked against the file's true size before anything of
/// their size is allocated. Values may be anything, NaN included; what they mean is for the reader of the tensors.
public struct SafetensorsFile: Sendable, Equatable {
    /// One named array.
    public struct Tensor: Sendable, Equatable {
        /// How entries are stored.
        public enum Element: String, Sendable {
            case float32 = "F32"
            case float16 = "F16"
            case int16 = "I16"
            case int8 = "I8"

            package var size: Int {
                switch self {
                case .float32: 4
                case .float16, .int16: 2
                case .int8: 1
                }
            }
        }

        public let name: String
        public let element: Element
        /// Entries along every axis; empty for a single number.
        public let shape: [Int]
        /// Row-major; as many as the product of `shape`.
        public let values: [Float]

        /// - Precondition: as many values as the shape has entries; a name other than `__metadata__`.
        public init(_ name: String, shape: [Int], values: [Float]) {
            precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count, "a value for each entry")
            precondition(name != SafetensorsHeader.metadataKey, "a name that the format has no other use for")
            self.name = name
            element = .float32
            self.shape = shape
            self.values = values
        }

        /// Stored in half precision, to which values are rounded.
        ///
        /// - Precondition: likewise.
        public init(_ name: String, shape: [Int], halves: [Float]) {
            self.init(name, element: .float16, shape: shape, values: halves.map(HalfPrecision.rounded))
        }

        /// - Precondition: likewise.
        public init(_ name: String, shape: [Int], integers: [Int16]) {
            self.init(name, element: .int16, shape: shape, values: integers.map(Float.init))
        }

        /// - Precondition: likewise.
        public init(_ name: String, shape: [Int], bytes: [Int8]) {
            self.init(name, element: .int8, shape: shape, values: bytes.map(Float.init))
        }

        fileprivate init(_ name: String, element: Element, shape: [Int], values: [Float]) {
            precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count, "a value for each entry")
            precondition(name != SafetensorsHeader.metadataKey, "a name that the format has no other use for")
            self.name = name
            self.element = element
            self.shape = shape
            self.values = values
        }

        /// ``values`` as the integers that they are; nil of numbers with fractions.
        public var integers: [Int16]? {
            switch element {
            case .float32, .float16: nil
            case .int16, .int8: values.map { Int16($0) }
            }
        }
    }

    /// Read and written sorted by name.
    public var tensors: [Tensor]
    public var metadata: [String: String]

    public init(tensors: [Tensor], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The tensor of this name.
    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }
}

// MARK: Writing

extension SafetensorsFile {
    /// The file's bytes, the same for the same tensors and metadata in whichever order.
    ///
    /// - Precondition: no two tensors of one name.
    public var bytes: [UInt8] {
        // Wide entries first, so that all are aligned.
        let sorted = tensors.sorted { (-$0.element.size, $0.name) < (-$1.element.size, $1.name) }
        precondition(Set(sorted.map(\.name)).count == sorted.count, "one tensor a name")
        var places: [SafetensorsHeader.Place] = []
        var end = 0
        for tensor in sorted {
            let start = end
            end += tensor.element.size * tensor.values.count
            places.append(
                .init(name: tensor.name, element: tensor.element, shape: tensor.shape, range: start..<end))
        }
        let header = SafetensorsHeader(places: places, metadata: metadata).bytes
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + end)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header)
        for tensor in sorted {
            for value in tensor.values {
                switch tensor.element {
                case .float32: withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
                case .float16:
                    let half = HalfPrecision.bits(nearestTo: value)
                    withUnsafeBytes(of: half.littleEndian) { bytes.append(contentsOf: $0) }
                case .int16: withUnsafeBytes(of: Int16(value).littleEndian) { bytes.append(contentsOf: $0) }
                case .int8: bytes.append(UInt8(bitPattern: Int8(value)))
                }
            }
        }
        return bytes
    }

    /// Writes the file, whole or not at all.
    ///
    /// - Throws: `NeuralFieldsError.fileUnwritable`.
    public func write(to path: String) throws(NeuralFieldsError) {
        do {
            try AtomicFile.write(bytes.span, to: path)
        } catch {
            throw .fileUnwritable(path: error.path, reason: error.reason)
        }
    }
}

// MARK: Reading

extension SafetensorsFile {
    /// Reads a file.
    ///
    /// - Throws: `NeuralFieldsError.fileUnreadable` when there is no such file or it cannot be read,
    ///   `NeuralFieldsError.invalidModelFile` when it is not a sound safetensors file.
    public init(path: String) throws(NeuralFieldsError) {
        let file = try ByteFile(path: path)
        let prefix = try file.bytes(0..<min(8, file.count))
        let headerEnd = try Self.headerEnd(prefix, fileSize: file.count, path: path)
        let header = try SafetensorsHeader(
            try file.bytes(8..<headerEnd), dataSize: file.count - headerEnd, path: path)
        self.init(header, data: try file.bytes(headerEnd..<file.count))
    }

    /// Reads what a file holds.
    ///
    /// - Parameter path: the file's name for messages.
    package init(bytes: [UInt8], path: String) throws(NeuralFieldsError) {
        let headerEnd = try Self.headerEnd(bytes, fileSize: bytes.count, path: path)
        let header = try SafetensorsHeader(
            Array(bytes[8..<headerEnd]), dataSize: bytes.count - headerEnd, path: path)
        self.init(header, data: Array(bytes[headerEnd...]))
    }

    /// Where the header ends, from the file's first 8 bytes.
    private static func headerEnd(_ bytes: [UInt8], fileSize: Int, path: String) throws(NeuralFieldsError) -> Int {
        guard bytes.count >= 8 else {
            throw .invalidModelFile(path: path, reason: "is not a model file: only \(fileSize) bytes")
        }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
        guard length <= UInt64(fileSize - 8), length <= UInt64(SafetensorsHeader.sizeLimit) else {
            throw .invalidModelFile(
                path: path,
                reason: "is not a model file, or is cut short: its header would be \(length) bytes of \(fileSize)")
        }
        return 8 + Int(length)
    }

    /// - Precondition: the header was checked against the data's size.
    private init(_ header: SafetensorsHeader, data: [UInt8]) {
        let tensors = header.places.map { place in
            let entryCount = place.range.count / place.element.size
            let values = [Float](unsafeUninitializedCapacity: entryCount) { buffer, count in
                data[place.range].withUnsafeBytes { bytes in
                    for index in 0..<entryCount {
                        let value: Float
                        switch place.element {
                        case .float32:
                            let word = bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
                            value = Float(bitPattern: UInt32(littleEndian: word))
                        case .float16:
                            let word = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                            value = HalfPrecision.value(UInt16(littleEndian: word))
                        case .int16:
                            let word = bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self)
                            value = Float(Int16(littleEndian: word))
                        case .int8:
                            value = Float(bytes.loadUnaligned(fromByteOffset: index, as: Int8.self))
                        }
                        buffer.initializeElement(at: index, to: value)
                    }
                }
                count = entryCount
            }
            return Tensor(place.name, element: place.element, shape: place.shape, values: values)
        }
        self.init(tensors: tensors.sorted { $0.name < $1.name }, metadata: header.metadata)
    }
}

/// A regular file that is open for reading.
private struct ByteFile: ~Copyable {
    let path: String
    let count: Int
    private let descriptor: Int32

    init(path: String) throws(NeuralFieldsError) {
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        descriptor = path.withFileName { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            throw .fileUnreadable(
                path: path,
                reason: errno == ENOENT
                    ? "no such file" : "cannot be read: \(String(cString: strerror(errno)).lowercased())")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            close(descriptor)
            throw .fileUnreadable(
                path: path, reason: isFolder ? "is a folder; name a model file in it" : "is not a regular file")
        }
        self.path = path
        count = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func bytes(_ range: Range<Int>) throws(NeuralFieldsError) -> [UInt8] {
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let read = pread(
                    descriptor, buffer.baseAddress! + count, min(range.count - count, 1 << 30),
                    off_t(range.lowerBound + count))
                if read < 0 && errno == EINTR { continue }
                if read <= 0 {
                    failure = read < 0 ? String(cString: strerror(errno)).lowercased() : "it shrank meanwhile"
                    return
                }
                count += read
            }
        }
        if let failure { throw .fileUnreadable(path: path, reason: "cannot be read: \(failure)") }
        return bytes
    }
}
