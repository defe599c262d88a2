import Core

/// What a ``BaseLattice`` is at least and at most in each of its cells, for certain.
///
/// Within a cell the field is a polynomial, cubic along each axis, and lies between the least and the greatest of its 64
/// Bernstein coefficients (convex hull property; Farin, "Curves and surfaces for CAGD", chapter 4). They are some percent wider
/// than the field's own range.
public struct LatticeRanges: Sendable {
    private let layout: BaseLattice.Layout
    private let cellCounts: SIMD3<Int>
    private let ranges: [SIMD2<Float>]
    /// Of the rounding of an evaluation, in the lattice's largest distances.
    private static let rounding: Float = 2e-6

    /// - Complexity: O(samples), about 40 ms for 40 000 of them on one thread.
    public init(_ lattice: BaseLattice, workers: Workers = Workers()) {
        layout = lattice.layout
        let counts = layout.sampleCounts &- 1
        cellCounts = counts
        let slack = Self.rounding * Float(Int16.max) * lattice.step
        var ranges = [SIMD2<Float>](repeating: .zero, count: counts.x * counts.y * counts.z)
        ranges.withUnsafeMutableBufferPointer { ranges in
            let ranges = ranges
            workers.forEach(counts.z) { z, _ in
                for y in 0..<counts.y {
                    for x in 0..<counts.x {
                        let range = Self.range(of: SIMD3(x, y, z), in: lattice)
                        ranges[(z * counts.y + y) * counts.x + x] = SIMD2(range.x - slack, range.y + slack)
                    }
                }
            }
        }
        self.ranges = ranges
    }

    /// The field's bounds over a box; nil where the box reaches out of the lattice.
    public func bounds(over box: BoundingBox) -> (lowest: Float, highest: Float)? {
        let whole = layout.box
        guard whole.contains(box.minimum), whole.contains(box.maximum) else { return nil }
        // A cell more where rounding may put a face on its other side.
        let margin = 1e-5 * layout.spacing
        let (first, last) = (cell(at: box.minimum - margin), cell(at: box.maximum + margin))
        var (lowest, highest) = (Float.infinity, -Float.infinity)
        for z in first.z...last.z {
            for y in first.y...last.y {
                for x in first.x...last.x {
                    let range = ranges[(z * cellCounts.y + y) * cellCounts.x + x]
                    lowest = min(lowest, range.x)
                    highest = max(highest, range.y)
                }
            }
        }
        return (lowest, highest)
    }

    private func cell(at point: SIMD3<Float>) -> SIMD3<Int> {
        let inner = point.clamped(lowerBound: layout.lower, upperBound: layout.upper) - layout.lower
        let beyond = pointwiseMin(point - layout.lower, .zero) + pointwiseMax(point - layout.upper, .zero)
        let place = Float(layout.outerCellCount) + inner / layout.spacing + beyond / layout.outerSpacing
        return SIMD3<Int>(place.clamped(lowerBound: .zero, upperBound: SIMD3<Float>(cellCounts &- 1)))
    }

    private static func range(of cell: SIMD3<Int>, in lattice: BaseLattice) -> SIMD2<Float> {
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
            var range = SIMD2(Float.infinity, -Float.infinity)
            for value in coefficients { range = SIMD2(min(range.x, value), max(range.y, value)) }
            return range
        }
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
