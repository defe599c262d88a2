import CKernels
import Core

/// The triangles of a mesh that meet others where they should not.
///
/// Pairs that share an edge are not looked at, and of pairs that share a corner only whether the side opposite to it
/// crosses the other. Touching counts, so that rounding errs towards finding too many.
struct SelfIntersections {
    private let mesh: TriangleMesh
    private let hierarchy: BoundingVolumeHierarchy

    init(_ mesh: TriangleMesh, _ hierarchy: BoundingVolumeHierarchy) {
        self.mesh = mesh
        self.hierarchy = hierarchy
    }

    /// - Returns: whether each triangle meets another.
    /// - Complexity: O(t log t) for t triangles of which each is near few others.
    func flags(workers: Workers) -> [Bool] {
        let blockCount = hierarchy.blocks.count / CK_BLOCK_STRIDE
        let chunkSize = 256
        var found = [[UInt32]](repeating: [], count: (blockCount + chunkSize - 1) / chunkSize)
        found.withUnsafeMutableBufferPointer { found in
            workers.forEachChunk(of: blockCount, chunkSize: chunkSize) { range, _ in
                var met: [UInt32] = []
                for block in range { visit(block, &met) }
                found[range.lowerBound / chunkSize] = met
            }
        }
        var flags = [Bool](repeating: false, count: mesh.triangles.count)
        for triangle in found.joined() { flags[Int(triangle)] = true }
        return flags
    }

    // MARK: Pairs whose boxes overlap

    private struct BlockBoxes {
        var lower: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)
        var upper: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)
        let triangles: UnsafePointer<UInt32>

        init(_ block: UnsafePointer<Float>) {
            func lanes(_ start: Int) -> SIMD8<Float> {
                UnsafeRawPointer(block + start).loadUnaligned(as: SIMD8<Float>.self)
            }
            func lower(_ axis: Int) -> SIMD8<Float> {
                let (a, b, c) = (lanes(8 * axis), lanes(24 + 8 * axis), lanes(48 + 8 * axis))
                let ab = a.replacing(with: b, where: b .< a)
                return ab.replacing(with: c, where: c .< ab)
            }
            func upper(_ axis: Int) -> SIMD8<Float> {
                let (a, b, c) = (lanes(8 * axis), lanes(24 + 8 * axis), lanes(48 + 8 * axis))
                let ab = a.replacing(with: b, where: b .> a)
                return ab.replacing(with: c, where: c .> ab)
            }
            self.lower = (lower(0), lower(1), lower(2))
            self.upper = (upper(0), upper(1), upper(2))
            triangles = UnsafeRawPointer(block + CK_BLOCK_TRIANGLES).assumingMemoryBound(to: UInt32.self)
        }
    }

    private func visit(_ block: Int, _ met: inout [UInt32]) {
        let boxes = BlockBoxes(hierarchy.blocks.pointer + block * CK_BLOCK_STRIDE)
        let lower = SIMD3(boxes.lower.0.min(), boxes.lower.1.min(), boxes.lower.2.min())
        let upper = SIMD3(boxes.upper.0.max(), boxes.upper.1.max(), boxes.upper.2.max())
        var pending: [UInt32] = [0]
        while let child = pending.popLast() {
            if child & CK_CHILD_LEAF != 0 {
                let other = Int(child & ~CK_CHILD_LEAF)
                if other >= block {
                    compare(boxes, BlockBoxes(hierarchy.blocks.pointer + other * CK_BLOCK_STRIDE), block == other, &met)
                }
                continue
            }
            let node = hierarchy.nodes.pointer + Int(child) * CK_NODE_STRIDE
            for lane in 0..<CK_LANES {
                let word = node[CK_NODE_CHILDREN + lane].bitPattern
                if word != CK_CHILD_NONE && node[lane] <= upper.x && node[24 + lane] >= lower.x
                    && node[8 + lane] <= upper.y && node[32 + lane] >= lower.y
                    && node[16 + lane] <= upper.z && node[40 + lane] >= lower.z
                {
                    pending.append(word)
                }
            }
        }
    }

    private func compare(_ first: BlockBoxes, _ second: BlockBoxes, _ isSame: Bool, _ met: inout [UInt32]) {
        for lane in 0..<CK_LANES {
            let overlaps =
                (second.lower.0 .<= first.upper.0[lane]) .& (second.upper.0 .>= first.lower.0[lane])
                .& (second.lower.1 .<= first.upper.1[lane]) .& (second.upper.1 .>= first.lower.1[lane])
                .& (second.lower.2 .<= first.upper.2[lane]) .& (second.upper.2 .>= first.lower.2[lane])
            for other in (isSame ? lane + 1 : 0)..<max(CK_LANES, lane + 1) where overlaps[other] {
                let (a, b) = (first.triangles[lane], second.triangles[other])
                if a != b && meet(Int(a), Int(b)) { met += [a, b] }
            }
        }
    }

    // MARK: One pair

    private typealias Vector = SIMD3<Double>

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
            return Self.crosses(a[(apexOfFirst + 1) % 3], a[(apexOfFirst + 2) % 3], b)
                || Self.crosses(b[(apexOfSecond + 1) % 3], b[(apexOfSecond + 2) % 3], a)
        }
        let heights = b.map { Self.volume(a[0], a[1], a[2], $0) }
        if heights.allSatisfy({ $0 > 0 }) || heights.allSatisfy({ $0 < 0 }) { return false }
        if heights.allSatisfy({ $0 == 0 }) { return Self.overlapInPlane(a, b) }
        for side in 0..<3 {
            if Self.crosses(a[side], a[(side + 1) % 3], b) || Self.crosses(b[side], b[(side + 1) % 3], a) {
                return true
            }
        }
        return false
    }

    private func corners(_ index: Int) -> [Vector] {
        let corners = mesh.corners(of: index)
        return [Vector(corners.0), Vector(corners.1), Vector(corners.2)]
    }

    private static func volume(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> Double {
        (cross(b - a, c - a) * (d - a)).sum()
    }

    /// Whether a segment that does not lie in the triangle's plane meets the triangle.
    private static func crosses(_ p: Vector, _ q: Vector, _ triangle: [Vector]) -> Bool {
        let before = volume(triangle[0], triangle[1], triangle[2], p)
        let after = volume(triangle[0], triangle[1], triangle[2], q)
        if before * after > 0 || (before == 0 && after == 0) { return false }
        let u = volume(p, q, triangle[0], triangle[1])
        let v = volume(p, q, triangle[1], triangle[2])
        let w = volume(p, q, triangle[2], triangle[0])
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
