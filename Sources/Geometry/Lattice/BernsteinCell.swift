/// The polynomial that a ``BaseLattice`` is in one of its cells, cubic along each axis, by its 64 Bernstein coefficients.
///
/// Values lie between the least and the greatest coefficient, and gradients are no longer than the longest coefficient of the
/// gradient's own (convex hull property; Farin, "Curves and surfaces for CAGD", chapter 4).
enum BernsteinCell {
    /// Calls `body` with coefficient i + 4 j + 16 k of the cell that begins at sample `cell`.
    static func withCoefficients<Result>(
        of cell: SIMD3<Int>, in lattice: BaseLattice, _ body: (UnsafeMutableBufferPointer<Float>) -> Result
    ) -> Result {
        let layout = lattice.layout
        let last = layout.sampleCounts &- 1
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 64) { coefficients in
            for index in 0..<64 {
                let offset = SIMD3(index & 3, index >> 2 & 3, index >> 4) &- 1
                let sample = pointwiseMin(pointwiseMax(cell &+ offset, .zero), last)
                coefficients[index] = lattice[sample.x, sample.y, sample.z]
            }
            for axis in 0..<3 {
                let stride = 1 << (2 * axis)
                let first = layout.outerCellCount
                let kind = AxisCell(
                    isWide: cell[axis] < first || cell[axis] >= first + layout.cellCounts[axis],
                    lacksLower: cell[axis] == first, lacksUpper: cell[axis] == first + layout.cellCounts[axis] - 1)
                for line in 0..<16 {
                    let low = line & (stride - 1)
                    kind.convert(coefficients, from: low + (line - low) * 4, stride: stride)
                }
            }
            return body(coefficients)
        }
    }

    /// The least and the greatest coefficient.
    static func range(_ coefficients: UnsafeMutableBufferPointer<Float>) -> SIMD2<Float> {
        var range = SIMD2(Float.infinity, -Float.infinity)
        for value in coefficients { range = SIMD2(min(range.x, value), max(range.y, value)) }
        return range
    }

    /// What the gradient is no longer than.
    ///
    /// - Parameter size: sides of the cell.
    static func slope(_ coefficients: UnsafeMutableBufferPointer<Float>, size: SIMD3<Float>) -> Float {
        var largest: Float = 0
        for index in 0..<64 {
            var gradient = SIMD3<Float>.zero
            for axis in 0..<3 {
                let stride = 1 << (2 * axis)
                let place = index >> (2 * axis) & 3
                let start = index - place * stride
                func difference(_ from: Int) -> Float {
                    coefficients[start + (from + 1) * stride] - coefficients[start + from * stride]
                }
                // The derivative's three coefficients, 3 Δ each, raised to four so that all components have one basis.
                gradient[axis] =
                    switch place {
                    case 0: 3 * difference(0)
                    case 1: difference(0) + 2 * difference(1)
                    case 2: 2 * difference(1) + difference(2)
                    default: 3 * difference(2)
                    }
            }
            gradient /= size
            largest = max(largest, (gradient * gradient).sum())
        }
        return largest.squareRoot()
    }

    /// How a lattice interpolates along one axis of a cell.
    private struct AxisCell {
        let isWide: Bool
        let lacksLower: Bool
        let lacksUpper: Bool

        /// Four samples become the four Bernstein coefficients of what interpolates them.
        func convert(_ values: UnsafeMutableBufferPointer<Float>, from start: Int, stride: Int) {
            let (b, c) = (values[start + stride], values[start + 2 * stride])
            let a = lacksLower ? 2 * b - c : values[start]
            let d = lacksUpper ? 2 * c - b : values[start + 3 * stride]
            values[start] = b
            values[start + stride] = isWide ? b + (c - b) / 3 : b + (c - a) / 6
            values[start + 2 * stride] = isWide ? c - (c - b) / 3 : c - (d - b) / 6
            values[start + 3 * stride] = c
        }
    }
}
