import Core
import Geometry

/// Where a grid's samples lie, and how they are cut into blocks of 8³.
///
/// Sample (i, j, k), 0 ≤ i ≤ cellCounts.x and so on, lies at `origin + spacing · (i, j, k)`. Around the samples is
/// one layer that is outside by definition, so that a surface that leaves the box is closed by a cap. Block b holds the
/// samples 8 (b − 1) ..< 8 b of each axis: block 0 has only that layer, and the others start on a coarse lattice.
public struct SampleGrid: Sendable, Equatable {
    public let origin: SIMD3<Float>
    /// Side of a cell.
    public let spacing: Float
    /// Cells along each axis; one more sample than cells.
    public let cellCounts: SIMD3<Int>

    /// - Precondition: every count is at least 1, the spacing positive.
    public init(origin: SIMD3<Float>, spacing: Float, cellCounts: SIMD3<Int>) {
        precondition(cellCounts.min() >= 1 && spacing > 0, "at least one cell, of positive size")
        self.origin = origin
        self.spacing = spacing
        self.cellCounts = cellCounts
    }

    /// Cubic cells over `box`, `resolution` of them along its longest side. Along the others the last cell may reach
    /// beyond the box.
    public init(box: BoundingBox, resolution: Int) {
        let spacing = box.extent.max() / Float(resolution)
        var counts = SIMD3<Int>.one
        for axis in 0..<3 {
            // A side that is whole cells but for rounding gets no further cell.
            counts[axis] = max(1, Int(saturating: (box.extent[axis] / spacing - 1e-3).rounded(.up)))
        }
        self.init(origin: box.minimum, spacing: spacing, cellCounts: counts)
    }

    /// The samples of each axis.
    public var sampleCounts: SIMD3<Int> { cellCounts &+ 1 }

    /// The position of a sample.
    @inlinable
    public func position(_ x: Int, _ y: Int, _ z: Int) -> SIMD3<Float> {
        origin + spacing * SIMD3<Float>(Float(x), Float(y), Float(z))
    }

    static var blockSide: Int { 8 }

    /// Blocks along each axis.
    package var blockCounts: SIMD3<Int> {
        // The layer beyond the last sample is at cellCounts + 1; block 0 is before the first.
        SIMD3((cellCounts.x + 1) / 8 + 2, (cellCounts.y + 1) / 8 + 2, (cellCounts.z + 1) / 8 + 2)
    }

    package var blockCount: Int { blockCounts.x * blockCounts.y * blockCounts.z }

    package func blockIndex(_ x: Int, _ y: Int, _ z: Int) -> Int {
        (z * blockCounts.y + y) * blockCounts.x + x
    }

    package func blockCoordinates(_ index: Int) -> SIMD3<Int> {
        let (rest, x) = index.quotientAndRemainder(dividingBy: blockCounts.x)
        let (z, y) = rest.quotientAndRemainder(dividingBy: blockCounts.y)
        return SIMD3(x, y, z)
    }
}

/// The field's value at every sample of a grid: `values[(k · ny + j) · nx + i]`, where nx, ny are the grid's sample
/// counts. Negative inside.
public struct DenseGrid: Sendable {
    public let grid: SampleGrid
    public let values: [Float]

    /// - Precondition: one value a sample.
    public init(grid: SampleGrid, values: [Float]) {
        let counts = grid.sampleCounts
        precondition(values.count == counts.x * counts.y * counts.z, "one value a sample")
        self.grid = grid
        self.values = values
    }
}
