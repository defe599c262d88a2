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
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
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
        var reader = JSONReader(bytes)
        self.init(places: [], metadata: [:])
        var hasMetadata = false
        do {
            try reader.object { (reader, key) throws(JSONReader.Failure) in
                if key == Self.metadataKey {
                    if hasMetadata { throw .unexpected("the metadata twice") }
                    hasMetadata = true
                    try reader.object { (reader, key) throws(JSONReader.Failure) in
                        guard metadata.updateValue(try reader.string(), forKey: key) == nil else {
                            throw .unexpected("the metadata \(key) twice")
                        }
                    }
                } else {
                    places.append(try Self.place(key, &reader))
                }
            }
            try reader.end()
        } catch {
            throw .invalidModelFile(path: path, reason: "is not a model file: \(error)")
        }
        if let problem = coverProblem(dataSize: dataSize) {
            throw .invalidModelFile(path: path, reason: "is damaged: \(problem)")
        }
    }

    private static func place(_ name: String, _ reader: inout JSONReader) throws(JSONReader.Failure) -> Place {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try reader.object { (reader, key) throws(JSONReader.Failure) in
            switch key {
            case "dtype" where type == nil: type = try reader.string()
            case "shape" where shape == nil: shape = try reader.integers()
            case "data_offsets" where offsets == nil: offsets = try reader.integers()
            default: throw .unexpected("\(key) in tensor \(name)")
            }
        }
        guard let type, let shape, let offsets else { throw .unexpected("tensor \(name) without type, shape or place") }
        guard let element = SafetensorsFile.Tensor.Element(rawValue: type) else {
            throw .unexpected("tensor \(name) of type \(type); only F32, I16 and I8 are read")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .unexpected("tensor \(name) with the place \(offsets)")
        }
        var size = element.size
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            if overflow { throw .unexpected("tensor \(name) of the shape \(shape)") }
            size = product
        }
        guard size == offsets[1] - offsets[0] else {
            throw .unexpected("tensor \(name) of the shape \(shape) in \(offsets[1] - offsets[0]) bytes")
        }
        return Place(name: name, element: element, shape: shape, range: offsets[0]..<offsets[1])
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
