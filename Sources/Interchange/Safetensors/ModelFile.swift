import Core
import NeuralFields

/// Networks in files: safetensors that Python's `safetensors` and NumPy read as well.
///
/// Tensors, with d coordinates, m frequencies and layers i = 0 … depth:
///
/// | name | shape |
/// |---|---|
/// | `encoding.frequencies` | (d, m), cycles a unit; absent for the encoding 2v − 1 |
/// | `encoding.amplitudes` | (m); absent likewise |
/// | `layers.<i>.weight` | (outputs, inputs) |
/// | `layers.<i>.bias` | (outputs) |
/// | `encoding.<group>` | a group of the encoding's own parameters, where it has any |
///
/// Layers and groups are stored in half precision where that holds every one of the network's numbers exactly; see
/// `CoordinateNetwork.roundToHalves`. All else is of single precision.
///
/// Metadata under `network.` says the format's version, the activation with its scale, d, and the settings of an encoding
/// that is made from them, as JSON; everything else there is the caller's. A feature row is all a_j cos(2π b_jᵀv), then all a_j sin(2π b_jᵀv); the activation follows every layer
/// but the last.
public enum ModelFile {
    /// The newest format that is read. It grows when older readers would get other values: 2 has a base beside the network, or
    /// an encoding that is made from settings, 3 a grid instead of a network, 4 numbers of half precision.
    public static let formatVersion = 4
    private static let gridFormatVersion = 3
    /// What a network alone is written as: readers of the first version read it.
    static let networkFormatVersion = 1
    private static let baseFormatVersion = 2

    private enum Key {
        static let reservedPrefix = "network."
        static let formatVersion = "network.format_version"
        static let activation = "network.activation"
        static let activationScale = "network.activation_scale"
        static let inputDimension = "network.input_dimension"
        static let encoding = "network.encoding"
    }

    /// Writes a network, whole or not at all; the same network and metadata give the same bytes.
    ///
    /// - Parameters:
    ///   - metadata: any text by any key that does not start with `network.`.
    ///   - network: of any encoding that has settings.
    ///   - path: of the file.
    /// - Throws: `NeuralFieldsError.fileUnwritable`.
    public static func write(
        _ network: CoordinateNetwork, metadata: [String: String], to path: String
    ) throws(NeuralFieldsError) {
        try contents(network, metadata: metadata).write(to: path)
    }

    /// Reads a network that ``write(_:metadata:to:)`` wrote, to the same bits, and the metadata that it was given.
    ///
    /// - Throws: `NeuralFieldsError.fileUnreadable` when there is no such file or it cannot be read,
    ///   `NeuralFieldsError.invalidModelFile` when it is not a model, is damaged or is of a newer
    ///   version. Every tensor's shape is checked, and that all numbers are finite.
    public static func read(
        path: String
    ) throws(NeuralFieldsError) -> (network: CoordinateNetwork, metadata: [String: String]) {
        try network(in: SafetensorsFile(path: path), path: path)
    }

    /// A network as tensors and metadata.
    package static func contents(_ network: CoordinateNetwork, metadata: [String: String]) -> SafetensorsFile {
        precondition(!metadata.keys.contains { $0.hasPrefix(Key.reservedPrefix) }, "metadata beside the network's own")
        let shape = network.shape
        var own = [
            Key.formatVersion: "\(networkFormatVersion)",
            Key.activation: shape.activation.kind.rawValue,
            Key.activationScale: "\(shape.activation.scale)",
            Key.inputDimension: "\(network.inputDimension)",
        ]
        if let configuration = network.encoding.configuration {
            own[Key.formatVersion] = "\(baseFormatVersion)"
            own[Key.encoding] = json(configuration)
        }
        var file = SafetensorsFile(tensors: [], metadata: metadata.merging(own) { _, own in own })
        if let fourier = network.encoding as? FourierFeatures {
            file.tensors.append(
                .init(
                    "encoding.frequencies", shape: [fourier.inputDimension, fourier.count],
                    values: fourier.frequencies))
            file.tensors.append(.init("encoding.amplitudes", shape: [fourier.count], values: fourier.amplitudes))
        }
        let isHalf = network.isOfHalves
        if isHalf { file.metadata[Key.formatVersion] = "\(formatVersion)" }
        func append(_ name: String, _ shape: [Int], _ range: Range<Int>) {
            let values = Array(network.parameters[range])
            file.tensors.append(
                isHalf ? .init(name, shape: shape, halves: values) : .init(name, shape: shape, values: values))
        }
        for group in network.parameterGroups.dropFirst(shape.layers.count) {
            append(group.name, [group.rows, group.columns], group.start..<group.end)
        }
        for (index, layer) in shape.layers.enumerated() {
            append("layers.\(index).weight", [layer.outputs, layer.inputs], layer.weights..<layer.biases)
            append("layers.\(index).bias", [layer.outputs], layer.biases..<layer.end)
        }
        return file
    }

    /// Says in a file that it has more than a network, without which its values would be others.
    package static func markAsMore(_ file: inout SafetensorsFile) {
        let version = file.metadata[Key.formatVersion].flatMap { Int($0) } ?? baseFormatVersion
        file.metadata[Key.formatVersion] = "\(max(version, baseFormatVersion))"
    }

    static func markAsGrid(_ file: inout SafetensorsFile) { file.metadata[Key.formatVersion] = "\(gridFormatVersion)" }

    /// - Throws: where a file is no model, or one of a newer version.
    static func checkVersion(of file: SafetensorsFile, path: String) throws(NeuralFieldsError) {
        func fail(_ reason: String) -> NeuralFieldsError { .invalidModelFile(path: path, reason: reason) }
        guard let versionText = file.metadata[Key.formatVersion], let version = Int(versionText) else {
            throw fail("is a safetensors file, but not a model of shapefit")
        }
        guard version <= formatVersion else {
            throw fail(
                "was written by a newer shapefit (format \(version), this one reads up to \(formatVersion)): update shapefit"
            )
        }
        guard version >= 1 else { throw fail("is damaged: format version \(version)") }
    }

    /// The network and the caller's metadata that a file holds.
    ///
    /// - Parameter path: the file's name for messages.
    package static func network(
        in file: SafetensorsFile, path: String
    ) throws(NeuralFieldsError) -> (network: CoordinateNetwork, metadata: [String: String]) {
        func fail(_ reason: String) -> NeuralFieldsError { .invalidModelFile(path: path, reason: reason) }

        try checkVersion(of: file, path: path)
        let activation = try activation(in: file, path: path)
        guard let dimension = file.metadata[Key.inputDimension].flatMap({ Int($0) }), (1...1024).contains(dimension)
        else {
            throw fail("is damaged: \(Key.inputDimension) is missing or not from 1 to 1024")
        }

        var unread = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
        func take(_ name: String, _ shape: [Int?]) throws(NeuralFieldsError) -> SafetensorsFile.Tensor {
            guard let tensor = unread.removeValue(forKey: name) else {
                throw fail("is damaged: it lacks the tensor \(name)")
            }
            guard tensor.shape.count == shape.count, zip(tensor.shape, shape).allSatisfy({ $0 >= 1 && $0 == $1 ?? $0 })
            else {
                let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
                throw fail("is damaged: \(name) has the shape \(tensor.shape) instead of [\(expected)]")
            }
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw fail("cannot be used: \(name) holds NaN or infinity; was its training stopped as it diverged?")
            }
            return tensor
        }

        var encoding: any Encoding = IdentityEncoding(inputDimension: dimension)
        var encodingParameters: [Float] = []
        if let json = file.metadata[Key.encoding] {
            encoding = try madeEncoding(json, inputDimension: dimension, path: path)
            for group in encoding.parameterGroups {
                encodingParameters += try take("encoding.\(group.name)", [group.rows, group.columns]).values
            }
        } else if unread["encoding.frequencies"] != nil || unread["encoding.amplitudes"] != nil {
            let frequencies = try take("encoding.frequencies", [dimension, nil])
            let amplitudes = try take("encoding.amplitudes", [frequencies.shape[1]])
            encoding = FourierFeatures(
                inputDimension: dimension, frequencies: frequencies.values, amplitudes: amplitudes.values)
        }

        let depth = unread.keys.count { $0.hasPrefix("layers.") && $0.hasSuffix(".weight") } - 1
        guard depth >= 1 else { throw fail("is damaged: it lacks layers") }
        var parameters: [Float] = []
        var width: Int?
        var inputs = encoding.outputCount
        for index in 0...depth {
            // All hidden layers are as wide as the first.
            let weight = try take("layers.\(index).weight", [index == depth ? nil : width, inputs])
            let bias = try take("layers.\(index).bias", [weight.shape[0]])
            parameters += weight.values
            parameters += bias.values
            inputs = weight.shape[0]
            width = width ?? inputs
        }
        if let name = unread.keys.min() { throw fail("is damaged: it has a tensor \(name) that no model has") }
        let shape = MultilayerPerceptron(
            inputs: encoding.outputCount, width: width ?? 1, depth: depth, outputs: inputs, activation: activation)
        return (
            CoordinateNetwork(encoding: encoding, shape: shape, parameters: parameters + encodingParameters),
            file.metadata.filter { !$0.key.hasPrefix(Key.reservedPrefix) }
        )
    }

    private static func json(_ configuration: EncodingConfiguration) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Settings are numbers and names, all finite where an encoding was made of them.
        let data = (try? encoder.encode(configuration)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private static func madeEncoding(
        _ json: String, inputDimension: Int, path: String
    ) throws(NeuralFieldsError) -> any Encoding {
        guard let configuration = try? JSONDecoder().decode(EncodingConfiguration.self, from: Data(json.utf8)) else {
            throw .invalidModelFile(path: path, reason: "is damaged: \(Key.encoding) is none that is known")
        }
        do {
            return try configuration.makeEncoding(inputDimension: inputDimension)
        } catch {
            throw .invalidModelFile(path: path, reason: "is damaged: \(error)")
        }
    }

    private static func activation(in file: SafetensorsFile, path: String) throws(NeuralFieldsError) -> Activation {
        guard let kind = file.metadata[Key.activation].flatMap(Activation.Kind.init) else {
            throw .invalidModelFile(
                path: path, reason: "is damaged: \(Key.activation) is missing or none that is known")
        }
        guard let scale = file.metadata[Key.activationScale].flatMap(Float.init), scale.isFinite,
            kind == .relu || scale > 0
        else {
            throw .invalidModelFile(
                path: path, reason: "is damaged: \(Key.activationScale) is missing or not a positive number")
        }
        return Activation(kind, scale: scale)
    }
}
