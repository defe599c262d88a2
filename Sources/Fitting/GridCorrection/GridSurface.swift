import Core
import Geometry
import NeuralFields
import SurfaceExtraction

/// The surface of a sparse grid, marched at the cells of its finest lattice, or at parts of them.
///
/// **Complete by proof**: within a cell of the finest lattice the grid is one trilinear function, and one whose eight corner values have one sign
/// has no zero. Blocks of cells are left out only where that holds for all of them: where no coefficient of the finest level reaches, and the
/// values of the levels before, at the corners of the block's part of each of their cells, have one sign. Along the cells' edges the grid is linear, so a
/// vertex lies where the grid is zero to rounding; inside a cell triangles stand for a piece of a hyperbolic surface.
package struct GridSurface {
    let grid: SparseGrid
    let workers: Workers

    package init(grid: SparseGrid, workers: Workers) {
        self.grid = grid
        self.workers = workers
    }

    /// Parts of a cell's side that marching cubes takes: of a trilinear function's surface two triangles a cell leave as much as the fit does
    /// (the bunny of 64 000 coefficients: boundary IoU .9917 of the field, .9884 at whole cells).
    package static func usualSubdivision(of grid: SparseGrid) -> Int {
        // Levels that halve the one before cut cells where it matters.
        let counts = grid.levels.suffix(2).map(\.lattice.cellCounts)
        return grid.levels.count > 2 && counts[1] == counts[0] &* 2 ? 1 : 2
    }

    /// - Parameters:
    ///   - subdivision: parts of a cell's side.
    ///   - isoLevel: within the lattice's values; beyond the lattice nothing is looked for.
    /// - Returns: in the grid's frame.
    package func mesh(method: ExtractionMethod, subdivision: Int, isoLevel: Float = 0)
        -> TriangleMesh
    {
        let parts = SIMD3(repeating: subdivision)
        let lattice = grid.finest.canBeRefined(by: parts) ? grid.finest.refined(by: parts) : grid.finest
        let samples = GridBlockSamples(
            grid: SampleGrid(origin: .zero, spacing: 1, cellCounts: lattice.cellCounts), values: grid, lattice: lattice,
            isoLevel: isoLevel, candidateBlocks: candidateBlocks(isoLevel, lattice: lattice))
        var mesh = KnownSamples.surface(
            of: samples, method: method, field: CellField(grid: grid, lattice: lattice), isoLevel: isoLevel,
            workers: workers)
        for index in mesh.vertices.indices {
            mesh.vertices[index] = lattice.origin + lattice.spacing * mesh.vertices[index]
        }
        return mesh
    }

    /// The blocks of 8³ cells that may hold a change of sign, as `SampleGrid` numbers them.
    func candidateBlocks(_ isoLevel: Float, lattice: GridLattice) -> [Int32] {
        let cells = lattice.cellCounts
        let counts = (cells &+ 7) / 8
        var isMarked = [Bool](repeating: false, count: counts.x * counts.y * counts.z)
        func mark(_ low: SIMD3<Int>, _ high: SIMD3<Int>) {
            for z in low.z...high.z {
                for y in low.y...high.y {
                    for x in low.x...high.x { isMarked[(z * counts.y + y) * counts.x + x] = true }
                }
            }
        }
        if let level = grid.levels.dropFirst().last {
            let ratio = cells / level.lattice.cellCounts
            level.corners.forEach { _, corner in
                // The cells around the corner.
                let first = pointwiseMax(corner &- 1, .zero) &* ratio
                let last = pointwiseMin((corner &+ 1) &* ratio, cells) &- 1
                mark(first / 8, last / 8)
            }
        }
        let coarser = max(grid.levels.count - 1, 1)
        for level in 0..<coarser { markLevel(level, &isMarked, counts, cells, isoLevel) }
        // Block 0 of the samples is the layer before the first; so are the others numbered.
        let numbered = SampleGrid(origin: .zero, spacing: 1, cellCounts: cells)
        var blocks: [Int32] = []
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x where isMarked[(z * counts.y + y) * counts.x + x] {
                    blocks.append(Int32(numbered.blockIndex(x + 1, y + 1, z + 1)))
                }
            }
        }
        return blocks
    }

    /// Marks blocks in whose part of a cell of this level the levels so far change their sign. That is all of the grid there where no finer
    /// coefficient reaches.
    private func markLevel(
        _ number: Int, _ isMarked: inout [Bool], _ counts: SIMD3<Int>, _ cells: SIMD3<Int>, _ isoLevel: Float
    ) {
        let level = grid.levels[number]
        let ratio = cells / level.lattice.cellCounts
        let places = cellsAround(level)
        let values = SparseGrid(levels: Array(grid.levels[...number])).cornerValues(
            of: places, in: level.lattice, workers: workers)
        for (place, values) in zip(places, values) {
            let corners = values - isoLevel
            if corners.min() >= Self.rounding || corners.max() < -Self.rounding { continue }
            let first = place &* ratio
            let (low, high) = (first / 8, (first &+ ratio &- 1) / 8)
            for k in low.z...high.z {
                for j in low.y...high.y {
                    for i in low.x...high.x {
                        let index = (k * counts.y + j) * counts.x + i
                        if isMarked[index] { continue }
                        let from = pointwiseMax(SIMD3(i, j, k) &* 8, first) &- first
                        let to = pointwiseMin(SIMD3(i, j, k) &* 8 &+ 8, first &+ ratio) &- first
                        isMarked[index] = Self.changesSign(corners, from, to, ratio)
                    }
                }
            }
        }
    }

    /// Values closer to the level than this have either sign here: they are rounded in another order than those that are marched, and
    /// where a face of the shape lies in a plane of corners all of them are nearly 0. In lengths of the unit cube, of which
    /// a coordinate's last bit is 6e-8.
    private static let rounding: Float = 1e-6

    /// The cells that the level's coefficients reach into.
    private func cellsAround(_ level: SparseGrid.Level) -> [SIMD3<Int>] {
        let counts = level.lattice.cellCounts
        var builder = CornerSetBuilder(counts: counts)
        level.corners.forEach { _, corner in
            let low = pointwiseMax(corner &- 1, .zero)
            let high = pointwiseMin(corner, counts &- 1)
            for z in low.z...high.z {
                for y in low.y...high.y {
                    for x in low.x...high.x { builder.insert(x, y, z) }
                }
            }
        }
        var cells: [SIMD3<Int>] = []
        builder.build().forEach { _, cell in cells.append(cell) }
        return cells
    }

    /// Whether a trilinear function has both signs at the corners of a box within its cell, from and to in parts of `ratio`.
    private static func changesSign(
        _ corners: SIMD8<Float>, _ from: SIMD3<Int>, _ to: SIMD3<Int>, _ ratio: SIMD3<Int>
    ) -> Bool {
        var (lowest, highest) = (Float.infinity, -Float.infinity)
        for corner in 0..<8 {
            let place = SIMD3(
                corner & 1 == 0 ? from.x : to.x, corner & 2 == 0 ? from.y : to.y, corner & 4 == 0 ? from.z : to.z)
            let t = SIMD3<Float>(place) / SIMD3<Float>(ratio)
            let layer = corners.lowHalf + (corners.highHalf - corners.lowHalf) * t.z
            let row = layer.lowHalf + (layer.highHalf - layer.lowHalf) * t.y
            let value = row.x + (row.y - row.x) * t.x
            lowest = min(lowest, value)
            highest = max(highest, value)
        }
        return lowest < rounding && highest >= -rounding
    }
}

/// A grid's values at the corners of a lattice.
private struct GridBlockSamples: BlockSamples {
    let grid: SampleGrid
    let values: SparseGrid
    let lattice: GridLattice
    let isoLevel: Float
    let candidateBlocks: [Int32]

    func gather(
        block: Int, into corners: UnsafeMutablePointer<Float>, insideRows: UnsafeMutablePointer<UInt16>
    ) -> Bool {
        let base = (grid.blockCoordinates(block) &- 1) &* 8
        let counts = grid.sampleCounts
        withUnsafeTemporaryAllocation(of: SIMD3<Float>.self, capacity: 729) { points in
            for index in 0..<729 {
                let place = base &+ SIMD3(index % 9, index / 9 % 9, index / 81)
                points.initializeElement(at: index, to: lattice.position(of: place))
            }
            var span = UnsafeMutableBufferPointer(start: corners, count: 729).mutableSpan
            values.evaluate(UnsafeBufferPointer(points).span, into: &span, workers: .single)
        }
        var anyInside: UInt16 = 0
        var allInside: UInt16 = 0x1ff
        for row in 0..<81 {
            var bits: UInt16 = 0
            let (j, k) = (base.y + row % 9, base.z + row / 9)
            let isOutside = j < 0 || k < 0 || j >= counts.y || k >= counts.z
            for x in 0..<9 {
                let i = base.x + x
                corners[row * 9 + x] =
                    isOutside || i < 0 || i >= counts.x ? .infinity : corners[row * 9 + x] - isoLevel
                if corners[row * 9 + x] < 0 { bits |= 1 << UInt16(x) }
            }
            insideRows[row] = bits
            anyInside |= bits
            allInside &= bits
        }
        return anyInside != 0 && allInside != 0x1ff
    }
}

/// A grid whose coordinates are cells of a lattice.
package struct CellField: DifferentiableField {
    let grid: SparseGrid
    let lattice: GridLattice

    package init(grid: SparseGrid, lattice: GridLattice) {
        self.grid = grid
        self.lattice = lattice
    }

    private func positions(_ points: Span<SIMD3<Float>>) -> [SIMD3<Float>] {
        points.indices.map { lattice.origin + lattice.spacing * points[$0] }
    }

    package func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        grid.evaluate(positions(points).span, into: &values, workers: workers)
    }

    package func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        grid.evaluate(positions(points).span, into: &values, gradients: &gradients, workers: workers)
        for index in gradients.indices { gradients[index] *= lattice.spacing }
    }
}
