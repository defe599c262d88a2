import Geometry

/// Which samples of a grid an extraction evaluates.
public enum SurfaceSampling: Sendable, Equatable {
    /// Grids of up to 160 cells along the longest side: every sample. Larger ones: coarse to fine where the values say that
    /// the surface can be, then along the surface until no crossed cell has a corner that was not evaluated.
    ///
    /// Where a field knows places without the level (``SurfaceExtractor/exclusion``), at any resolution, these are left out,
    /// **for certain**: no surface can be missed there and none is found. In the rest the search takes the
    /// field to be nearly a distance, of at most ``LevelExclusion/slope``, down to cubes of eight cells, and looks into
    /// cubes of four and of two where signs change or values bend towards the level: that part is sampling, not proof.
    ///
    /// Of a shape whose ``SurfaceExtractor/surfaceCells`` are known, the coarsest samples are those around them and wherever
    /// signs change, and finer ones are sought where the field bends towards zero and in every one of these cells that no cube
    /// with a change of sign reaches into.
    ///
    /// Expected, not guaranteed, to give what ``exhaustive`` gives: a piece of surface is missed when nowhere on it
    /// the coarse samples show a change of sign, a value small against its change to the next sample, or a value small
    /// against its second difference, nor ``SurfaceExtractor/surfaceCells`` lead to it. One sign of it anywhere is
    /// enough: the rest of the piece is then followed. Of a known surface a thin part within a cell or two of a larger one can be
    /// missed.
    ///
    /// Measured by `benchmark-extraction sampling 192 12` with the surface known to a cell of 64: the same triangles for all balls
    /// of 0.8 to 3 cells, plates and rods of 0.5 to 1.5 cells, in true distances, distances compressed at 0.02 and 0.05 and
    /// uneven logits, and for 6 of 8 random networks full of features of a cell or two. With nothing known: the same for all
    /// but 2 of 12 fields of such balls compressed at 0.02, 6 of 12 in uneven logits and 1 of 24 random networks, which lacked
    /// up to 0.1 % of the triangles on average.
    ///
    /// Bounds of a network over boxes would make it a guarantee, but are far too wide: affine arithmetic
    /// (Sharp and Jacobson, "Spelunking the Deep", SIGGRAPH 2022) proves nothing about a fitted ReLU network's boxes of one cell of
    /// 256 or more (`Benchmarks/peers/affine_bounds.py`).
    case adaptive
    /// Leaves out cubes that cannot hold a zero of a field that changes by at most `bound` per length. Guaranteed to
    /// give what ``exhaustive`` gives for such a field: 1 for a true signed distance.
    case lipschitz(bound: Float)
    /// Every sample, in layers of blocks, so that memory still grows with the surface only. Always right.
    case exhaustive
}

/// Fills ``SurfaceBlocks`` with every corner of every crossed cell.
struct SurfaceSampler {
    let blocks: SurfaceBlocks
    var evaluator: BatchEvaluator
    let sampling: SurfaceSampling
    let memoryLimit: Int
    let resolution: Int
    let exclusion: (any LevelExclusion)?
    let surfaceCells: SurfaceCells?

    var grid: SampleGrid { blocks.grid }

    /// Up to this many cells along the longest side, adaptive sampling evaluates the whole grid. Its coarse lattice, every eighth
    /// sample, would be as coarse as parts of shapes: of a fitted rocker arm, whose field flattens 0.036 away from the
    /// surface, adaptive sampling saw nothing at 8, 16 and 24 cells. At 160 the lattice's cubes have a half diagonal of
    /// 0.04, and 4 million samples take a second.
    static let exhaustiveLimit = 160

    mutating func run() throws(ExtractionError) {
        if sampling == .exhaustive {
            try evaluateEverything()
        } else {
            let cubes = try coarseCubes()
            try refine(cubes)
        }
    }

    // MARK: Coarse to fine

    /// A cube to look into.
    struct Cube {
        let lower: SIMD3<Int32>
        /// The largest second difference around it.
        let curvature: Float
        var hasBothSigns = false
    }

    /// Samples of the coarse lattice: every eighth, and the last.
    private var latticeCounts: SIMD3<Int> { (grid.cellCounts &+ 7) / 8 &+ 1 }

    /// The lower samples of the cubes of side 8 to look into.
    private mutating func coarseCubes() throws(ExtractionError) -> [Cube] {
        let lattice = evaluateLattice()
        let counts = latticeCounts
        func index(_ x: Int, _ y: Int, _ z: Int) -> Int { (z * counts.y + y) * counts.x + x }
        let variation = latticeVariation(lattice)
        let expected = expectedCubes()
        var cubes: [Cube] = []
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x {
                    assume(x, y, z, lattice[index(x, y, z)])
                    guard x + 1 < counts.x, y + 1 < counts.y, z + 1 < counts.z else { continue }
                    var summary = CubeSummary()
                    var change = Variation()
                    for corner in 0..<8 {
                        let place = index(x + corner & 1, y + corner >> 1 & 1, z + corner >> 2)
                        summary.add(lattice[place])
                        change.formMaximum(variation[place])
                    }
                    let isExpected =
                        expected?[index(x, y, z)]
                        ?? (canHoldSurface(summary, change, side: 8) && !isExcluded(SIMD3(x, y, z) &* 8, side: 8))
                    if isExpected || summary.hasBothSigns {
                        cubes.append(
                            Cube(lower: SIMD3(Int32(x * 8), Int32(y * 8), Int32(z * 8)), curvature: change.second))
                    }
                }
            }
        }
        return cubes
    }

    /// For each lattice sample whether surface is expected in the cube of side 8 that begins there; nil where nothing is known.
    private func expectedCubes() -> [Bool]? {
        guard sampling == .adaptive, let surfaceCells else { return nil }
        let counts = latticeCounts
        var expected = [Bool](repeating: false, count: counts.x * counts.y * counts.z)
        expected.withUnsafeMutableBufferPointer { expected in
            let expected = expected
            evaluator.workers.forEach(counts.z) { z, _ in
                for y in 0..<counts.y {
                    for x in 0..<counts.x {
                        expected[(z * counts.y + y) * counts.x + x] = surfaceCells.overlap(
                            BoundingBox(
                                minimum: grid.position(8 * x, 8 * y, 8 * z),
                                maximum: grid.position(8 * x + 8, 8 * y + 8, 8 * z + 8)))
                    }
                }
            }
        }
        return expected
    }

    /// Gives the block that begins at a lattice sample its sign.
    private func assume(_ x: Int, _ y: Int, _ z: Int, _ value: Float) {
        // The last lattice sample begins no block where it was moved to the grid's end.
        if all(SIMD3(x, y, z) &* 8 .<= grid.cellCounts) {
            blocks.assume(block: grid.blockIndex(x + 1, y + 1, z + 1), inside: value < 0)
        }
    }

    private mutating func evaluateLattice() -> [Float] {
        let counts = latticeCounts
        let cells = grid.cellCounts
        var lattice: [Float] = []
        lattice.reserveCapacity(counts.x * counts.y * counts.z)
        evaluator.begin()
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x {
                    evaluator.append(grid.position(min(8 * x, cells.x), min(8 * y, cells.y), min(8 * z, cells.z)))
                }
            }
            if evaluator.count >= BatchEvaluator.batchSize || z == counts.z - 1 {
                evaluator.evaluate()
                lattice += evaluator.values
                evaluator.begin()
            }
        }
        return lattice
    }

    /// For each lattice sample, the largest first and second differences to its neighbours along the axes.
    private func latticeVariation(_ lattice: [Float]) -> [Variation] {
        let counts = latticeCounts
        let strides = SIMD3(1, counts.x, counts.x * counts.y)
        var result = [Variation](repeating: Variation(), count: lattice.count)
        var place = 0
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x {
                    let coordinates = SIMD3(x, y, z)
                    for axis in 0..<3 {
                        let isFirst = coordinates[axis] == 0
                        let isLast = coordinates[axis] == counts[axis] - 1
                        let center = lattice[place]
                        let below = isFirst ? nil : lattice[place - strides[axis]]
                        let above = isLast ? nil : lattice[place + strides[axis]]
                        result[place].add(below: below, center: center, above: above)
                    }
                    place += 1
                }
            }
        }
        return result
    }

    /// From cubes of side 8 to every corner of every crossed cell.
    private mutating func refine(_ coarse: [Cube]) throws(ExtractionError) {
        var cubes = coarse
        for side in [8, 4] {
            let step = side / 2
            for (count, cube) in cubes.enumerated() {
                forEachOf27(cube, step: step) { x, y, z in blocks.request(x, y, z) }
                if count & 1023 == 0 { try checkMemory() }
            }
            if side == 4 { freeBlocks(withoutSamplesOf: cubes, step: step) }
            _ = blocks.answerRequests(&evaluator)
            cubes = childrenToLookInto(of: cubes, side: step)
        }
        fillFromCoarserSamples(blocks.usedBlocks)
        for (count, cube) in cubes.enumerated() {
            requestFinest(cube)
            if count & 1023 == 0 { try checkMemory() }
        }
        _ = blocks.answerRequests(&evaluator)
        var changed = Set(blocks.usedBlocks)
        for block in insideBlocksAtTheBoundary() {
            // Its samples beyond the grid are outside, which an assumed sign for all would hide.
            _ = blocks.allocate(block: Int(block))
            changed.insert(block)
        }
        try followSurface(from: changed)
    }

    /// Gives back what cubes of side 8 needed and no smaller one does. Such a block has one sign: between samples of
    /// different signs lies a cube of side 4 with both, which is looked into.
    private func freeBlocks(withoutSamplesOf cubes: [Cube], step: Int) {
        var isNeeded = [Bool](repeating: false, count: blocks.blocks.count)
        for cube in cubes {
            forEachOf27(cube, step: step) { x, y, z in
                isNeeded[blocks.slot(ofBlock: blocks.block(ofSample: x, y, z))] = true
            }
        }
        for (slot, block) in blocks.blocks.enumerated() where block >= 0 && !isNeeded[slot] {
            blocks.free(block: Int(block))
        }
    }

    func forEachOf27(_ cube: Cube, step: Int, _ body: (Int, Int, Int) -> Void) {
        let cells = grid.cellCounts
        for k in 0..<3 {
            for j in 0..<3 {
                for i in 0..<3 {
                    body(
                        min(Int(cube.lower.x) + i * step, cells.x), min(Int(cube.lower.y) + j * step, cells.y),
                        min(Int(cube.lower.z) + k * step, cells.z))
                }
            }
        }
    }

    /// The children of side `side` that can hold surface by their values, and all those in cells where it was learnt that no child
    /// with a change of sign reaches into.
    private func childrenToLookInto(of cubes: [Cube], side: Int) -> [Cube] {
        let found = children(of: cubes, side: side, in: nil)
        guard sampling == .adaptive, var unexplained = surfaceCells else { return found }
        for cube in found where cube.hasBothSigns { unexplained.remove(box(of: cube, side: side)) }
        if unexplained.isEmpty { return found }
        let parents = cubes.filter { unexplained.overlap(box(of: $0, side: 2 * side)) }
        return found + children(of: parents, side: side, in: unexplained)
    }

    private func box(of cube: Cube, side: Int) -> BoundingBox {
        let (x, y, z) = (Int(cube.lower.x), Int(cube.lower.y), Int(cube.lower.z))
        return BoundingBox(minimum: grid.position(x, y, z), maximum: grid.position(x + side, y + side, z + side))
    }

    /// The children of side `side` that can hold surface by their values, or those of the others that reach into `cells`.
    private func children(of cubes: [Cube], side: Int, in cells: SurfaceCells?) -> [Cube] {
        var parts = [[Cube]](repeating: [], count: (cubes.count + 4095) / 4096)
        parts.withUnsafeMutableBufferPointer { parts in
            let parts = parts
            evaluator.workers.forEachChunk(of: cubes.count, chunkSize: 4096) { range, _ in
                parts[range.lowerBound / 4096] = children(of: cubes[range], side: side, in: cells)
            }
        }
        return Array(parts.joined())
    }

    private func children(of cubes: ArraySlice<Cube>, side: Int, in cells: SurfaceCells?) -> [Cube] {
        var result: [Cube] = []
        let counts = grid.cellCounts
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 27) { samples in
            for cube in cubes {
                var next = 0
                forEachOf27(cube, step: side) { x, y, z in
                    samples[next] = blocks.value(x, y, z)
                    next += 1
                }
                for child in 0..<8 {
                    let offset = SIMD3(child & 1, child >> 1 & 1, child >> 2)
                    let lower = SIMD3<Int>(truncatingIfNeeded: cube.lower) &+ offset &* side
                    guard all(lower .< counts) else { continue }
                    var summary = CubeSummary()
                    let change = Variation(of27: samples, child: offset)
                    for corner in 0..<8 {
                        let x = offset.x + corner & 1
                        let y = offset.y + corner >> 1 & 1
                        let z = offset.z + corner >> 2
                        summary.add(samples[x + 3 * y + 9 * z])
                    }
                    let cube = Cube(
                        lower: SIMD3(truncatingIfNeeded: lower), curvature: change.second,
                        hasBothSigns: summary.hasBothSigns)
                    let isFound = canHoldSurface(summary, change, side: side)
                    let isWanted = cells.map { !isFound && $0.overlap(box(of: cube, side: side)) } ?? isFound
                    if isWanted { result.append(cube) }
                }
            }
        }
        return result
    }

    /// Whether a cube of `side` cells may hold a sample of the other sign.
    private func canHoldSurface(_ summary: CubeSummary, _ change: Variation, side: Int) -> Bool {
        if summary.hasBothSigns { return true }
        switch sampling {
        case .exhaustive:
            return true
        case .lipschitz(let bound):
            // Some corner is within √3/2 sides of any point of the cube, and the corners' mean distance from a point
            // is largest at a corner: (3 + 3 √2 + √3)/8 < 1.1219 sides. A thousandth for rounding.
            let reach = bound * Float(side) * grid.spacing * 1.001
            return !(summary.smallest > 0.8661 * reach || summary.mean > 1.1219 * reach)
        case .adaptive where exclusion != nil:
            // As for a bound, but with a slope that is expected and not promised.
            let reach = (exclusion?.slope ?? 1) * Float(side) * grid.spacing
            return !(summary.smallest > 0.8661 * reach || summary.mean > 1.1219 * reach)
                && (side > 4 || summary.smallest <= AdaptiveRule.dips(side: side) * change.dip)
        case .adaptive where surfaceCells != nil && side < 8:
            return summary.smallest <= AdaptiveRule.dips(side: side) * change.dip
        case .adaptive:
            return summary.smallest
                <= max(
                    AdaptiveRule.firstDifferences(side: side) * change.first,
                    AdaptiveRule.secondDifferences(side: side) * change.second)
        }
    }

    /// Whether the level is for certain not in the cube of `side` cells that begins at a sample.
    private func isExcluded(_ lower: SIMD3<Int>, side: Int) -> Bool {
        guard sampling == .adaptive, let exclusion else { return false }
        let upper = lower &+ side
        return exclusion.excludes(
            evaluator.isoLevel,
            from: BoundingBox(
                minimum: grid.position(lower.x, lower.y, lower.z), maximum: grid.position(upper.x, upper.y, upper.z)))
    }

    /// Gives samples that were not evaluated the sign of the next coarser lattice's sample below them.
    private func fillFromCoarserSamples(_ changed: [Int32]) {
        evaluator.workers.forEachChunk(of: changed.count, chunkSize: 256) { range, _ in
            for block in changed[range] { fillFromCoarserSamples(slot: blocks.slot(ofBlock: Int(block))) }
        }
    }

    private func fillFromCoarserSamples(slot: Int) {
        let evaluated = blocks.evaluated(slot)
        let inside = blocks.inside(slot)
        let values = blocks.values(slot)
        for mask in [~3, ~1] {
            for z in 0..<8 {
                var unknown = ~evaluated[z]
                while unknown != 0 {
                    let bit = unknown.trailingZeroBitCount
                    unknown &= unknown - 1
                    let lowerBit = ((bit >> 3) & mask) << 3 | (bit & 7) & mask
                    guard evaluated[z & mask] >> UInt64(lowerBit) & 1 == 1 else { continue }
                    let sign = inside[z & mask] >> UInt64(lowerBit) & 1
                    inside[z] = inside[z] & ~(1 << UInt64(bit)) | sign << UInt64(bit)
                    values[z * 64 + bit] = sign == 1 ? -.infinity : .infinity
                }
            }
        }
    }

    /// Blocks through whose samples the shape may leave the box: a cap begins there however far the surface is.
    private func insideBlocksAtTheBoundary() -> [Int32] {
        let last = SIMD3(grid.cellCounts.x >> 3, grid.cellCounts.y >> 3, grid.cellCounts.z >> 3) &+ 1
        return (0..<Int32(grid.blockCount)).filter { block in
            guard blocks.assumesInside(block: Int(block)) else { return false }
            let place = grid.blockCoordinates(Int(block))
            return any(place .== 1) || any(place .== last)
        }
    }

    func checkMemory() throws(ExtractionError) {
        let required = SurfaceBlocks.bytesPerBlock * blocks.usedBlockCount + 24 * grid.blockCount
        guard required <= memoryLimit else {
            throw .gridTooLarge(resolution: resolution, requiredBytes: required, limitBytes: memoryLimit)
        }
    }
}
