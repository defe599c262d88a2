import CKernels
import Core

/// The triangles of a mesh that meet others where they should not.
///
/// Pairs that share an edge are not looked at, and of pairs that share a corner only whether the side opposite to it
/// crosses the other. Touching counts, so that rounding errs towards finding too many.
package struct SelfIntersections {
    private let mesh: TriangleMesh
    private let hierarchy: BoundingVolumeHierarchy

    package init(_ mesh: TriangleMesh, _ hierarchy: BoundingVolumeHierarchy) {
        self.mesh = mesh
        self.hierarchy = hierarchy
    }

    /// - Returns: the triangles that meet another, some more than once.
    /// - Complexity: O(t log t) for t triangles of which each is near few others.
    package func triangles(workers: Workers) -> [UInt32] {
        let blockCount = hierarchy.blocks.count / CK_BLOCK_STRIDE
        let chunkSize = 256
        var found = [[UInt32]](repeating: [], count: (blockCount + chunkSize - 1) / chunkSize)
        hierarchy.withKernelTree { tree in
            mesh.triangles.withUnsafeBytes { triangles in
                // Three numbers and padding each.
                let words = triangles.assumingMemoryBound(to: UInt32.self)
                guard let start = words.baseAddress else { return }
                found.withUnsafeMutableBufferPointer { found in
                    workers.forEachChunk(of: blockCount, chunkSize: chunkSize) { range, _ in
                        found[range.lowerBound / chunkSize] = met(in: range, tree, start)
                    }
                }
            }
        }
        return Array(found.joined())
    }

    /// The triangles that meet another, of blocks with themselves and with those after them.
    private func met(
        in blocks: Range<Int>, _ tree: UnsafePointer<ck_tree>, _ triangles: UnsafePointer<UInt32>
    ) -> [UInt32] {
        var met: [UInt32] = []
        var pairs = [UInt32](repeating: 0, count: 512)
        for block in blocks {
            var count = ck_overlaps(tree, triangles, UInt32(block), &pairs, pairs.count / 2)
            if 2 * count > pairs.count {
                pairs = [UInt32](repeating: 0, count: 4 * count)
                count = ck_overlaps(tree, triangles, UInt32(block), &pairs, pairs.count / 2)
            }
            for pair in 0..<count where meet(Int(pairs[2 * pair]), Int(pairs[2 * pair + 1])) {
                met += [pairs[2 * pair], pairs[2 * pair + 1]]
            }
        }
        return met
    }

    // MARK: One pair

    private typealias Vector = SIMD3<Double>
    private typealias Corners = (Vector, Vector, Vector)

    private func meet(_ first: Int, _ second: Int) -> Bool {
        let (s, t) = (mesh.triangles[first], mesh.triangles[second])
        var shared = 0
        var (apexOfFirst, apexOfSecond) = (0, 0)
        for i in 0..<3 {
            for j in 0..<3 where s[i] == t[j] {
                shared += 1
                (apexOfFirst, apexOfSecond) = (i, j)
            }
        }
        guard shared < 2 else { return false }
        let a = corners(first)
        let b = corners(second)
        if shared == 1 {
            return Self.crosses(Self.side(a, oppositeTo: apexOfFirst), b)
                || Self.crosses(Self.side(b, oppositeTo: apexOfSecond), a)
        }
        let heights = Vector(
            Self.volume(a.0, a.1, a.2, b.0), Self.volume(a.0, a.1, a.2, b.1), Self.volume(a.0, a.1, a.2, b.2))
        if all(heights .> 0) || all(heights .< 0) { return false }
        if heights == .zero { return Self.overlapInPlane([a.0, a.1, a.2], [b.0, b.1, b.2]) }
        for corner in 0..<3 {
            if Self.crosses(Self.side(a, oppositeTo: corner), b) || Self.crosses(Self.side(b, oppositeTo: corner), a) {
                return true
            }
        }
        return false
    }

    private func corners(_ index: Int) -> Corners {
        let corners = mesh.corners(of: index)
        return (Vector(corners.0), Vector(corners.1), Vector(corners.2))
    }

    private static func side(_ corners: Corners, oppositeTo corner: Int) -> (Vector, Vector) {
        switch corner {
        case 0: (corners.1, corners.2)
        case 1: (corners.2, corners.0)
        default: (corners.0, corners.1)
        }
    }

    private static func volume(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> Double {
        (cross(b - a, c - a) * (d - a)).sum()
    }

    /// Whether a segment that does not lie in the triangle's plane meets the triangle.
    private static func crosses(_ segment: (Vector, Vector), _ triangle: Corners) -> Bool {
        let (p, q) = segment
        let before = volume(triangle.0, triangle.1, triangle.2, p)
        let after = volume(triangle.0, triangle.1, triangle.2, q)
        if before * after > 0 || (before == 0 && after == 0) { return false }
        let u = volume(p, q, triangle.0, triangle.1)
        let v = volume(p, q, triangle.1, triangle.2)
        let w = volume(p, q, triangle.2, triangle.0)
        return (u >= 0 && v >= 0 && w >= 0) || (u <= 0 && v <= 0 && w <= 0)
    }

    /// Whether two triangles of one plane share more than their rims, by separating axes.
    private static func overlapInPlane(_ a: [Vector], _ b: [Vector]) -> Bool {
        let normal = cross(a[1] - a[0], a[2] - a[0])
        guard normal != .zero else { return false }
        for (triangle, other) in [(a, b), (b, a)] {
            for side in 0..<3 {
                let axis = cross(normal, triangle[(side + 1) % 3] - triangle[side])
                let own = triangle.map { (axis * $0).sum() }
                let others = other.map { (axis * $0).sum() }
                guard let ownLeast = own.min(), let ownMost = own.max(), let least = others.min(),
                    let most = others.max()
                else { return false }
                if ownMost <= least || most <= ownLeast { return false }
            }
        }
        return true
    }
}
