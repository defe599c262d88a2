/// An ONNX graph, built node by node (github.com/onnx/onnx, onnx.proto3 and Operators.md).
struct OnnxGraph {
    /// Operator set 13 of 2020 has all that networks need and is read by every present runtime; lattices need 18 of 2022,
    /// whose products take their axes as an input and which has bitwise operators.
    private static let networkOperatorSet = 13
    private static let latticeOperatorSet = 18
    private static let latticeOperators: Set<String> = ["ReduceProd", "BitwiseXor", "BitwiseAnd"]
    /// The versions of the file format that came with them.
    private static let formatVersions = [networkOperatorSet: 7, latticeOperatorSet: 8]

    private struct Node {
        var type: String
        var inputs: [String]
        var output: String
        var integers: [String: Int]
    }

    /// Elements of a tensor: what ONNX calls its data type.
    private enum Element: Int {
        case float = 1
        case integer = 7
    }

    private var nodes: [Node] = []
    private var constants: [ProtocolBuffer] = []
    private var constantNames: Set<String> = []

    /// Appends a node of one output.
    ///
    /// - Parameter output: nil for a name that no other node has.
    /// - Returns: the output's name.
    mutating func node(
        _ type: String, _ inputs: [String], output: String? = nil, integers: [String: Int] = [:]
    ) -> String {
        let output = output ?? "\(type.lowercased())_\(nodes.count)"
        nodes.append(Node(type: type, inputs: inputs, output: output, integers: integers))
        return output
    }

    /// Whole numbers, none below 0, as places of a `Gather`: a point that is not a number has a value that is none, and no place
    /// outside of a table, which would fail the whole batch.
    mutating func indices(_ numbers: String) -> String {
        let whole = node("Cast", [numbers], integers: ["to": Element.integer.rawValue])
        return node("Max", [whole, constant("first_index", integers: [0])])
    }

    /// Adds a tensor that the graph holds, once a name; an empty shape for a number.
    ///
    /// - Returns: its name.
    mutating func constant(_ name: String, shape: [Int] = [], _ values: [Float]) -> String {
        constant(name, shape: shape, .float) {
            values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
        }
    }

    /// The same of 64-bit integers.
    mutating func constant(_ name: String, shape: [Int] = [], integers: [Int]) -> String {
        constant(name, shape: shape, .integer) {
            integers.flatMap { value in withUnsafeBytes(of: Int64(value).littleEndian, Array.init) }
        }
    }

    private mutating func constant(
        _ name: String, shape: [Int], _ element: Element, bytes: () -> [UInt8]
    ) -> String {
        guard constantNames.insert(name).inserted else { return name }
        var tensor = ProtocolBuffer()
        for extent in shape { tensor.append(1, extent) }
        tensor.append(2, element.rawValue)
        tensor.append(8, name)
        tensor.append(9, bytes: bytes())
        constants.append(tensor)
        return name
    }

    /// The whole model: `input` (n, `inputColumns`) → `output` (n, `outputColumns`).
    ///
    /// - Parameter outputName: what the node's output `output` is called in the file.
    func model(
        input: String, inputColumns: Int, output: String, outputName: String, outputColumns: Int,
        metadata: [String: String]
    ) -> [UInt8] {
        let usesLattices = nodes.contains { Self.latticeOperators.contains($0.type) }
        let operatorSet = usesLattices ? Self.latticeOperatorSet : Self.networkOperatorSet
        var model = ProtocolBuffer()
        model.append(1, Self.formatVersions[operatorSet] ?? 8)
        model.append(2, "shapefit")
        model.append(7) { graph in
            for node in nodes { graph.append(1, Self.message(node, renaming: output, to: outputName)) }
            graph.append(2, "coordinate network")
            for constant in constants { graph.append(5, constant) }
            graph.append(11, Self.matrix(input, inputColumns))
            graph.append(12, Self.matrix(outputName, outputColumns))
        }
        model.append(8) { operators in
            operators.append(1, "")
            operators.append(2, operatorSet)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            model.append(14) { entry in
                entry.append(1, key)
                entry.append(2, value)
            }
        }
        return model.bytes
    }

    private static func message(_ node: Node, renaming old: String, to new: String) -> ProtocolBuffer {
        var message = ProtocolBuffer()
        for input in node.inputs { message.append(1, input == old ? new : input) }
        message.append(2, node.output == old ? new : node.output)
        message.append(4, node.type)
        for (name, value) in node.integers.sorted(by: { $0.key < $1.key }) {
            message.append(5) { attribute in
                attribute.append(1, name)
                attribute.append(3, value)
                attribute.append(20, 2)
            }
        }
        return message
    }

    /// A matrix of single-precision numbers with any number of rows.
    private static func matrix(_ name: String, _ columns: Int) -> ProtocolBuffer {
        var value = ProtocolBuffer()
        value.append(1, name)
        value.append(2) { type in
            type.append(1) { tensor in
                tensor.append(1, Element.float.rawValue)
                tensor.append(2) { shape in
                    shape.append(1) { $0.append(2, "n") }
                    shape.append(1) { $0.append(1, columns) }
                }
            }
        }
        return value
    }
}
