/// An ONNX graph of single-precision tensors, built node by node (github.com/onnx/onnx, onnx.proto3 and Operators.md).
struct OnnxGraph {
    /// Operator set 13 of 2020 has all that is used here and is read by every present runtime.
    private static let operatorSet = 13
    /// The version of the file format that came with it.
    private static let formatVersion = 7

    private var nodes: [ProtocolBuffer] = []
    private var constants: [ProtocolBuffer] = []
    private var constantNames: Set<String> = []

    /// Appends a node of one output.
    ///
    /// - Returns: the output's name.
    mutating func node(_ type: String, _ inputs: [String], output: String? = nil, integers: [String: Int] = [:])
        -> String
    {
        let output = output ?? "\(type.lowercased())_\(nodes.count)"
        var node = ProtocolBuffer()
        for input in inputs { node.append(1, input) }
        node.append(2, output)
        node.append(4, type)
        for (name, value) in integers.sorted(by: { $0.key < $1.key }) {
            node.append(5) { attribute in
                attribute.append(1, name)
                attribute.append(3, value)
                attribute.append(20, 2)
            }
        }
        nodes.append(node)
        return output
    }

    /// Adds a tensor that the graph holds, once a name; an empty shape for a number.
    ///
    /// - Returns: its name.
    mutating func constant(_ name: String, shape: [Int] = [], _ values: [Float]) -> String {
        guard constantNames.insert(name).inserted else { return name }
        var tensor = ProtocolBuffer()
        for extent in shape { tensor.append(1, extent) }
        tensor.append(2, 1)
        tensor.append(8, name)
        tensor.append(
            9, bytes: values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) })
        constants.append(tensor)
        return name
    }

    /// The same of 64-bit integers.
    mutating func constant(_ name: String, shape: [Int] = [], integers: [Int]) -> String {
        guard constantNames.insert(name).inserted else { return name }
        var tensor = ProtocolBuffer()
        for extent in shape { tensor.append(1, extent) }
        tensor.append(2, 7)
        tensor.append(8, name)
        tensor.append(
            9, bytes: integers.flatMap { value in withUnsafeBytes(of: Int64(value).littleEndian, Array.init) })
        constants.append(tensor)
        return name
    }

    /// The whole model: `input` (n, `inputColumns`) → `output` (n, `outputColumns`).
    func model(
        input: String, inputColumns: Int, output: String, outputColumns: Int, metadata: [String: String]
    ) -> [UInt8] {
        func matrix(_ name: String, _ columns: Int) -> ProtocolBuffer {
            var value = ProtocolBuffer()
            value.append(1, name)
            value.append(2) { type in
                type.append(1) { tensor in
                    tensor.append(1, 1)
                    tensor.append(2) { shape in
                        shape.append(1) { $0.append(2, "n") }
                        shape.append(1) { $0.append(1, columns) }
                    }
                }
            }
            return value
        }
        var model = ProtocolBuffer()
        model.append(1, Self.formatVersion)
        model.append(2, "shapefit")
        model.append(7) { graph in
            for node in nodes { graph.append(1, node) }
            graph.append(2, "coordinate network")
            for constant in constants { graph.append(5, constant) }
            graph.append(11, matrix(input, inputColumns))
            graph.append(12, matrix(output, outputColumns))
        }
        model.append(8) { operators in
            operators.append(1, "")
            operators.append(2, Self.operatorSet)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            model.append(14) { entry in
                entry.append(1, key)
                entry.append(2, value)
            }
        }
        return model.bytes
    }
}
