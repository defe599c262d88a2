import CKernels
import Core

/// A sum of trilinear functions, one a level, whose coefficients sit at some corners of ever finer lattices; those at all other
/// corners are zero. It is continuous, and zero away from its corners.
///
/// Within a cell that no finer level reaches into, the sum is one trilinear function, given by its eight corner values. So a cell whose eight
/// values have one sign holds no zero: the surface of such a field can be found completely.
public struct SparseGrid: Sendable {
    /// One resolution's coefficients.
    public struct Level: Sendable, Equatable {
        public let lattice: GridLattice
        public let corners: CornerSet
        /// `(corners)`.
        public var coefficients: [Float]

        /// - Precondition: as many coefficients as corners, which are of this lattice.
        public init(lattice: GridLattice, corners: CornerSet, coefficients: [Float]) {
            precondition(
                corners.counts == lattice.cornerCounts && coefficients.count == corners.count, "a coefficient a corner")
            self.lattice = lattice
            self.corners = corners
            self.coefficients = coefficients
        }
    }

    /// From coarse to fine. All have one origin, and each one's cells are the one's before cut into whole parts.
    public let levels: [Level]
    private let expanded: [ExpandedLevel]

    /// - Precondition: at least one level; see ``isNested(_:)``.
    public init(levels: [Level]) {
        precondition(Self.isNested(levels.map(\.lattice)), "nested lattices")
        self.levels = levels
        expanded = levels.map(ExpandedLevel.init)
    }

    /// Whether lattices can be those of a grid: at least one, of one origin, each finer than the one before by whole numbers.
    public static func isNested(_ lattices: [GridLattice]) -> Bool {
        guard let first = lattices.first else { return false }
        return zip(lattices, lattices.dropFirst()).allSatisfy { coarse, fine in
            let factors = fine.cellCounts / coarse.cellCounts
            guard fine.origin == first.origin, coarse.cellCounts &* factors == fine.cellCounts else { return false }
            return abs(fine.spacing * SIMD3<Float>(factors) - coarse.spacing).max() <= 1e-5 * coarse.spacing.max()
        }
    }

    /// The lattice of the finest level.
    public var finest: GridLattice { levels[levels.count - 1].lattice }

    public var coefficientCount: Int { levels.reduce(0) { $0 + $1.corners.count } }

    /// The grid's value at each point.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the lattices' frame. Outside the lattice, and at what is not a number, the value is 0.
    ///   - values: `(n)`, overwritten.
    ///   - workers: the threads to use; the result does not depend on their number.
    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        precondition(values.count == points.count, "a value for each point")
        values.withUnsafeMutableBufferPointer { values in
            points.withUnsafeBufferPointer { points in
                run(points, workers) { levels, origin, range in
                    guard let point = points.baseAddress, let value = values.baseAddress else { return }
                    ck_grid_evaluate(
                        levels.baseAddress, levels.count, origin, floats(point + range.lowerBound), range.count,
                        value + range.lowerBound, nil)
                }
            }
        }
    }

    /// The grid's value and its gradient at each point: at a face between cells the upper one's.
    public func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        precondition(values.count == points.count && gradients.count == points.count, "a value for each point")
        values.withUnsafeMutableBufferPointer { values in
            gradients.withUnsafeMutableBufferPointer { gradients in
                points.withUnsafeBufferPointer { points in
                    run(points, workers) { levels, origin, range in
                        guard let point = points.baseAddress, let value = values.baseAddress,
                            let gradient = gradients.baseAddress
                        else { return }
                        ck_grid_evaluate(
                            levels.baseAddress, levels.count, origin, floats(point + range.lowerBound), range.count,
                            value + range.lowerBound,
                            UnsafeMutableRawPointer(gradient + range.lowerBound).assumingMemoryBound(to: Float.self))
                    }
                }
            }
        }
    }

    private func run(
        _ points: UnsafeBufferPointer<SIMD3<Float>>, _ workers: Workers,
        _ body: (UnsafeBufferPointer<ck_grid_level>, UnsafePointer<Float>, Range<Int>) -> Void
    ) {
        let origin = levels.first?.lattice.origin ?? .zero
        withUnsafePointer(to: SIMD4(origin, 0)) { origin in
            let origin = UnsafeRawPointer(origin).assumingMemoryBound(to: Float.self)
            let described = expanded.map(\.kernelLevel)
            withExtendedLifetime(expanded) {
                described.withUnsafeBufferPointer { levels in
                    workers.forEachChunk(of: points.count, chunkSize: 4096) { range, _ in body(levels, origin, range) }
                }
            }
        }
    }
}

extension SparseGrid {
    /// A level's coefficients as evaluation reads them: `slots` `(blocks z, y, x)` says where a block's values are in `values`
    /// `(slots + 1, 9, 9, 9)`, x fastest, −1 where all are zero; the last of `values` are zeros.
    package func blockTable(ofLevel index: Int) -> (blockCounts: SIMD3<Int>, slots: [Int32], values: [Float]) {
        let (slots, values) = expanded[index].contents
        let zeros = [Float](repeating: 0, count: 729)
        return ((levels[index].lattice.cellCounts &+ 7) / 8, slots, values + zeros)
    }
}

/// Points and gradients have a stride of four floats.
private func floats(_ points: UnsafePointer<SIMD3<Float>>) -> UnsafePointer<Float> {
    UnsafeRawPointer(points).assumingMemoryBound(to: Float.self)
}

/// A level's coefficients laid out so that the eight corners of a cell are always in one block: 9³ values for each block of 8³
/// cells that has any.
private final class ExpandedLevel: @unchecked Sendable {
    // Unchecked: written while it is made, only read afterwards.
    private let slots: UnsafeMutableBufferPointer<Int32>
    private let values: UnsafeMutableBufferPointer<Float>
    let kernelLevel: ck_grid_level

    init(_ level: SparseGrid.Level) {
        let cells = level.lattice.cellCounts
        let counts = (cells &+ 7) / 8
        slots = .allocate(capacity: counts.x * counts.y * counts.z)
        slots.initialize(repeating: -1)
        let slots = slots
        /// Calls `body` with each block that a corner belongs to, and its place there.
        func forEachBlock(of corner: SIMD3<Int>, _ body: (_ block: Int, _ place: Int) -> Void) {
            let (high, low) = (corner &>> 3, corner & 7)
            // Corners at a block's lower sides are in the upper layers of the blocks before, too: most are at none.
            let sides =
                (low.x == 0 && high.x > 0 ? 1 : 0) | (low.y == 0 && high.y > 0 ? 2 : 0)
                | (low.z == 0 && high.z > 0 ? 4 : 0)
            var step = 0
            repeat {
                let back = SIMD3(step & 1, step >> 1 & 1, step >> 2)
                let block = high &- back
                let place = low &+ back &* 8
                if block.x < counts.x && block.y < counts.y && block.z < counts.z {
                    body((block.z * counts.y + block.y) * counts.x + block.x, (place.z * 9 + place.y) * 9 + place.x)
                }
                step = (step - sides) & sides
            } while step != 0
        }
        level.corners.forEach { _, corner in forEachBlock(of: corner) { block, _ in slots[block] = 0 } }
        var used = 0
        for block in slots.indices where slots[block] == 0 {
            slots[block] = Int32(used)
            used += 1
        }
        values = .allocate(capacity: max(used, 1) * 729)
        values.initialize(repeating: 0)
        let values = values
        level.corners.forEach { number, corner in
            forEachBlock(of: corner) { block, place in
                values[Int(slots[block]) * 729 + place] = level.coefficients[number]
            }
        }
        let inverse = 1 / level.lattice.spacing
        kernelLevel = ck_grid_level(
            inverse_spacing: (inverse.x, inverse.y, inverse.z),
            cells: (Int32(cells.x), Int32(cells.y), Int32(cells.z)),
            blocks: (Int32(counts.x), Int32(counts.y), Int32(counts.z)), slots: UnsafePointer(slots.baseAddress),
            values: UnsafePointer(values.baseAddress))
    }

    var contents: (slots: [Int32], values: [Float]) {
        withExtendedLifetime(self) { (Array(slots), slots.allSatisfy { $0 < 0 } ? [] : Array(values)) }
    }

    deinit {
        slots.deallocate()
        values.deallocate()
    }
}
