import Geometry

extension SurfaceSampler {
    /// Evaluates corners of crossed cells until all are known.
    mutating func followSurface(from changed: Set<Int32>) throws(ExtractionError) {
        var changed = changed
        while !changed.isEmpty {
            for block in withLowerNeighbours(changed) { requestCorners(ofCrossedCellsIn: Int(block)) }
            try checkMemory()
            changed = Set(blocks.answerRequests(&evaluator))
        }
    }

    /// `blocks` and those in which cells begin that reach into them, ascending.
    private func withLowerNeighbours(_ blocks: Set<Int32>) -> [Int32] {
        var result: Set<Int32> = []
        result.reserveCapacity(blocks.count * 3)
        for block in blocks {
            let place = grid.blockCoordinates(Int(block))
            for step in 0..<8 {
                let lower = place &- SIMD3(step & 1, step >> 1 & 1, step >> 2)
                if lower.min() >= 0 { result.insert(Int32(grid.blockIndex(lower.x, lower.y, lower.z))) }
            }
        }
        return result.sorted()
    }

    private func requestCorners(ofCrossedCellsIn block: Int) {
        forEachCrossedCell(in: block, onlyIncomplete: true) { x, y, z in
            for corner in 0..<8 { requestSample(x + corner & 1, y + corner >> 1 & 1, z + corner >> 2) }
        }
    }

    private func requestSample(_ x: Int, _ y: Int, _ z: Int) {
        let cells = grid.cellCounts
        if x >= 0, y >= 0, z >= 0, x <= cells.x, y <= cells.y, z <= cells.z {
            blocks.request(x, y, z)
        } else {
            // Nothing to evaluate, but a cell that begins here must have a block.
            _ = blocks.allocate(block: blocks.block(ofSample: x, y, z))
        }
    }

    /// Calls `body` with the lower sample of each cell of the block that has corners of both signs.
    func forEachCrossedCell(in block: Int, onlyIncomplete: Bool, _ body: (Int, Int, Int) -> Void) {
        let base = (grid.blockCoordinates(block) &- 1) &* 8
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 162) { rows in
            guard let inside = rows.baseAddress else { return }
            let evaluated = inside + 81
            blocks.gatherRows(block: block, inside: inside, evaluated: evaluated)
            for z in 0..<8 {
                for y in 0..<8 {
                    var cells = CellRow(inside, y: y, z: z).crossedCells
                    guard cells != 0 else { continue }
                    if onlyIncomplete { cells &= ~CellRow(evaluated, y: y, z: z).fullCells }
                    while cells != 0 {
                        let x = cells.trailingZeroBitCount
                        cells &= cells - 1
                        body(base.x + x, base.y + y, base.z + z)
                    }
                }
            }
        }
    }

    /// ``SurfaceSampling/exhaustive``: keeps a block when a crossed cell has a corner in it.
    mutating func evaluateEverything() throws(ExtractionError) {
        let counts = grid.blockCounts
        var needed: Set<Int32> = []
        for layer in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x {
                    let slot = blocks.allocate(block: grid.blockIndex(x, y, layer))
                    for z in 0..<8 { blocks.request(slot: slot, layer: z, bits: .max) }
                }
            }
            _ = blocks.answerRequests(&evaluator)
            guard layer > 0 else { continue }
            // Cells that begin in the layer below are complete now, and with them all cells that touch its blocks.
            var below: Set<Int32> = []
            for y in 0..<counts.y {
                for x in 0..<counts.x { below.insert(Int32(grid.blockIndex(x, y, layer - 1))) }
            }
            for block in below {
                forEachCrossedCell(in: Int(block), onlyIncomplete: false) { x, y, z in
                    for corner in 0..<8 {
                        needed.insert(
                            Int32(blocks.block(ofSample: x + corner & 1, y + corner >> 1 & 1, z + corner >> 2)))
                    }
                }
            }
            for block in below where !needed.contains(block) {
                let slot = blocks.slot(ofBlock: Int(block))
                blocks.assume(block: Int(block), inside: blocks.inside(slot)[0] & 1 == 1)
                blocks.free(block: Int(block))
            }
            try checkMemory()
        }
    }
}
