/// Some corners of a lattice, numbered.
///
/// Kept as a mask of 8³ bits for each block that has any: half a byte a corner along a surface. Corners are numbered block by block
/// (x fastest), within a block by z, y, x; so neighbours mostly have neighbouring numbers.
public struct CornerSet: Sendable, Equatable {
    /// Corners of the lattice along each axis.
    public let counts: SIMD3<Int>
    /// Numbers, ascending, of the blocks that have corners.
    public let blocks: [Int32]
    /// `(blocks, 8)`: bit 8 y + x of word z.
    public let masks: [UInt64]
    /// `(blocks · 8 + 1)`: the number of the first corner of each word of ``masks``, and at the end how many there are.
    private let firsts: [Int32]
    private let slots: [Int32]

    /// The corners that were inserted.
    public var count: Int { Int(firsts.last ?? 0) }

    static func blockCounts(_ counts: SIMD3<Int>) -> SIMD3<Int> { (counts &+ 7) / 8 }

    var blockCounts: SIMD3<Int> { Self.blockCounts(counts) }

    init(counts: SIMD3<Int>, blocks: [Int32], masks: [UInt64]) {
        self.counts = counts
        self.blocks = blocks
        self.masks = masks
        var firsts: [Int32] = [0]
        firsts.reserveCapacity(masks.count + 1)
        var sum: Int32 = 0
        for mask in masks {
            sum += Int32(mask.nonzeroBitCount)
            firsts.append(sum)
        }
        self.firsts = firsts
        let blockCounts = Self.blockCounts(counts)
        var slots = [Int32](repeating: -1, count: blockCounts.x * blockCounts.y * blockCounts.z)
        for (slot, block) in blocks.enumerated() { slots[Int(block)] = Int32(slot) }
        self.slots = slots
    }

    /// What a file holds; nil where it cannot be a set of corners of such a lattice.
    public init?(counts: SIMD3<Int>, storedBlocks: [Int32], storedMasks: [UInt64]) {
        let blockCounts = Self.blockCounts(counts)
        guard counts.min() >= 1, storedMasks.count == 8 * storedBlocks.count else { return nil }
        let limit = blockCounts.x * blockCounts.y * blockCounts.z
        var previous = -1
        for (index, block) in storedBlocks.enumerated() {
            guard Int(block) > previous, Int(block) < limit else { return nil }
            previous = Int(block)
            let place = SIMD3(
                previous % blockCounts.x, previous / blockCounts.x % blockCounts.y,
                previous / (blockCounts.x * blockCounts.y))
            let room = pointwiseMin(counts &- place &* 8, SIMD3(repeating: 8))
            let row = (UInt64(1) << UInt64(room.x)) - 1
            var plane: UInt64 = 0
            for y in 0..<room.y { plane |= row << UInt64(8 * y) }
            for z in 0..<8 where storedMasks[8 * index + z] & ~(z < room.z ? plane : 0) != 0 { return nil }
        }
        self.init(counts: counts, blocks: storedBlocks, masks: storedMasks)
    }

    /// The corner's number, or −1 where it is not in the set.
    ///
    /// - Precondition: the corner is one of the lattice.
    @inline(__always)
    public func number(of x: Int, _ y: Int, _ z: Int) -> Int {
        let counts = blockCounts
        let slot = Int(slots[((z >> 3) * counts.y + y >> 3) * counts.x + x >> 3])
        guard slot >= 0 else { return -1 }
        let (layer, bit) = (z & 7, UInt64((y & 7) * 8 + x & 7))
        let word = masks[8 * slot + layer]
        guard word >> bit & 1 == 1 else { return -1 }
        return Int(firsts[8 * slot + layer]) + (word & (1 << bit - 1)).nonzeroBitCount
    }

    /// Calls `body` with every corner, in the order of their numbers.
    public func forEach(_ body: (_ number: Int, _ corner: SIMD3<Int>) -> Void) {
        for slot in blocks.indices { forEach(inBlock: slot, body) }
    }

    /// The same for the block at a place of ``blocks``.
    public func forEach(inBlock slot: Int, _ body: (_ number: Int, _ corner: SIMD3<Int>) -> Void) {
        let base = origin(ofBlock: slot)
        var number = Int(firsts[8 * slot])
        for z in 0..<8 {
            var word = masks[8 * slot + z]
            while word != 0 {
                let bit = word.trailingZeroBitCount
                word &= word - 1
                body(number, base &+ SIMD3(bit & 7, bit >> 3, z))
                number += 1
            }
        }
    }

    /// The lowest corner of the block at a place of ``blocks``.
    public func origin(ofBlock slot: Int) -> SIMD3<Int> {
        let counts = blockCounts
        let block = Int(blocks[slot])
        return SIMD3(block % counts.x, block / counts.x % counts.y, block / (counts.x * counts.y)) &* 8
    }

    public static func == (a: CornerSet, b: CornerSet) -> Bool {
        a.counts == b.counts && a.blocks == b.blocks && a.masks == b.masks
    }
}

/// Collects corners, or cells, in any order.
public struct CornerSetBuilder: Sendable {
    public let counts: SIMD3<Int>
    private let blockCounts: SIMD3<Int>
    private var slots: [Int32]
    private var blocks: [Int32] = []
    private var masks: [UInt64] = []

    /// - Parameter counts: corners of the lattice along each axis.
    public init(counts: SIMD3<Int>) {
        self.counts = counts
        blockCounts = CornerSet.blockCounts(counts)
        slots = [Int32](repeating: -1, count: blockCounts.x * blockCounts.y * blockCounts.z)
    }

    /// Starts from a set.
    public init(_ set: CornerSet) {
        self.init(counts: set.counts)
        blocks = set.blocks
        masks = set.masks
        for (slot, block) in blocks.enumerated() { slots[Int(block)] = Int32(slot) }
    }

    @inline(__always)
    public mutating func insert(_ x: Int, _ y: Int, _ z: Int) {
        let slot = slot(ofBlock: ((z >> 3) * blockCounts.y + y >> 3) * blockCounts.x + x >> 3)
        masks[8 * slot + z & 7] |= 1 << UInt64((y & 7) * 8 + x & 7)
    }

    /// The eight corners of a cell.
    public mutating func insertCorners(ofCell cell: SIMD3<Int>) {
        let place = cell & 7
        if place.x < 7 && place.y < 7 && place.z < 7 {
            // All in one block, as two times in three.
            let block = cell &>> 3
            let slot = slot(ofBlock: (block.z * blockCounts.y + block.y) * blockCounts.x + block.x)
            let square = UInt64(0x303) << UInt64(place.y * 8 + place.x)
            masks[8 * slot + place.z] |= square
            masks[8 * slot + place.z + 1] |= square
            return
        }
        for corner in 0..<8 { insert(cell.x + corner & 1, cell.y + corner >> 1 & 1, cell.z + corner >> 2) }
    }

    public func contains(_ x: Int, _ y: Int, _ z: Int) -> Bool {
        let slot = Int(slots[((z >> 3) * blockCounts.y + y >> 3) * blockCounts.x + x >> 3])
        return slot >= 0 && masks[8 * slot + z & 7] >> UInt64((y & 7) * 8 + x & 7) & 1 == 1
    }

    private mutating func slot(ofBlock block: Int) -> Int {
        if slots[block] >= 0 { return Int(slots[block]) }
        slots[block] = Int32(blocks.count)
        blocks.append(Int32(block))
        for _ in 0..<8 { masks.append(0) }
        return blocks.count - 1
    }

    /// What was inserted, the same whatever the order.
    public func build() -> CornerSet {
        let order = blocks.indices.sorted { blocks[$0] < blocks[$1] }
        return CornerSet(
            counts: counts, blocks: order.map { blocks[$0] }, masks: order.flatMap { masks[8 * $0..<8 * $0 + 8] })
    }
}
