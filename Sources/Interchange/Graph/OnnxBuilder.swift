import NeuralFields

/// Writes a model's description as the nodes of an ONNX graph.
struct OnnxBuilder: GraphBuilder {
    /// A tensor of the graph: `(n, columns)`.
    struct Rows {
        let name: String
        let columns: Int
    }

    var graph = OnnxGraph()
    /// The phases of values whose sine or cosine of turns was taken: the other is often taken as well.
    private var phases: [String: String] = [:]

    mutating func shift(_ x: Rows, by c: [Float], name: String) -> Rows { node("Add", x, constant(name, c)) }

    mutating func scale(_ x: Rows, by c: [Float], name: String) -> Rows { node("Mul", x, constant(name, c)) }

    mutating func linear(_ x: Rows, weights: [Float], bias: [Float]?, outputs: Int, name: String) -> Rows {
        var inputs = [x.name, graph.constant(name + ".weight", shape: [outputs, x.columns], weights)]
        if let bias { inputs.append(graph.constant(name + ".bias", shape: [outputs], bias)) }
        return Rows(name: graph.node("Gemm", inputs, integers: ["transB": 1]), columns: outputs)
    }

    mutating func apply(_ function: ElementaryFunction, to x: Rows) -> Rows {
        switch function {
        case .rectified: node("Relu", x)
        case .magnitude: node("Abs", x)
        case .sine: node("Sin", x)
        case .exponential: node("Exp", x)
        case .artanh: node("Atanh", x)
        case .sineOfTurns: Rows(name: graph.node("Sin", [phase(x)]), columns: x.columns)
        case .cosineOfTurns: Rows(name: graph.node("Cos", [phase(x)]), columns: x.columns)
        }
    }

    /// 2π times what is left of x without whole turns, in [−π, π]: a runtime's sine then stays within rounding of ours.
    private mutating func phase(_ x: Rows) -> String {
        if let known = phases[x.name] { return known }
        let rest = graph.node("Sub", [x.name, graph.node("Round", [x.name])])
        let phase = graph.node("Mul", [rest, graph.constant("two_pi", [2 * .pi])])
        phases[x.name] = phase
        return phase
    }

    mutating func add(_ x: Rows, _ y: Rows) -> Rows { node("Add", x, y.name) }

    mutating func multiply(_ x: Rows, _ y: Rows) -> Rows { node("Mul", x, y.name) }

    mutating func clamp(_ x: Rows, to range: ClosedRange<Float>, name: String) -> Rows {
        node(
            "Clip", x, graph.constant(name + ".lower", [range.lowerBound]),
            graph.constant(name + ".upper", [range.upperBound]))
    }

    mutating func concatenate(_ rows: [Rows]) -> Rows {
        Rows(
            name: graph.node("Concat", rows.map(\.name), integers: ["axis": 1]),
            columns: rows.reduce(0) { $0 + $1.columns })
    }

    /// Gathers the values of every corner of a point's cell, `(n, corners, channels)`, and sums them with their weights.
    mutating func interpolate(_ x: Rows, in lattice: Lattice) -> Rows {
        let (name, axes) = (lattice.name, lattice.counts.count)
        let corners = 1 << axes
        let last = graph.constant(name + ".last", shape: [axes], lattice.counts.map { Float($0 - 1) })
        let zero = graph.constant("zero", [0])
        let position = graph.node("Min", [graph.node("Max", [x.name, zero]), last])
        let lastCell = graph.constant(name + ".last_cell", shape: [axes], lattice.counts.map { Float($0 - 2) })
        let cell = graph.node("Min", [graph.node("Floor", [position]), lastCell])
        let corner = (0..<corners).flatMap { corner in (0..<axes).map { Float(corner >> $0 & 1) } }
        let middle = graph.constant("axis_1", shape: [1], integers: [1])
        func expanded(_ rows: String) -> String { graph.node("Unsqueeze", [rows, middle]) }

        // A corner's weight is the product of |part − (1 − corner)| over the axes.
        let part = expanded(graph.node("Sub", [position, cell]))
        let opposite = graph.constant("corners_\(axes).opposite", shape: [1, corners, axes], corner.map { 1 - $0 })
        let weights = graph.node(
            "ReduceProd",
            [
                graph.node("Abs", [graph.node("Sub", [part, opposite])]),
                graph.constant("axis_2", shape: [1], integers: [2]),
            ], integers: ["keepdims": 0])

        let offsets = graph.constant("corners_\(axes)", shape: [1, corners, axes], corner)
        let nodes = graph.indices(graph.node("Add", [expanded(cell), offsets]))
        let table = graph.constant(
            name + ".values", shape: [lattice.entryCount, lattice.channels], lattice.values)
        let values = graph.node("Gather", [table, entries(of: nodes, in: lattice)])
        let sum = graph.node("MatMul", [expanded(weights), values])
        return Rows(name: graph.node("Squeeze", [sum, middle]), columns: lattice.channels)
    }

    /// The entries `(n, corners)` of nodes `(n, corners, axes)`.
    private mutating func entries(of nodes: String, in lattice: Lattice) -> String {
        let axes = lattice.counts.count
        switch lattice.storage {
        case .dense:
            var strides = [1]
            for count in lattice.counts.dropLast() { strides.append(strides[strides.count - 1] * count) }
            let places = graph.node(
                "Mul", [nodes, graph.constant(lattice.name + ".strides", shape: [axes], integers: strides)])
            return graph.node(
                "ReduceSum", [places, graph.constant("axis_2", shape: [1], integers: [2])], integers: ["keepdims": 0])
        case .hashed(let exponent):
            let factors = graph.constant(
                "hash_factors_\(axes)", shape: [axes], integers: Array(Lattice.hashFactors.prefix(axes)))
            let products = graph.node("Mul", [nodes, factors])
            let parts = (0..<axes).map { axis in
                graph.node(
                    "Gather", [products, graph.constant("number_\(axis)", integers: [axis])], integers: ["axis": 2])
            }
            let hash = parts.dropFirst().reduce(parts[0]) { graph.node("BitwiseXor", [$0, $1]) }
            return graph.node(
                "BitwiseAnd", [hash, graph.constant(lattice.name + ".mask", integers: [1 << exponent - 1])])
        }
    }

    private mutating func constant(_ name: String, _ c: [Float]) -> String {
        graph.constant(name, shape: c.count == 1 ? [] : [c.count], c)
    }

    private mutating func node(_ type: String, _ x: Rows, _ others: String...) -> Rows {
        Rows(name: graph.node(type, [x.name] + others), columns: x.columns)
    }
}
