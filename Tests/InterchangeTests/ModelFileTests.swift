import Core
import Interchange
import NeuralFields
import TestSupport
import Testing

@Suite struct ModelFileTests {
    @Test(arguments: GradientCase.all) func readsWhatItWrote(_ testCase: GradientCase) throws {
        let network = try testCase.makeNetwork()
        try withTemporaryFolder { folder in
            let path = folder + "/model.safetensors"
            let metadata = ["configuration": #"{"sigma":5}"#, "generator": "test"]
            try ModelFile.write(network, metadata: metadata, to: path)
            let read = try ModelFile.read(path: path)
            #expect(read.network == network)
            #expect(read.metadata == metadata)
        }
    }

    /// Weights of half precision take half the bytes, are the same when read, and tell older readers that they cannot read them.
    @Test(arguments: GradientCase.all) func halvesTakeHalfTheBytes(_ testCase: GradientCase) throws {
        var network = try testCase.makeNetwork()
        let whole = ModelFile.contents(network, metadata: [:])
        network.roundToHalves()
        let file = ModelFile.contents(network, metadata: [:])
        #expect(file.metadata["network.format_version"] == "4")
        #expect(try ModelFile.network(in: SafetensorsFile(bytes: file.bytes, path: "m"), path: "m").network == network)
        let saved =
            whole.tensors.reduce(0) { $0 + $1.element.size * $1.values.count }
            - file.tensors.reduce(0) { $0 + $1.element.size * $1.values.count }
        #expect(saved == 2 * network.parameters.count)
        network.parameters[0] = 1e5
        let parameters = network.parameters
        network.roundToHalves()
        #expect(network.parameters == parameters, "beyond what half precision holds")
    }

    private static func makeNetwork(_ encoding: String = "gaussian") throws -> CoordinateNetwork {
        let encoding = try #require(EncodingConfiguration.tested.first { $0.name == encoding })
        return try GradientCase(encoding: encoding, width: 4).makeNetwork()
    }

    private static func error(_ file: SafetensorsFile) -> String? {
        do throws(NeuralFieldsError) {
            _ = try ModelFile.network(in: file, path: "model")
            return nil
        } catch {
            guard case .invalidModelFile = error else { return "another error: \(error)" }
            return "\(error)"
        }
    }

    @Test func saysWhatIsWrong() throws {
        let network = try Self.makeNetwork()
        let sound = ModelFile.contents(network, metadata: [:])
        #expect(Self.error(sound) == nil)
        func expect(_ fragment: String, _ change: (inout SafetensorsFile) -> Void) {
            var file = sound
            change(&file)
            let message = Self.error(file) ?? "accepted"
            #expect(message.contains(fragment) && !message.contains("\n"), "\(message) instead of \(fragment)")
        }
        func replace(
            _ name: String, _ file: inout SafetensorsFile, _ change: (SafetensorsFile.Tensor) -> SafetensorsFile.Tensor?
        ) {
            file.tensors = file.tensors.compactMap { $0.name == name ? change($0) : $0 }
        }
        expect("not a model of shapefit") { $0.metadata = ["format": "pt"] }
        expect("newer shapefit (format 5") { $0.metadata["network.format_version"] = "5" }
        expect("format version 0") { $0.metadata["network.format_version"] = "0" }
        expect("network.activation is") { $0.metadata["network.activation"] = "gelu" }
        expect("network.activation_scale") { $0.metadata["network.activation_scale"] = "nan" }
        expect("network.input_dimension") { $0.metadata["network.input_dimension"] = "-3" }
        expect("encoding.frequencies has the shape") { $0.metadata["network.input_dimension"] = "2" }
        expect("lacks the tensor encoding.amplitudes") { replace("encoding.amplitudes", &$0) { _ in nil } }
        expect("lacks the tensor layers.1.bias") { replace("layers.1.bias", &$0) { _ in nil } }
        expect("lacks the tensor layers.1.weight") { replace("layers.1.weight", &$0) { _ in nil } }
        expect("lacks layers") { $0.tensors.removeAll { $0.name.hasPrefix("layers") } }
        expect("a tensor extra that no model has") { $0.tensors.append(.init("extra", shape: [1], values: [1])) }
        expect("layers.0.weight has the shape") {
            replace("layers.0.weight", &$0) { .init($0.name, shape: $0.shape.reversed(), values: $0.values) }
        }
        expect("layers.1.bias has the shape [1]") {
            replace("layers.1.bias", &$0) { .init($0.name, shape: [1], values: [0]) }
        }
        expect("layers.2.bias has the shape [0]") {
            $0.tensors.removeAll { $0.name.hasPrefix("layers.2") }
            $0.tensors.append(.init("layers.2.weight", shape: [1, 4], values: [0, 0, 0, 0]))
            $0.tensors.append(.init("layers.2.bias", shape: [0], values: []))
        }
        for (name, value) in [("layers.1.weight", Float.nan), ("encoding.frequencies", -.infinity)] {
            expect("\(name) holds NaN or infinity") {
                replace(name, &$0) { .init($0.name, shape: $0.shape, values: [value] + $0.values.dropFirst()) }
            }
        }
    }

    /// Hidden layers of different widths are not what this version evaluates.
    @Test func rejectsUnevenWidths() {
        func layer(_ index: Int, _ outputs: Int, _ inputs: Int) -> [SafetensorsFile.Tensor] {
            [
                .init(
                    "layers.\(index).weight", shape: [outputs, inputs],
                    values: .init(repeating: 0, count: outputs * inputs)),
                .init("layers.\(index).bias", shape: [outputs], values: .init(repeating: 0, count: outputs)),
            ]
        }
        let file = SafetensorsFile(
            tensors: layer(0, 4, 3) + layer(1, 5, 4) + layer(2, 1, 5),
            metadata: [
                "network.format_version": "1", "network.activation": "relu", "network.activation_scale": "1.0",
                "network.input_dimension": "3",
            ])
        #expect(Self.error(file)?.contains("layers.1.weight has the shape [5, 4] instead of [4, 4]") == true)
    }

    @Test func aFileIsReplacedWholeOrNotAtAll() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/model"
            let first = try Self.makeNetwork()
            try ModelFile.write(first, metadata: [:], to: path)
            #expect(throws: NeuralFieldsError.self) { try ModelFile.write(first, metadata: [:], to: folder) }
            let kept = try ModelFile.read(path: path)
            #expect(kept.network == first)
        }
    }

    /// Thousands of damaged files: each is either refused with a line that says why, or a network that can be used.
    @Test(arguments: 0..<8 as Range<UInt64>) func damagedFilesAreRefusedOrSound(_ seed: UInt64) throws {
        var network = try Self.makeNetwork(["gaussian", "none", "grid", "positional"][Int(seed % 4)])
        if seed >= 4 { network.roundToHalves() }
        let original = ModelFile.contents(network, metadata: ["note": "π and \"quotes\""]).bytes
        let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
        let stream = RandomStream(seed: seed, stream: 5)
        var refused = 0
        for round in 0..<600 {
            var bytes = original
            let draw = (0..<4).map { stream.words(at: UInt64(4 * round + $0)) }
            let place = Int(draw[0].x) % (round % 4 == 0 ? bytes.count : headerEnd)
            switch draw[0].y % 6 {
            case 0: bytes[place] ^= UInt8(1 << (draw[0].z % 8))
            case 1: bytes.removeLast(bytes.count - place)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(UInt8(truncatingIfNeeded: draw[0].z), at: place)
            case 4: for byte in 0..<8 { bytes[byte] = UInt8(truncatingIfNeeded: draw[1].x >> UInt32(byte % 4 * 8)) }
            default:
                // A digit, a quote or a bracket of the header in another's place.
                let alphabet = Array(#"0123456789"{}[]:,\-"#.utf8)
                for word in draw { bytes[8 + Int(word.x) % (headerEnd - 8)] = alphabet[Int(word.y) % alphabet.count] }
            }
            do throws(NeuralFieldsError) {
                let read = try ModelFile.network(in: SafetensorsFile(bytes: bytes, path: "model"), path: "model")
                    .network
                #expect(read.parameters.allSatisfy { $0.isFinite })
                #expect(read.parameters.count == read.parameterCount)
            } catch {
                guard case .invalidModelFile = error else { Issue.record("\(error)"); continue }
                refused += 1
            }
        }
        // Only a bit of a number or of the note can be other without being noticed.
        #expect(refused > 400 && refused < 600)
    }
}
