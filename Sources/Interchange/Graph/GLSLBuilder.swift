import NeuralFields

/// Writes a model's description as statements of the OpenGL Shading Language.
///
/// Columns go in groups of four, `vec4`s, the last filled up; what fills it is never looked at. A single column that a layer
/// or a lattice gives is a `float`.
struct GLSLBuilder: GraphBuilder {
    struct Group {
        let name: String
        /// Which columns it holds.
        let columns: Range<Int>
        let isScalar: Bool

        var type: String { isScalar ? "float" : "vec4" }
    }

    struct Rows {
        let groups: [Group]
        var columns: Int { groups.last?.columns.upperBound ?? 0 }
    }

    /// Tables, which stand before the function and need the arrays and integers of GLSL 1.30 or GLSL ES 3.00.
    private(set) var declarations: [String] = []
    /// Of the function's body, in order.
    private(set) var statements: [String] = []
    /// How many numbers of layers and lattices are written.
    private(set) var numberCount = 0
    /// The prefix of tables' names.
    private let tablePrefix: String
    private var variableCount = 0

    init(tablePrefix: String = "table") { self.tablePrefix = tablePrefix }

    /// The point, a `float`, `vec2` or `vec3` of this name.
    mutating func input(_ name: String, dimension: Int) -> Rows {
        let fill = [String](repeating: ", 0.0", count: 4 - dimension).joined()
        return Rows(groups: [declare(0..<dimension, "vec4(\(name)\(fill))")])
    }

    mutating func shift(_ x: Rows, by c: [Float], name: String) -> Rows { each(x, c, "+") }

    mutating func scale(_ x: Rows, by c: [Float], name: String) -> Rows { each(x, c, "*") }

    mutating func linear(_ x: Rows, weights: [Float], bias: [Float]?, outputs: Int, name: String) -> Rows {
        numberCount += weights.count + (bias?.count ?? 0)
        let inputs = x.columns
        func entry(_ row: Int?, _ column: Int?) -> Float {
            guard let row, let column else { return 0 }
            return weights[row * inputs + column]
        }
        if outputs == 1 {
            let terms = x.groups.map { group in
                group.isScalar
                    ? "\(entry(0, group.columns.lowerBound)) * \(group.name)"
                    : "dot(\(Self.vector(Self.entries(group.columns).map { entry(0, $0) })), \(group.name))"
            }
            let sum = (bias.map { ["\($0[0])"] } ?? []) + terms
            return Rows(groups: [declare(0..<1, sum.joined(separator: " + "), isScalar: true)])
        }
        return Rows(
            groups: Self.groups(of: outputs).map { columns in
                let rows = Self.entries(columns)
                var lines = bias.map { bias in [Self.vector(rows.map { $0.map { bias[$0] } ?? 0 })] } ?? []
                for group in x.groups {
                    if group.isScalar {
                        lines.append("\(Self.vector(rows.map { entry($0, group.columns.lowerBound) })) * \(group.name)")
                    } else {
                        // GLSL writes matrices column by column: one column an input.
                        let matrix = Self.entries(group.columns).flatMap { column in rows.map { entry($0, column) } }
                        lines.append("mat4(\(Self.list(matrix))) * \(group.name)")
                    }
                }
                return declare(columns, lines.joined(separator: "\n        + "))
            })
    }

    mutating func apply(_ function: ElementaryFunction, to x: Rows) -> Rows {
        map(x) { group in
            let x = group.name
            return switch function {
            case .rectified: "max(\(x), 0.0)"
            case .magnitude: "abs(\(x))"
            case .sine: "sin(\(x))"
            case .exponential: "exp(\(x))"
            // By the logarithm, which GLSL ES 1.00 has.
            case .artanh: "0.5 * log((1.0 + \(x)) / (1.0 - \(x)))"
            case .sineOfTurns: "sin(6.2831853 * fract(\(x)))"
            case .cosineOfTurns: "cos(6.2831853 * fract(\(x)))"
            }
        }
    }

    mutating func add(_ x: Rows, _ y: Rows) -> Rows { zipped(x, y, "+") }

    mutating func multiply(_ x: Rows, _ y: Rows) -> Rows { zipped(x, y, "*") }

    mutating func clamp(_ x: Rows, to range: ClosedRange<Float>, name: String) -> Rows {
        map(x) { "clamp(\($0.name), \(range.lowerBound), \(range.upperBound))" }
    }

    mutating func concatenate(_ rows: [Rows]) -> Rows {
        var groups: [Group] = []
        for group in rows.lazy.flatMap(\.groups) {
            let first = groups.last?.columns.upperBound ?? 0
            groups.append(
                Group(name: group.name, columns: first..<(first + group.columns.count), isScalar: group.isScalar))
        }
        return Rows(groups: groups)
    }

    mutating func interpolate(_ x: Rows, in lattice: Lattice) -> Rows {
        precondition(x.groups.count == 1 && !x.groups[0].isScalar, "a position")
        numberCount += lattice.values.count
        let table = "\(tablePrefix)\(declarations.count)"
        let size = lattice.values.count
        declarations.append("const float \(table)[\(size)] = float[\(size)](\(Self.list(lattice.values)));")

        func limits(_ offset: Int) -> String {
            Self.vector(
                Self.entries(0..<lattice.counts.count).map { $0.map { Float(lattice.counts[$0] - offset) } ?? 0 })
        }
        let position = declare(0..<4, "clamp(\(x.groups[0].name), vec4(0.0, 0.0, 0.0, 0.0), \(limits(1)))").name
        let cell = declare(0..<4, "min(floor(\(position)), \(limits(2)))").name
        let part = declare(0..<4, "\(position) - \(cell)").name
        let corners = (0..<(1 << lattice.counts.count)).map { corner in
            (
                weight: Self.weight(ofCorner: corner, axes: lattice.counts.count, part: part),
                entry: declareEntry(ofCorner: corner, cell: cell, lattice)
            )
        }
        return Rows(
            groups: Self.groups(of: lattice.channels).map { columns in
                let isScalar = lattice.channels == 1
                let terms = corners.map { corner in
                    let values = Self.entries(columns).map { channel in
                        channel.map { "\(table)[\(lattice.channels) * \(corner.entry) + \($0)]" } ?? "0.0"
                    }
                    return "\(corner.weight) * \(isScalar ? values[0] : "vec4(\(values.joined(separator: ", ")))")"
                }
                return declare(columns, terms.joined(separator: "\n        + "), isScalar: isScalar)
            })
    }

    private static let axisNames = ["x", "y", "z"]

    /// The product over the axes of how near the point is to this corner.
    private static func weight(ofCorner corner: Int, axes: Int, part: String) -> String {
        (0..<axes).map { axis in
            let name = "\(part).\(axisNames[axis])"
            return corner >> axis & 1 == 1 ? name : "(1.0 - \(name))"
        }.joined(separator: " * ")
    }

    /// - Returns: the name of an `int` with the entry of a corner of the cell.
    private mutating func declareEntry(ofCorner corner: Int, cell: String, _ lattice: Lattice) -> String {
        let axes = 0..<lattice.counts.count
        func node(_ axis: Int) -> String { "(int(\(cell).\(Self.axisNames[axis])) + \(corner >> axis & 1))" }
        let expression: String
        switch lattice.storage {
        case .dense:
            var stride = 1
            expression = axes.map { axis in
                defer { stride *= lattice.counts[axis] }
                return "\(stride) * \(node(axis))"
            }.joined(separator: " + ")
        case .hashed(let exponent):
            let hash = axes.map { "uint(\(node($0))) * \(Lattice.hashFactors[$0])u" }.joined(separator: " ^ ")
            expression = "int((\(hash)) & \(1 << exponent - 1)u)"
        }
        let name = newName()
        statements.append("int \(name) = \(expression);")
        return name
    }

    // MARK: Pieces of text

    private static func groups(of columns: Int) -> [Range<Int>] {
        stride(from: 0, to: columns, by: 4).map { $0..<min($0 + 4, columns) }
    }

    /// The columns of a vector's four entries; nil where it is only filled up.
    private static func entries(_ columns: Range<Int>) -> [Int?] {
        (0..<4).map { columns.lowerBound + $0 < columns.upperBound ? columns.lowerBound + $0 : nil }
    }

    private static func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ", ") }

    private static func vector(_ values: [Float]) -> String { "vec4(\(list(values)))" }

    private mutating func newName() -> String {
        defer { variableCount += 1 }
        return "v\(variableCount)"
    }

    private mutating func declare(_ columns: Range<Int>, _ expression: String, isScalar: Bool = false) -> Group {
        let group = Group(name: newName(), columns: columns, isScalar: isScalar)
        statements.append("\(group.type) \(group.name) = \(expression);")
        return group
    }

    private mutating func map(_ x: Rows, _ expression: (Group) -> String) -> Rows {
        Rows(groups: x.groups.map { declare($0.columns, expression($0), isScalar: $0.isScalar) })
    }

    private mutating func each(_ x: Rows, _ c: [Float], _ sign: String) -> Rows {
        map(x) { group in
            if c.count == 1 { return "\(group.name) \(sign) \(c[0])" }
            let values = Self.entries(group.columns).map { $0.map { c[$0] } ?? 0 }
            return "\(group.name) \(sign) \(group.isScalar ? "\(values[0])" : Self.vector(values))"
        }
    }

    private mutating func zipped(_ x: Rows, _ y: Rows, _ sign: String) -> Rows {
        precondition(
            x.groups.map(\.columns) == y.groups.map(\.columns) && x.groups.map(\.isScalar) == y.groups.map(\.isScalar),
            "rows of one shape")
        return Rows(
            groups: zip(x.groups, y.groups).map {
                declare($0.columns, "\($0.name) \(sign) \($1.name)", isScalar: $0.isScalar)
            })
    }
}
