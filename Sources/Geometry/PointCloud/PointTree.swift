import CKernels
import Core

/// Points in blocks of eight under eight-wide nodes of boxes, all full but the last: for nearest points, winding numbers
/// and locally fitted surfaces.
///
/// A range is halved at its longest side, where a whole number of subtrees ends on the left, until a block is left (Bentley,
/// "Multidimensional binary search trees used for associative searching", CACM 1975). Points are then known by their
/// *slots*, 8 · block + lane; ``order`` leads back to their numbers in the input.
package struct PointTree: Sendable {
    package let count: Int
    /// `(count)`: which point of the input is in each slot.
    package let order: [UInt32]
    /// `(blocks, CK_POINT_STRIDE)`.
    let blocks: KernelBuffer<Float>
    let nodes: KernelBuffer<Float>
    let reaches: KernelBuffer<Float>
    let moments: KernelBuffer<Float>
    /// The numbers of each level's nodes, the root's first.
    private let levels: [Range<Int>]

    var blockCount: Int { (count + CK_LANES - 1) / CK_LANES }
    var byteCount: Int { blocks.byteCount + nodes.byteCount + reaches.byteCount + moments.byteCount + 4 * count }

    /// Points of a range that one thread goes on with by itself.
    private static let taskSize = 16_384
    /// Where the lanes of the last block that hold no point lie.
    private static let nowhere: Float = 1e15

    /// - Parameter positions: finite, at most 2³¹, at least one.
    /// - Complexity: O(n log n).
    package init(_ positions: [SIMD3<Float>], workers: Workers) {
        precondition(!positions.isEmpty && positions.count < Int(CK_CHILD_LEAF), "1 to 2^31 points")
        count = positions.count
        let items = KernelBuffer<SIMD4<Float>>(count: positions.count)
        for (index, position) in positions.enumerated() {
            items.pointer[index] = SIMD4(position, Float(bitPattern: UInt32(index)))
        }
        Self.arrange(items, workers)
        order = (0..<positions.count).map { items.pointer[$0].w.bitPattern }
        let blockCount = (count + CK_LANES - 1) / CK_LANES
        blocks = Self.filledBlocks(items, blockCount, workers)
        levels = Self.levels(blockCount)
        let nodeCount = levels.reduce(0) { $0 + $1.count }
        nodes = KernelBuffer(count: nodeCount * CK_NODE_STRIDE)
        reaches = KernelBuffer(count: nodeCount * CK_REACH_STRIDE)
        moments = KernelBuffer(count: nodeCount * CK_MOMENT_STRIDE)
        linkChildren()
        fillBoxes(nodes, stride: CK_NODE_STRIDE, reach: 0, workers)
    }

    /// The position in a slot.
    @inline(__always)
    package func position(_ slot: Int) -> SIMD3<Float> { vector(slot, 0) }
    /// The unit normal in a slot; zero before `complete`.
    @inline(__always)
    func normal(_ slot: Int) -> SIMD3<Float> { vector(slot, CK_POINT_NORMALS) }
    @inline(__always)
    func area(_ slot: Int) -> Float { (blocks.pointer + slot >> 3 * CK_POINT_STRIDE)[CK_POINT_AREAS + slot & 7] }

    @inline(__always)
    private func vector(_ slot: Int, _ start: Int) -> SIMD3<Float> {
        let lane = blocks.pointer + (slot >> 3) * CK_POINT_STRIDE + start + slot & 7
        return SIMD3(lane[0], lane[8], lane[16])
    }

    /// Calls `body` with the tree as the kernels read it.
    func withKernelTree<Result>(_ body: (UnsafePointer<ck_point_tree>) -> Result) -> Result {
        var tree = ck_point_tree(
            nodes: nodes.pointer, reaches: reaches.pointer, blocks: blocks.pointer, moments: moments.pointer)
        return withExtendedLifetime(self) { body(&tree) }
    }

    // MARK: Order

    private static func arrange(_ items: KernelBuffer<SIMD4<Float>>, _ workers: Workers) {
        let all = items.pointer
        let blockCount = (items.count + CK_LANES - 1) / CK_LANES
        var large = [0..<blockCount]
        var tasks: [Range<Int>] = []
        // All ranges of a level at once; each halves into two of the next.
        while !large.isEmpty {
            var middles = [Int](repeating: 0, count: large.count)
            middles.withUnsafeMutableBufferPointer { middles in
                workers.forEach(large.count) { index, _ in middles[index] = halve(all, items.count, large[index]) }
            }
            var next: [Range<Int>] = []
            for (range, middle) in zip(large, middles) where middle > range.lowerBound {
                for half in [range.lowerBound..<middle, middle..<range.upperBound] {
                    if CK_LANES * half.count > taskSize { next.append(half) } else { tasks.append(half) }
                }
            }
            large = next
        }
        workers.forEach(tasks.count) { task, _ in
            var pending = [tasks[task]]
            while let range = pending.popLast() {
                let middle = halve(all, items.count, range)
                guard middle > range.lowerBound else { continue }
                pending += [range.lowerBound..<middle, middle..<range.upperBound]
            }
        }
    }

    /// Puts the lower half of a range of blocks first along its longest side; returns where the other begins, or the
    /// range's start when it is one block.
    private static func halve(_ all: UnsafeMutablePointer<SIMD4<Float>>, _ count: Int, _ range: Range<Int>) -> Int {
        guard range.count > 1 else { return range.lowerBound }
        var subtree = 1
        while subtree * CK_LANES < range.count { subtree *= CK_LANES }
        let children = (range.count + subtree - 1) / subtree
        let middle = range.lowerBound + (children + 1) / 2 * subtree
        let points = CK_LANES * range.lowerBound..<min(CK_LANES * range.upperBound, count)
        var lower = all[points.lowerBound]
        var upper = lower
        for index in points {
            lower = lesser(lower, all[index])
            upper = greater(upper, all[index])
        }
        let extent = upper - lower
        let axis = extent.x >= extent.y && extent.x >= extent.z ? 0 : extent.y >= extent.z ? 1 : 2
        select(all, points, CK_LANES * middle, axis)
        return middle
    }

    /// Hoare's selection: nothing before `rank` is larger along the axis than what is from there on.
    private static func select(
        _ all: UnsafeMutablePointer<SIMD4<Float>>, _ range: Range<Int>, _ rank: Int, _ axis: Int
    ) {
        let keys = UnsafeRawPointer(all).assumingMemoryBound(to: Float.self) + axis
        var (left, right) = (range.lowerBound, range.upperBound - 1)
        while right > left {
            let (a, b, c) = (keys[4 * left], keys[4 * ((left + right) >> 1)], keys[4 * right])
            let pivot = max(min(a, b), min(max(a, b), c))
            var (i, j) = (left, right)
            while i <= j {
                while keys[4 * i] < pivot { i += 1 }
                while keys[4 * j] > pivot { j -= 1 }
                if i <= j {
                    let moved = all[i]
                    all[i] = all[j]
                    all[j] = moved
                    i += 1
                    j -= 1
                }
            }
            if rank <= j { right = j } else if rank >= i { left = i } else { return }
        }
    }

    private static func filledBlocks(
        _ items: KernelBuffer<SIMD4<Float>>, _ blockCount: Int, _ workers: Workers
    ) -> KernelBuffer<Float> {
        let blocks = KernelBuffer<Float>(count: blockCount * CK_POINT_STRIDE)
        workers.forEachChunk(of: blockCount, chunkSize: 2048) { range, _ in
            for number in range {
                let block = blocks.pointer + number * CK_POINT_STRIDE
                block.initialize(repeating: 0, count: CK_POINT_STRIDE)
                for lane in 0..<CK_LANES {
                    let slot = CK_LANES * number + lane
                    let place = slot < items.count ? items.pointer[slot] : SIMD4(repeating: nowhere)
                    for axis in 0..<3 { block[8 * axis + lane] = place[axis] }
                    // Of no reach.
                    block[CK_POINT_SUPPORTS + lane] = 1e30
                }
            }
        }
        return blocks
    }

    // MARK: Nodes

    private static func levels(_ blockCount: Int) -> [Range<Int>] {
        var counts = [max((blockCount + CK_LANES - 1) / CK_LANES, 1)]
        while let last = counts.last, last > 1 { counts.append((last + CK_LANES - 1) / CK_LANES) }
        var levels: [Range<Int>] = []
        for count in counts.reversed() {
            let start = levels.last?.upperBound ?? 0
            levels.append(start..<start + count)
        }
        return levels
    }

    private func linkChildren() {
        for (level, range) in levels.enumerated() {
            let below = level + 1 < levels.count ? levels[level + 1] : 0..<blockCount
            let mark = level + 1 < levels.count ? 0 : CK_CHILD_LEAF
            for node in range {
                for lane in 0..<CK_LANES {
                    let child = below.lowerBound + CK_LANES * (node - range.lowerBound) + lane
                    let word = child < below.upperBound ? UInt32(child) | mark : CK_CHILD_NONE
                    nodes.pointer[node * CK_NODE_STRIDE + CK_NODE_CHILDREN + lane] = Float(bitPattern: word)
                }
            }
        }
    }

    /// Calls `body` for every node, children before parents, those of a level on all threads.
    private func forEachNode(_ workers: Workers, _ body: (_ node: Int, _ lane: Int, _ child: UInt32) -> Void) {
        for range in levels.reversed() {
            workers.forEachChunk(of: range.count, chunkSize: 256) { part, _ in
                for node in range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound {
                    for lane in 0..<CK_LANES {
                        body(node, lane, nodes.pointer[node * CK_NODE_STRIDE + CK_NODE_CHILDREN + lane].bitPattern)
                    }
                }
            }
        }
    }

    /// Boxes of points, or of the points' balls of support with `reach` 1.
    private func fillBoxes(_ boxes: KernelBuffer<Float>, stride: Int, reach: Float, _ workers: Workers) {
        forEachNode(workers) { node, lane, child in
            var lower = SIMD3<Float>(repeating: .infinity)
            var upper = -lower
            if child != CK_CHILD_NONE && child & CK_CHILD_LEAF != 0 {
                let number = Int(child & ~CK_CHILD_LEAF)
                for slot in CK_LANES * number..<min(CK_LANES * number + CK_LANES, count) {
                    let inverse = (blocks.pointer + number * CK_POINT_STRIDE)[CK_POINT_SUPPORTS + slot & 7]
                    let radius = reach == 0 ? 0 : reach / inverse.squareRoot() * (1 + 1e-6)
                    lower = pointwiseMin(lower, position(slot) - radius)
                    upper = pointwiseMax(upper, position(slot) + radius)
                }
            } else if child != CK_CHILD_NONE {
                let row = boxes.pointer + Int(child) * stride
                for part in 0..<CK_LANES {
                    lower = pointwiseMin(lower, SIMD3(row[part], row[8 + part], row[16 + part]))
                    upper = pointwiseMax(upper, SIMD3(row[24 + part], row[32 + part], row[40 + part]))
                }
            }
            let row = boxes.pointer + node * stride + lane
            for axis in 0..<3 {
                row[8 * axis] = lower[axis]
                row[24 + 8 * axis] = upper[axis]
            }
        }
    }

    // MARK: What points carry

    /// Gives every slot its normal, its area and the radius of its ball of support; only while nobody else has the tree.
    ///
    /// - Parameters:
    ///   - normals: `(count)`, by slot, of unit length.
    ///   - areas: `(count)`, not negative.
    ///   - supports: `(count)`, positive.
    package func complete(normals: [SIMD3<Float>], areas: [Float], supports: [Float], workers: Workers) {
        workers.forEachChunk(of: count, chunkSize: 16_384) { range, _ in
            for slot in range {
                let lane = blocks.pointer + (slot >> 3) * CK_POINT_STRIDE + slot & 7
                for axis in 0..<3 { lane[CK_POINT_NORMALS + 8 * axis] = normals[slot][axis] }
                lane[CK_POINT_AREAS] = areas[slot]
                lane[CK_POINT_SUPPORTS] = 1 / (supports[slot] * supports[slot])
            }
        }
        fillBoxes(reaches, stride: CK_REACH_STRIDE, reach: 1, workers)
        fillMoments(workers)
    }

    private func fillMoments(_ workers: Workers) {
        let nodeCount = levels.reduce(0) { $0 + $1.count }
        var sums = [MomentSums](repeating: MomentSums(), count: nodeCount * CK_LANES)
        sums.withUnsafeMutableBufferPointer { sums in
            forEachNode(workers) { node, lane, child in
                let row = moments.pointer + node * CK_MOMENT_STRIDE + lane
                guard child != CK_CHILD_NONE else {
                    MomentSums.storeNothing(in: row)
                    return
                }
                let index = node * CK_LANES + lane
                if child & CK_CHILD_LEAF != 0 {
                    let number = Int(child & ~CK_CHILD_LEAF)
                    sums[index] = MomentSums(
                        pointBlock: blocks.pointer + number * CK_POINT_STRIDE,
                        count: min(CK_LANES, count - CK_LANES * number))
                } else {
                    let first = Int(child) * CK_LANES
                    let present = (0..<CK_LANES).filter {
                        nodes.pointer[Int(child) * CK_NODE_STRIDE + CK_NODE_CHILDREN + $0].bitPattern != CK_CHILD_NONE
                    }
                    sums[index] = MomentSums(present.map { sums[first + $0] })
                }
                sums[index].store(in: row)
            }
        }
    }
}
