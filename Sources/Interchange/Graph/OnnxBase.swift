extension OnnxGraph {
    /// The corrected base at unit-cube points (n, 3), a tensor's name, of which a network said `outputs` (n, 1).
    ///
    /// - Parameter name: of the result (n, 1).
    mutating func corrected(_ base: ExportBase, at points: String, by outputs: String, output name: String) -> String {
        let value = latticeValue(base.lattice, at: points)
        let falling = node("Sub", [number("base.end", base.end), node("Abs", [value])])
        let part = node("Mul", [falling, number("base.inverse_width", 1 / (base.end - base.full))])
        let t = node("Clip", [part, number("zero", 0), number("one", 1)])
        let gate = node(
            "Mul",
            [node("Mul", [t, t]), node("Sub", [number("three", 3), node("Mul", [t, number("two", 2)])])])
        let correction = node(
            "Clip",
            [
                node("Mul", [outputs, number("base.correction_factor", base.correctionFactor)]),
                number("base.lower_bound", -base.bound), number("base.upper_bound", base.bound),
            ])
        let field = node("Add", [value, node("Mul", [gate, correction])])
        return node("Mul", [field, number("base.output_factor", base.outputFactor)], output: name)
    }

    private mutating func number(_ name: String, _ value: Float) -> String { constant(name, [value]) }

    /// The lattice at points (n, 3): (n, 1).
    mutating func latticeValue(_ lattice: ExportLattice, at points: String) -> String {
        func vector(_ name: String, _ values: [Float], in graph: inout OnnxGraph) -> String {
            graph.constant("base." + name, shape: [3], values)
        }
        let zero = number("zero", 0)
        let lower = vector("lower", lattice.lower, in: &self)
        let upper = vector("upper", lattice.upper, in: &self)
        let nearest = node(
            "Max",
            [
                node("Min", [points, vector("maximum", lattice.maximum, in: &self)]),
                vector("minimum", lattice.minimum, in: &self),
            ])
        let inner = node("Sub", [node("Max", [node("Min", [nearest, upper]), lower]), lower])
        let beyond = node(
            "Add",
            [
                node("Min", [node("Sub", [nearest, lower]), zero]),
                node("Max", [node("Sub", [nearest, upper]), zero]),
            ])
        let fine = node("Mul", [inner, number("base.inverse_spacing", 1 / lattice.spacing)])
        let wide = node(
            "Mul", [beyond, vector("inverse_outer_spacing", lattice.outerSpacing.map { 1 / $0 }, in: &self)])
        let place = node(
            "Add", [node("Add", [fine, number("base.outer_cells", Float(lattice.outerCellCount))]), wide])
        let lastCell = vector("last_cell", lattice.counts.map { Float($0 - 2) }, in: &self)
        let cell = node("Floor", [node("Max", [node("Min", [place, lastCell]), zero])])
        let weights = baseWeights(lattice, cell: cell, part: node("Sub", [place, cell]))
        let value = weightedSum(of: baseSamples(lattice, cell: cell), weights: weights)
        return continued(lattice, from: nearest, to: points, value: value)
    }

    /// Of the four samples along every axis: (n, 3, 4).
    private mutating func baseWeights(_ lattice: ExportLattice, cell: String, part t: String) -> String {
        let square = node("Mul", [t, t])
        let cube = node("Mul", [square, t])
        func combination(_ one: Float, _ t1: Float, _ t2: Float, _ t3: Float) -> String {
            var sum = number("weight_\(one)", one)
            for (factor, power) in [(t1, t), (t2, square), (t3, cube)] where factor != 0 {
                sum = node("Add", [sum, node("Mul", [power, number("weight_\(factor)", factor)])])
            }
            return sum
        }
        let w = [
            combination(0, -0.5, 1, -0.5), combination(1, 0, -2.5, 1.5), combination(0, 0.5, 2, -1.5),
            combination(0, 0, -0.5, 0.5),
        ]
        let first = number("base.outer_cells", Float(lattice.outerCellCount))
        let last = constant(
            "base.last_fine_cell", shape: [3], lattice.counts.map { Float($0 - 2 - lattice.outerCellCount) })
        let zero = number("zero", 0)
        let below = node("Where", [node("Equal", [cell, first]), w[0], zero])
        let above = node("Where", [node("Equal", [cell, last]), w[3], zero])
        let isWide = node("Or", [node("Less", [cell, first]), node("Greater", [cell, last])])
        func twice(_ x: String) -> String { node("Add", [x, x]) }
        let graded = [
            (zero, node("Sub", [w[0], below])),
            (
                node("Sub", [number("one", 1), t]),
                node("Sub", [node("Add", [w[1], twice(below)]), above])
            ),
            (t, node("Sub", [node("Add", [w[2], twice(above)]), below])),
            (zero, node("Sub", [w[3], above])),
        ]
        let axis = constant("axis_2", shape: [1], integers: [2])
        let columns = graded.map { linear, cubic in
            node("Unsqueeze", [node("Where", [isWide, linear, cubic]), axis])
        }
        return node("Concat", columns, integers: ["axis": 2])
    }

    /// The 4 × 4 × 4 samples around every point: (n, 4, 4, 4), z first.
    private mutating func baseSamples(_ lattice: ExportLattice, cell: String) -> String {
        let offsets = constant("base.offsets", shape: [4], [-1, 0, 1, 2])
        let last = constant("base.last_sample", shape: [3, 1], lattice.counts.map { Float($0 - 1) })
        let around = node("Add", [node("Unsqueeze", [cell, constant("axis_2", shape: [1], integers: [2])]), offsets])
        let inside = node("Max", [node("Min", [around, last]), number("zero", 0)])
        let numbers = indices(inside)
        func along(_ axis: Int, _ spread: [Int], stride: Int) -> String {
            let own = node("Gather", [numbers, constant("number_\(axis)", integers: [axis])], integers: ["axis": 1])
            let name = "axes_" + spread.map(String.init).joined(separator: "_")
            let spaced = node("Unsqueeze", [own, constant(name, shape: [2], integers: spread)])
            return node("Mul", [spaced, constant("base.stride_\(axis)", integers: [stride])])
        }
        let place = node(
            "Add",
            [
                node("Add", [along(0, [1, 2], stride: 1), along(1, [1, 3], stride: lattice.counts[0])]),
                along(2, [2, 3], stride: lattice.counts[0] * lattice.counts[1]),
            ])
        let samples = constant(
            "base.samples", shape: [lattice.samples.count], lattice.samples.map { Float($0) * lattice.step })
        return node("Gather", [samples, place], integers: ["axis": 0])
    }

    private mutating func weightedSum(of samples: String, weights: String) -> String {
        func own(_ axis: Int, _ spread: [Int]) -> String {
            let weight = node("Gather", [weights, constant("number_\(axis)", integers: [axis])], integers: ["axis": 1])
            guard !spread.isEmpty else { return weight }
            let name = "axes_" + spread.map(String.init).joined(separator: "_")
            return node("Unsqueeze", [weight, constant(name, shape: [spread.count], integers: spread)])
        }
        var sum = samples
        for (axis, spread) in [(0, [1, 2]), (1, [1]), (2, [])] {
            sum = total(node("Mul", [sum, own(axis, spread)]), over: 3 - axis, keeps: axis == 2)
        }
        return sum
    }

    private mutating func total(_ tensor: String, over axis: Int, keeps: Bool) -> String {
        node(
            "ReduceSum", [tensor, constant("axis_\(axis)", shape: [1], integers: [axis])],
            integers: ["keepdims": keeps ? 1 : 0])
    }

    /// How the field goes on beyond the lattice, from the nearest point that has `value`.
    private mutating func continued(_ lattice: ExportLattice, from nearest: String, to points: String, value: String)
        -> String
    {
        func square(_ vector: String) -> String { total(node("Mul", [vector, vector]), over: 1, keeps: true) }
        let center = constant("base.center", shape: [3], lattice.center)
        let beyond = square(node("Sub", [points, nearest]))
        let zero = number("zero", 0)
        let outside = node("Max", [value, zero])
        let least = node("Sqrt", [node("Add", [beyond, node("Mul", [outside, outside])])])
        let far = node("Sqrt", [square(node("Sub", [points, center]))])
        let near = node("Sqrt", [square(node("Sub", [nearest, center]))])
        let radial = node("Sub", [node("Add", [outside, far]), near])
        return node("Where", [node("Greater", [beyond, zero]), node("Max", [least, radial]), value])
    }
}
