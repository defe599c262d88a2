import CKernels
import Core

/// Builds a ``BoundingVolumeHierarchy``: splits ranges of triangles into a tree of eight-wide nodes, then fills the
/// leaves' blocks and the nodes' multipole moments.
///
/// The upper part of the tree is split first; what is below becomes tasks of a size that does not depend on the number
/// of workers, each with nodes and blocks of its own, strung together in the tasks' order.
struct HierarchyBuilder {
    let mesh: TriangleMesh
    let scale: Float
    let workers: Workers
    /// A root of more triangles is split by all threads together. Meshes of fewer have the trees that single passes make.
    var largeThreshold = 1 << 19

    /// Triangles of a task, at most. A root of 100 000 triangles gives about eight tasks.
    private static let taskSize = 16_384
    /// The same below a root that all threads split together: of 10 million triangles, a hundred tasks.
    private static let largeTaskSize = 1 << 17

    struct Tree {
        let nodes: KernelBuffer<Float>
        let blocks: KernelBuffer<Float>
        let moments: KernelBuffer<Float>
    }

    func build() -> Tree {
        let count = mesh.triangles.count
        let references = KernelBuffer<TriangleReference>(count: count)
        fill(references)
        let isLarge = count > largeThreshold
        var top = HierarchyPart(
            references: references.pointer,
            large: isLarge ? HierarchyLargeSplit(references: references.pointer, workers: workers) : nil)
        top.build(0..<count, leafLimit: isLarge ? Self.largeTaskSize : Self.taskSize)

        let tasks = top.leaves
        var parts = [HierarchyPart](repeating: HierarchyPart(references: references.pointer), count: tasks.count)
        parts.withUnsafeMutableBufferPointer { parts in
            workers.forEach(tasks.count) { task, _ in
                parts[task].build(tasks[task], leafLimit: CK_LANES)
            }
        }
        return assemble(top, parts, references)
    }

    private func fill(_ references: KernelBuffer<TriangleReference>) {
        mesh.vertices.withUnsafeBufferPointer { vertices in
            mesh.triangles.withUnsafeBufferPointer { triangles in
                workers.forEachChunk(of: triangles.count, chunkSize: 16_384) { range, _ in
                    for index in range {
                        let triangle = triangles[index]
                        let a = SIMD4(vertices[Int(triangle.x)] * scale, 0)
                        let b = SIMD4(vertices[Int(triangle.y)] * scale, 0)
                        let c = SIMD4(vertices[Int(triangle.z)] * scale, 0)
                        (references.pointer + index).initialize(
                            to: TriangleReference(
                                lower: lesser(lesser(a, b), c), upper: greater(greater(a, b), c),
                                triangle: UInt32(index)))
                    }
                }
            }
        }
    }

    /// Strings the parts' nodes together after the top's, numbers the blocks, and fills blocks and moments.
    private func assemble(
        _ top: HierarchyPart, _ parts: [HierarchyPart], _ references: KernelBuffer<TriangleReference>
    ) -> Tree {
        var nodeStarts: [Int] = []
        var blockStarts: [Int] = []
        var nodeCount = top.nodeCount
        var blockCount = 0
        for part in parts {
            nodeStarts.append(nodeCount)
            blockStarts.append(blockCount)
            nodeCount += part.nodeCount
            blockCount += part.leaves.count
        }
        let nodes = KernelBuffer<Float>(count: nodeCount * CK_NODE_STRIDE)
        let blocks = KernelBuffer<Float>(count: blockCount * CK_BLOCK_STRIDE)
        let moments = KernelBuffer<Float>(count: nodeCount * CK_MOMENT_STRIDE)
        var sums = [MomentSums](repeating: MomentSums(), count: parts.count)
        sums.withUnsafeMutableBufferPointer { sums in
            workers.forEach(parts.count) { task, _ in
                let part = parts[task]
                part.copyNodes(to: nodes.pointer, at: nodeStarts[task]) { child in
                    child & CK_CHILD_LEAF == 0
                        ? child + UInt32(nodeStarts[task]) : child + UInt32(blockStarts[task])
                }
                for (index, leaf) in part.leaves.enumerated() {
                    fillBlock(blocks.pointer + (blockStarts[task] + index) * CK_BLOCK_STRIDE, leaf, references)
                }
                sums[task] = fillMoments(
                    nodeStarts[task]..<nodeStarts[task] + part.nodeCount, nodes, blocks, moments, tasks: [:])
            }
        }
        top.copyNodes(to: nodes.pointer, at: 0) { child in
            child & CK_CHILD_LEAF == 0 ? child : UInt32(nodeStarts[Int(child & ~CK_CHILD_LEAF)])
        }
        var tasks: [UInt32: MomentSums] = [:]
        for (start, sum) in zip(nodeStarts, sums) { tasks[UInt32(start)] = sum }
        _ = fillMoments(0..<top.nodeCount, nodes, blocks, moments, tasks: tasks)
        return Tree(nodes: nodes, blocks: blocks, moments: moments)
    }

    private func fillBlock(
        _ block: UnsafeMutablePointer<Float>, _ leaf: Range<Int>, _ references: KernelBuffer<TriangleReference>
    ) {
        for lane in 0..<CK_LANES {
            let isPadding = lane >= leaf.count
            let triangle = references.pointer[leaf.lowerBound + min(lane, leaf.count - 1)].triangle
            let corners = mesh.corners(of: Int(triangle))
            let lanes = isPadding ? (corners.0, corners.0, corners.0) : corners
            for axis in 0..<3 {
                block[axis * 8 + lane] = lanes.0[axis] * scale
                block[24 + axis * 8 + lane] = lanes.1[axis] * scale
                block[48 + axis * 8 + lane] = lanes.2[axis] * scale
            }
            block[CK_BLOCK_TRIANGLES + lane] = Float(bitPattern: triangle)
        }
    }

    /// Fills the moments of `range`'s nodes from the last to the first, so that children come before their parents, and
    /// returns the first one's sums.
    private func fillMoments(
        _ range: Range<Int>, _ nodes: KernelBuffer<Float>, _ blocks: KernelBuffer<Float>,
        _ moments: KernelBuffer<Float>, tasks: [UInt32: MomentSums]
    ) -> MomentSums {
        var ofNodes = [MomentSums](repeating: MomentSums(), count: range.count)
        for node in range.reversed() {
            let row = moments.pointer + node * CK_MOMENT_STRIDE
            var children: [MomentSums] = []
            for lane in 0..<CK_LANES {
                let child = (nodes.pointer + node * CK_NODE_STRIDE)[CK_NODE_CHILDREN + lane].bitPattern
                guard child != CK_CHILD_NONE else {
                    MomentSums.storeNothing(in: row + lane)
                    continue
                }
                let sums: MomentSums
                if child & CK_CHILD_LEAF != 0 {
                    sums = MomentSums(block: blocks.pointer + Int(child & ~CK_CHILD_LEAF) * CK_BLOCK_STRIDE)
                } else if let task = tasks[child] {
                    sums = task
                } else {
                    sums = ofNodes[Int(child) - range.lowerBound]
                }
                sums.store(in: row + lane)
                children.append(sums)
            }
            ofNodes[node - range.lowerBound] = MomentSums(children)
        }
        return ofNodes.first ?? MomentSums()
    }
}

/// A triangle while the tree is being built: its box, and its number in the place of a fourth coordinate.
struct TriangleReference: BitwiseCopyable {
    var lower: SIMD4<Float>
    var upper: SIMD4<Float>

    init(lower: SIMD4<Float>, upper: SIMD4<Float>, triangle: UInt32) {
        self.lower = lower
        self.upper = upper
        self.lower.w = Float(bitPattern: triangle)
    }

    var triangle: UInt32 { lower.w.bitPattern }
    /// Twice the box's centre.
    @inline(__always) var center: SIMD4<Float> { lower + upper }
}

// One compare and one select each; the standard library's pointwiseMin is a call for every lane.
@inline(__always) func lesser(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> {
    a.replacing(with: b, where: b .< a)
}
@inline(__always) func greater(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> {
    a.replacing(with: b, where: b .> a)
}
