import Core
import NeuralFields

/// The header of a safetensors file: where each tensor stands in the data, and the dictionary of text.
struct SafetensorsHeader {
    struct Place {
        var name: String
        var element: SafetensorsFile.Tensor.Element
        var shape: [Int]
        /// Bytes of the data.
        var range: Range<Int>
    }

    /// The reference implementation's limit, in bytes.
    static let sizeLimit = 100_000_000
    static let metadataKey = "__metadata__"

    var places: [Place]
    var metadata: [String: String]

    init(places: [Place], metadata: [String: String]) {
        self.places = places
        self.metadata = metadata
    }

    /// JSON with sorted keys, filled up with spaces so that the data that follows is aligned to 8 bytes.
    var bytes: [UInt8] {
        var entries: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { Self.quoted($0.key) + ":" + Self.quoted($0.value) }
            entries.append("\"\(Self.metadataKey)\":{\(pairs.joined(separator: ","))}")
        }
        for place in places {
            let shape = place.shape.map(String.init).joined(separator: ",")
            entries.append(
                Self.quoted(place.name)
                    + ":{\"dtype\":\"\(place.element.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(place.range.lowerBound),\(place.range.upperBound)]}"
            )
        }
        var bytes = Array("{\(entries.joined(separator: ","))}".utf8)
        while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
        return bytes
    }

    private static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string always encodes.
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

// MARK: Reading

extension SafetensorsHeader {
    /// Reads a header and checks it against the data that follows it: as the format demands, tensors cover the data
    /// without gap or overlap.
    ///
    /// - Parameters:
    ///   - path: the file's name for messages.
    ///   - dataSize: bytes that follow the header.
    init(_ bytes: [UInt8], dataSize: Int, path: String) throws(NeuralFieldsError) {
        let contents: Contents
        do {
            contents = try JSONDecoder().decode(Contents.self, from: Data(bytes))
        } catch {
            throw .invalidModelFile(path: path, reason: "is not a model file: \(Self.reason(error))")
        }
        self.init(places: contents.places, metadata: contents.metadata)
        if let problem = coverProblem(dataSize: dataSize) {
            throw .invalidModelFile(path: path, reason: "is damaged: \(problem)")
        }
    }

    /// One line of a decoder's error.
    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .dataCorrupted(let context)?:
            context.codingPath.isEmpty ? "its header is not JSON" : context.debugDescription
        case .keyNotFound(let key, let context)?:
            "tensor \(context.codingPath[0].stringValue) without \(key.stringValue)"
        case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?:
            "its header has another value than expected at \(context.codingPath.map(\.stringValue).joined(separator: "/"))"
        default: "its header is not JSON"
        }
    }

    private func coverProblem(dataSize: Int) -> String? {
        var names: Set<String> = []
        for place in places where !names.insert(place.name).inserted { return "it has the tensor \(place.name) twice" }
        var end = 0
        for place in places.sorted(by: {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            guard place.range.lowerBound == end else { return "tensor \(place.name) leaves a gap or overlaps another" }
            end = place.range.upperBound
        }
        if end > dataSize { return "it is cut short, \(dataSize) of \(end) bytes of data are there" }
        if end < dataSize { return "\(dataSize - end) bytes follow the last tensor" }
        return nil
    }
}

/// A header as JSON has it: the metadata, and a tensor a key.
private struct Contents: Decodable {
    var places: [SafetensorsHeader.Place] = []
    var metadata: [String: String] = [:]

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Entry: Decodable {
        let dtype: String
        let shape: [UInt]
        let offsets: [UInt]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            if key.stringValue == SafetensorsHeader.metadataKey {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                places.append(try Self.place(key, in: container))
            }
        }
    }

    private static func place(
        _ key: Key, in container: KeyedDecodingContainer<Key>
    ) throws -> SafetensorsHeader.Place {
        let (entry, name) = (try container.decode(Entry.self, forKey: key), key.stringValue)
        func damaged(_ text: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: "its header has tensor \(name) \(text)")
        }
        guard let element = SafetensorsFile.Tensor.Element(rawValue: entry.dtype) else {
            throw damaged("of type \(entry.dtype); only F32, I16 and I8 are read")
        }
        let (shape, offsets) = (
            entry.shape.compactMap(Int.init(exactly:)), entry.offsets.compactMap(Int.init(exactly:))
        )
        guard offsets.count == 2, entry.offsets.count == 2, offsets[0] <= offsets[1] else {
            throw damaged("with the place \(entry.offsets)")
        }
        var size = element.size
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            if overflow { throw damaged("of the shape \(shape)") }
            size = product
        }
        guard shape.count == entry.shape.count, size == offsets[1] - offsets[0] else {
            throw damaged("of the shape \(entry.shape) in \(offsets[1] - offsets[0]) bytes")
        }
        return SafetensorsHeader.Place(name: name, element: element, shape: shape, range: offsets[0]..<offsets[1])
    }
}
