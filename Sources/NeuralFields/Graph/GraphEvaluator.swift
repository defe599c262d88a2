import Core

/// Computes what a model's description says, in double precision, operation by operation: the plain answer that kernels and
/// exports are held against, and the one that kernels of coordinates are made of.
package struct GraphEvaluator: GraphBuilder {
    /// `(count, columns)` row-major.
    package struct Rows: Sendable, Equatable {
        package let count: Int
        package let columns: Int
        package var values: [Double]

        package init(count: Int, columns: Int, values: [Double]) {
            precondition(values.count == count * columns, "a value for each place")
            self.count = count
            self.columns = columns
            self.values = values
        }
    }

    package init() {}

    package mutating func shift(_ x: Rows, by c: [Float], name: String) -> Rows { each(x, c, +) }

    package mutating func scale(_ x: Rows, by c: [Float], name: String) -> Rows { each(x, c, *) }

    package mutating func linear(_ x: Rows, weights: [Float], bias: [Float]?, outputs: Int, name: String) -> Rows {
        let inputs = x.columns
        precondition(weights.count == inputs * outputs && bias?.count ?? outputs == outputs, "a layer's arrays")
        var values = [Double](repeating: 0, count: x.count * outputs)
        for row in 0..<x.count {
            for output in 0..<outputs {
                var sum = bias.map { Double($0[output]) } ?? 0
                for input in 0..<inputs {
                    sum += Double(weights[output * inputs + input]) * x.values[row * inputs + input]
                }
                values[row * outputs + output] = sum
            }
        }
        return Rows(count: x.count, columns: outputs, values: values)
    }

    package mutating func apply(_ function: ElementaryFunction, to x: Rows) -> Rows {
        switch function {
        case .rectified: map(x) { max($0, 0) }
        case .magnitude: map(x, abs)
        case .sine: map(x, sin)
        case .exponential: map(x, exp)
        case .artanh: map(x, atanh)
        case .sineOfTurns: map(x) { sin(2 * Double.pi * ($0 - $0.rounded())) }
        case .cosineOfTurns: map(x) { cos(2 * Double.pi * ($0 - $0.rounded())) }
        }
    }

    package mutating func add(_ x: Rows, _ y: Rows) -> Rows { zipped(x, y, +) }

    package mutating func multiply(_ x: Rows, _ y: Rows) -> Rows { zipped(x, y, *) }

    package mutating func clamp(_ x: Rows, to range: ClosedRange<Float>, name: String) -> Rows {
        map(x) { min(max($0, Double(range.lowerBound)), Double(range.upperBound)) }
    }

    package mutating func concatenate(_ rows: [Rows]) -> Rows {
        let (count, columns) = (rows.first?.count ?? 0, rows.reduce(0) { $0 + $1.columns })
        precondition(rows.allSatisfy { $0.count == count }, "rows of the same points")
        var values: [Double] = []
        values.reserveCapacity(count * columns)
        for row in 0..<count {
            for part in rows { values += part.values[(row * part.columns)..<((row + 1) * part.columns)] }
        }
        return Rows(count: count, columns: columns, values: values)
    }

    package mutating func interpolate(_ x: Rows, in lattice: Lattice) -> Rows {
        let (axes, channels) = (lattice.counts.count, lattice.channels)
        precondition(x.columns == axes, "a column an axis")
        var values = [Double](repeating: 0, count: x.count * channels)
        for row in 0..<x.count {
            let position = (0..<axes).map { min(max(x.values[row * axes + $0], 0), Double(lattice.counts[$0] - 1)) }
            let cell = (0..<axes).map { min(Int(position[$0]), lattice.counts[$0] - 2) }
            for corner in 0..<(1 << axes) {
                var weight = 1.0
                var node = cell
                for axis in 0..<axes {
                    let part = position[axis] - Double(cell[axis])
                    let isUpper = corner >> axis & 1 == 1
                    weight *= isUpper ? part : 1 - part
                    node[axis] += isUpper ? 1 : 0
                }
                let entry = lattice.entry(of: node)
                for channel in 0..<channels {
                    values[row * channels + channel] += weight * Double(lattice.values[entry * channels + channel])
                }
            }
        }
        return Rows(count: x.count, columns: channels, values: values)
    }

    private func map(_ x: Rows, _ function: (Double) -> Double) -> Rows {
        Rows(count: x.count, columns: x.columns, values: x.values.map(function))
    }

    private func each(_ x: Rows, _ c: [Float], _ operation: (Double, Double) -> Double) -> Rows {
        precondition(c.count == 1 || c.count == x.columns, "a number a column, or one for all")
        var result = x
        for index in x.values.indices {
            result.values[index] = operation(x.values[index], Double(c.count == 1 ? c[0] : c[index % x.columns]))
        }
        return result
    }

    private func zipped(_ x: Rows, _ y: Rows, _ operation: (Double, Double) -> Double) -> Rows {
        precondition(x.columns == y.columns && x.count == y.count, "rows of one shape")
        return Rows(count: x.count, columns: x.columns, values: zip(x.values, y.values).map(operation))
    }
}
