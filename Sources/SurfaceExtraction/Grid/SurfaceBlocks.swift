import Geometry

/// The samples of a grid in the blocks of 8³ that something asked for; the others are known by their sign alone.
///
/// Memory: 2 240 bytes a block that holds a requested sample, 8 bytes a block of the grid.
final class SurfaceBlocks: @unchecked Sendable {
    // Unchecked: one thread at a time changes it; marching only reads.

    // Storage is plain memory: checked access to a class's variables took a fifth of an extraction's own time.

    let grid: SampleGrid
    private let blockCounts: SIMD3<Int>
    /// The sign (inside or not) that a block's samples are assumed to have where they were not evaluated, and the
    /// block's slot, or −1; one a block of the grid.
    private let assumedInside: UnsafeMutablePointer<Bool>
    private let slots: UnsafeMutablePointer<Int32>
    /// Memory of 256 slots each, made when first used, so that a grown store is never copied.
    private let pages: UnsafeMutablePointer<BlockPage>
    private var pageCount = 0
    /// The grid's block in each slot; −1 where it was given back.
    private(set) var blocks: [Int32] = []
    private var freeSlots: [Int32] = []
    /// Slots with requests that were not answered.
    private var pending: [Int32] = []

    init(grid: SampleGrid) {
        self.grid = grid
        blockCounts = grid.blockCounts
        let count = grid.blockCount
        assumedInside = .allocate(capacity: count)
        assumedInside.initialize(repeating: false, count: count)
        slots = .allocate(capacity: count)
        slots.initialize(repeating: -1, count: count)
        pages = .allocate(capacity: count / BlockPage.slots + 1)
    }

    deinit {
        for page in 0..<pageCount { pages[page].deallocate() }
        pages.deallocate()
        slots.deallocate()
        assumedInside.deallocate()
    }

    var usedBlockCount: Int { blocks.count - freeSlots.count }
    var usedBlocks: [Int32] { blocks.filter { $0 >= 0 } }

    static let bytesPerBlock = 512 * 4 + 3 * 64

    // MARK: Layout

    func slot(ofBlock block: Int) -> Int { Int(slots[block]) }

    /// The block that holds a sample, which may be of the layer outside the grid.
    @inline(__always)
    func block(ofSample x: Int, _ y: Int, _ z: Int) -> Int {
        ((z >> 3 + 1) * blockCounts.y + (y >> 3 + 1)) * blockCounts.x + (x >> 3 + 1)
    }

    func assume(block: Int, inside: Bool) { assumedInside[block] = inside }
    func assumesInside(block: Int) -> Bool { assumedInside[block] }

    /// `(8, 8, 8)`, relative to the level.
    @inline(__always)
    func values(_ slot: Int) -> UnsafeMutablePointer<Float> {
        pages[slot / BlockPage.slots].values + slot % BlockPage.slots * 512
    }
    /// Eight words, one a layer; bit 8 y + x.
    @inline(__always)
    func evaluated(_ slot: Int) -> UnsafeMutablePointer<UInt64> {
        pages[slot / BlockPage.slots].bits + slot % BlockPage.slots * 24
    }
    @inline(__always)
    func inside(_ slot: Int) -> UnsafeMutablePointer<UInt64> { evaluated(slot) + 8 }
    @inline(__always)
    private func requested(_ slot: Int) -> UnsafeMutablePointer<UInt64> { evaluated(slot) + 16 }

    /// The slot of `block`, with no sample evaluated if it is new.
    func allocate(block: Int) -> Int {
        if slots[block] >= 0 { return Int(slots[block]) }
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = Int(free)
            blocks[slot] = Int32(block)
        } else {
            slot = blocks.count
            blocks.append(Int32(block))
            if slot / BlockPage.slots == pageCount {
                (pages + pageCount).initialize(to: BlockPage())
                pageCount += 1
            }
        }
        slots[block] = Int32(slot)
        evaluated(slot).update(repeating: 0, count: 24)
        let assumed = assumedInside[block]
        values(slot).update(repeating: assumed ? -.infinity : .infinity, count: 512)
        inside(slot).update(repeating: assumed ? .max : 0, count: 8)
        closeOutsideGrid(slot, block: block)
        return slot
    }

    /// Gives a block's memory back; its samples are then all of the assumed sign.
    func free(block: Int) {
        freeSlots.append(slots[block])
        blocks[Int(slots[block])] = -1
        slots[block] = -1
    }

    /// Marks samples beyond the grid as known and outside.
    private func closeOutsideGrid(_ slot: Int, block: Int) {
        let base = (grid.blockCoordinates(block) &- 1) &* 8
        let counts = grid.sampleCounts
        if base.min() >= 0, all(base &+ 8 .<= counts) { return }
        for z in 0..<8 {
            for y in 0..<8 {
                for x in 0..<8 {
                    let place = base &+ SIMD3(x, y, z)
                    if place.min() >= 0, all(place .< counts) { continue }
                    let bit: UInt64 = 1 << UInt64(8 * y + x)
                    evaluated(slot)[z] |= bit
                    inside(slot)[z] &= ~bit
                    values(slot)[(z * 8 + y) * 8 + x] = .infinity
                }
            }
        }
    }

    // MARK: Samples

    /// Asks for a sample of the grid.
    func request(_ x: Int, _ y: Int, _ z: Int) {
        request(slot: allocate(block: block(ofSample: x, y, z)), layer: z & 7, bits: 1 << UInt64((y & 7) * 8 + (x & 7)))
    }

    func request(slot: Int, layer: Int, bits: UInt64) {
        let new = bits & ~evaluated(slot)[layer]
        guard new != 0 else { return }
        let requests = requested(slot)
        var earlier: UInt64 = 0
        for z in 0..<8 { earlier |= requests[z] }
        requests[layer] |= new
        if earlier == 0 { pending.append(Int32(slot)) }
    }

    /// Gives a sample of a block in use a sign until it is evaluated.
    func guess(_ x: Int, _ y: Int, _ z: Int, inside isInside: Bool) {
        let slot = Int(slots[block(ofSample: x, y, z)])
        guard slot >= 0 else { return }
        let (layer, bit) = (z & 7, UInt64((y & 7) * 8 + (x & 7)))
        guard evaluated(slot)[layer] >> bit & 1 == 0 else { return }
        inside(slot)[layer] = inside(slot)[layer] & ~(1 << bit) | (isInside ? 1 : 0) << bit
        values(slot)[layer * 64 + Int(bit)] = isInside ? -.infinity : .infinity
    }

    /// An evaluated sample's value relative to the level.
    func value(_ x: Int, _ y: Int, _ z: Int) -> Float {
        values(Int(slots[block(ofSample: x, y, z)]))[((z & 7) * 8 + (y & 7)) * 8 + (x & 7)]
    }

    /// Evaluates what was asked for, and returns the blocks that changed.
    func answerRequests(_ evaluator: inout BatchEvaluator) -> [Int32] {
        var answered: [Int32] = []
        var first = 0
        while first < pending.count {
            // As many blocks as make a large batch.
            var last = first
            evaluator.begin()
            while last < pending.count, evaluator.count < BatchEvaluator.batchSize {
                let slot = Int(pending[last])
                let base = (grid.blockCoordinates(Int(blocks[slot])) &- 1) &* 8
                for z in 0..<8 {
                    var bits = requested(slot)[z]
                    while bits != 0 {
                        let bit = bits.trailingZeroBitCount
                        bits &= bits - 1
                        evaluator.append(grid.position(base.x + bit & 7, base.y + bit >> 3, base.z + z))
                    }
                }
                last += 1
            }
            evaluator.evaluate()
            var next = 0
            for slot in pending[first..<last].lazy.map(Int.init) {
                for z in 0..<8 {
                    let requests = requested(slot)[z]
                    var bits = requests
                    var insideBits: UInt64 = 0
                    while bits != 0 {
                        let bit = bits.trailingZeroBitCount
                        bits &= bits - 1
                        let value = evaluator.values[next]
                        next += 1
                        values(slot)[z * 64 + bit] = value
                        if value < 0 { insideBits |= 1 << UInt64(bit) }
                    }
                    evaluated(slot)[z] |= requests
                    inside(slot)[z] = inside(slot)[z] & ~requests | insideBits
                    requested(slot)[z] = 0
                }
                answered.append(blocks[slot])
            }
            first = last
        }
        pending = []
        return answered
    }

    /// Rows of inside bits and of evaluated bits for the block's samples and the next layer of each axis, `(9, 9)`.
    func gatherRows(
        block: Int, inside insideRows: UnsafeMutablePointer<UInt16>,
        evaluated evaluatedRows: UnsafeMutablePointer<UInt16>
    ) {
        forEachNeighbour(block) { slot, assumed, offset, size in
            for z in 0..<size.z {
                var insideWord: UInt64 = assumed ? .max : 0
                var evaluatedWord: UInt64 = 0
                if slot >= 0 {
                    insideWord = inside(slot)[z]
                    evaluatedWord = evaluated(slot)[z]
                }
                for y in 0..<size.y {
                    let row = (offset.z + z) * 9 + offset.y + y
                    let insideByte = UInt16(truncatingIfNeeded: insideWord >> UInt64(8 * y)) & 0xff
                    let evaluatedByte = UInt16(truncatingIfNeeded: evaluatedWord >> UInt64(8 * y)) & 0xff
                    if offset.x == 0 {
                        insideRows[row] = insideByte
                        evaluatedRows[row] = evaluatedByte
                    } else {
                        insideRows[row] |= (insideByte & 1) << 8
                        evaluatedRows[row] |= (evaluatedByte & 1) << 8
                    }
                }
            }
        }
    }

    /// The block and its upper neighbours, those along x last: slot or −1, assumed sign, where its samples go in the
    /// (9, 9, 9) array, and how many of them.
    @inline(__always)
    private func forEachNeighbour(
        _ block: Int, _ body: (_ slot: Int, _ assumed: Bool, _ offset: SIMD3<Int>, _ size: SIMD3<Int>) -> Void
    ) {
        let place = grid.blockCoordinates(block)
        for step in 0..<8 {
            let up = SIMD3(step >> 2, step & 1, step >> 1 & 1)
            let neighbour = place &+ up
            let size = SIMD3<Int>(repeating: 8) &- up &* 7
            if any(neighbour .>= blockCounts) {
                body(-1, false, up &* 8, size)
            } else {
                let index = (neighbour.z * blockCounts.y + neighbour.y) * blockCounts.x + neighbour.x
                body(Int(slots[index]), assumedInside[index], up &* 8, size)
            }
        }
    }
}

extension SurfaceBlocks: BlockSamples {
    var candidateBlocks: [Int32] { usedBlocks.sorted() }

    func gather(
        block: Int, into corners: UnsafeMutablePointer<Float>, insideRows: UnsafeMutablePointer<UInt16>
    ) -> Bool {
        forEachNeighbour(block) { slot, assumed, offset, size in
            let fill: Float = assumed ? -.infinity : .infinity
            for z in 0..<size.z {
                for y in 0..<size.y {
                    let row = (offset.z + z) * 9 + offset.y + y
                    let target = corners + row * 9 + offset.x
                    let source = slot >= 0 ? values(slot) + (z * 8 + y) * 8 : nil
                    if let source {
                        target.update(from: source, count: size.x)
                    } else {
                        target.update(repeating: fill, count: size.x)
                    }
                    let word: UInt64 = slot >= 0 ? inside(slot)[z] : (assumed ? .max : 0)
                    let byte = UInt16(truncatingIfNeeded: word >> UInt64(8 * y)) & 0xff
                    if offset.x == 0 { insideRows[row] = byte } else { insideRows[row] |= (byte & 1) << 8 }
                }
            }
        }
        var anyInside: UInt16 = 0
        var allInside: UInt16 = 0x1ff
        for row in 0..<81 {
            anyInside |= insideRows[row]
            allInside &= insideRows[row]
        }
        return anyInside != 0 && allInside != 0x1ff
    }
}

/// Memory for some slots.
private struct BlockPage {
    static let slots = 256
    let values = UnsafeMutablePointer<Float>.allocate(capacity: slots * 512)
    let bits = UnsafeMutablePointer<UInt64>.allocate(capacity: slots * 24)

    func deallocate() {
        values.deallocate()
        bits.deallocate()
    }
}
