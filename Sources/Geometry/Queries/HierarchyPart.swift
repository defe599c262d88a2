import CKernels

/// A tree, or the upper part of one, over a range of triangle references, which building reorders.
struct HierarchyPart {
    private let references: UnsafeMutablePointer<TriangleReference>
    private var nodes: [Float] = []
    /// What the leaf children refer to: ranges of references, numbered in the order of their creation.
    private(set) var leaves: [Range<Int>] = []

    /// Shares the passes over large ranges; nil where all are single.
    private let large: HierarchyLargeSplit?

    init(references: UnsafeMutablePointer<TriangleReference>, large: HierarchyLargeSplit? = nil) {
        self.references = references
        self.large = large
    }

    var nodeCount: Int { nodes.count / CK_NODE_STRIDE }

    /// A child in the making.
    private struct Child {
        var range: Range<Int>
        var lower: SIMD4<Float>
        var upper: SIMD4<Float>

        var area: Float {
            let extent = upper - lower
            return extent.x * extent.y + extent.y * extent.z + extent.z * extent.x
        }
    }

    /// Builds the tree whose leaves hold at most `leafLimit` triangles.
    mutating func build(_ range: Range<Int>, leafLimit: Int) {
        _ = buildNode(range, leafLimit: leafLimit, depth: 0)
    }

    /// Opens the child with the largest area until there are eight or all are leaves, and then each of them.
    private mutating func buildNode(_ range: Range<Int>, leafLimit: Int, depth: Int) -> UInt32 {
        let node = nodeCount
        nodes.append(contentsOf: repeatElement(.infinity, count: 24))
        nodes.append(contentsOf: repeatElement(-.infinity, count: 24))
        nodes.append(contentsOf: repeatElement(Float(bitPattern: CK_CHILD_NONE), count: 8))
        var children: [Child] = []
        if !range.isEmpty { children.append(bounded(range)) }
        while children.count < CK_LANES {
            var widest = -1
            for (index, child) in children.enumerated() where child.range.count > leafLimit {
                if widest < 0 || child.area > children[widest].area { widest = index }
            }
            guard widest >= 0 else { break }
            let opened = children[widest].range
            // Halving bounds the depth, and with it the kernels' stacks, where the heuristic keeps peeling off a few.
            let middle =
                depth < 24
                ? large?.partition(opened) ?? HierarchySplit.partition(references, opened)
                : HierarchySplit.halve(references, opened)
            children[widest] = bounded(opened.lowerBound..<middle)
            children.append(bounded(middle..<opened.upperBound))
        }
        for (lane, child) in children.enumerated() {
            let word: UInt32
            if child.range.count <= leafLimit {
                word = UInt32(leaves.count) | CK_CHILD_LEAF
                leaves.append(child.range)
            } else {
                word = buildNode(child.range, leafLimit: leafLimit, depth: depth + 1)
            }
            let row = node * CK_NODE_STRIDE + lane
            for axis in 0..<3 {
                nodes[row + axis * 8] = child.lower[axis]
                nodes[row + 24 + axis * 8] = child.upper[axis]
            }
            nodes[row + CK_NODE_CHILDREN] = Float(bitPattern: word)
        }
        return UInt32(node)
    }

    private func bounded(_ range: Range<Int>) -> Child {
        let (lower, upper) = large?.bounds(range, ofCenters: false) ?? HierarchySplit.bounds(references, range)
        return Child(range: range, lower: lower, upper: upper)
    }

    /// Writes the nodes to `destination`, the first at node number `start`, with child words through `renumber`.
    func copyNodes(to destination: UnsafeMutablePointer<Float>, at start: Int, _ renumber: (UInt32) -> UInt32) {
        let target = destination + start * CK_NODE_STRIDE
        for (index, value) in nodes.enumerated() {
            let isChild = index % CK_NODE_STRIDE >= CK_NODE_CHILDREN
            if isChild && value.bitPattern != CK_CHILD_NONE {
                target[index] = Float(bitPattern: renumber(value.bitPattern))
            } else {
                target[index] = value
            }
        }
    }
}
