import CKernels
import Core

/// Which closed patches of a mesh lie inside which others.
///
/// A point of a patch is inside another closed patch where a ray from it crosses that one an odd number of times. Rays
/// start at up to sixteen of the patch's triangles; a patch counts as inside where at least seven of eight points are,
/// those left out that lie on the other's surface, as on the mouth of a pocket flush with a face. Parts that merely
/// intersect are not inside each other.
struct PatchNesting {
    private let hierarchy: BoundingVolumeHierarchy
    /// The patch of each triangle of the hierarchy.
    private let patchOfTriangle: [Int32]
    private let mesh: TriangleMesh
    private let slack: Double

    /// - Parameters:
    ///   - mesh: the whole one.
    ///   - isClosed: for each of the topology's patches, whether it takes part.
    init(_ mesh: TriangleMesh, _ topology: MeshTopology, isClosed: [Bool], workers: Workers) {
        var part = TriangleMesh(vertices: mesh.vertices)
        var patches: [Int32] = []
        for (index, patch) in topology.patchOfTriangle.enumerated() where isClosed[Int(patch)] {
            part.triangles.append(mesh.triangles[index])
            patches.append(Int32(patch))
        }
        self.mesh = part
        patchOfTriangle = patches
        hierarchy = BoundingVolumeHierarchy(part, workers: workers)
        slack = 1e-6 * Double(hierarchy.boundingBox?.diagonal ?? 0) * Double(hierarchy.scale)
    }

    /// For each patch the patches around it, ascending.
    ///
    /// - Parameter patchCount: of the topology.
    /// - Complexity: O(p (log t + c)) for p patches and c crossings a ray.
    func containers(patchCount: Int, workers: Workers) -> [[Int]] {
        // The triangles of each patch, one patch after another.
        var starts = [Int](repeating: 0, count: patchCount + 1)
        for patch in patchOfTriangle { starts[Int(patch) + 1] += 1 }
        for patch in 0..<patchCount { starts[patch + 1] += starts[patch] }
        var next = starts
        var members = [Int32](repeating: 0, count: patchOfTriangle.count)
        for (triangle, patch) in patchOfTriangle.enumerated() {
            members[next[Int(patch)]] = Int32(triangle)
            next[Int(patch)] += 1
        }
        var result = [[Int]](repeating: [], count: patchCount)
        result.withUnsafeMutableBufferPointer { result in
            let result = result
            workers.forEachChunk(of: patchCount, chunkSize: 64) { patches, _ in
                for patch in patches {
                    let range = starts[patch]..<starts[patch + 1]
                    if !range.isEmpty { result[patch] = containers(of: patch, members[range]) }
                }
            }
        }
        return result
    }

    private static let sampleLimit = 16
    /// After that many points that are inside nothing no more are asked.
    private static let quickLimit = 4

    private func containers(of patch: Int, _ triangles: ArraySlice<Int32>) -> [Int] {
        var insideCounts: [Int32: Int] = [:]
        var touchCounts: [Int32: Int] = [:]
        var telling = 0
        let count = min(Self.sampleLimit, triangles.count)
        // Where a patch has few triangles several points of each are taken.
        for sample in 0..<Self.sampleLimit {
            if telling == Self.quickLimit && insideCounts.isEmpty && touchCounts.isEmpty { break }
            let member = triangles.startIndex + (sample % count) * triangles.count / count
            guard let crossings = crossings(fromTriangle: Int(triangles[member]), sample: sample, patch: Int32(patch))
            else { continue }
            telling += 1
            for (other, crossing) in crossings {
                if crossing.touches {
                    touchCounts[other, default: 0] += 1
                } else if crossing.count % 2 == 1 {
                    insideCounts[other, default: 0] += 1
                }
            }
        }
        return insideCounts.compactMap { other, inside in
            8 * inside >= 7 * (telling - touchCounts[other, default: 0]) ? Int(other) : nil
        }.sorted()
    }

    private struct Crossings {
        var count = 0
        /// Whether the ray starts on the patch.
        var touches = false
    }

    /// Without symmetries that meshes have.
    private static let directions: [SIMD3<Double>] = [
        SIMD3(0.357, 0.771, 0.527), SIMD3(-0.683, 0.214, 0.698), SIMD3(0.519, -0.402, -0.754),
        SIMD3(-0.291, -0.853, 0.433), SIMD3(0.812, 0.131, -0.569),
    ]

    /// How often a ray from a triangle's inside crosses each of the other patches; nil where every ray that was tried meets
    /// an edge.
    private func crossings(fromTriangle triangle: Int, sample: Int, patch: Int32) -> [Int32: Crossings]? {
        let corners = mesh.corners(of: triangle)
        let scale = Double(hierarchy.scale)
        let (a, b, c) = (
            SIMD3<Double>(corners.0) * scale, SIMD3<Double>(corners.1) * scale, SIMD3<Double>(corners.2) * scale
        )
        // Another point of the triangle for each round of samples.
        let (u, v) = (0.29 + 0.017 * Double(sample % 5), 0.33 - 0.019 * Double(sample % 7))
        let origin = a + (b - a) * u + (c - a) * v
        for attempt in Self.directions.indices {
            let direction = Self.directions[(sample + attempt) % Self.directions.count]
            if let found = crossings(origin, direction, exceptPatch: patch) { return found }
        }
        return nil
    }

    private func crossings(
        _ origin: SIMD3<Double>, _ direction: SIMD3<Double>, exceptPatch patch: Int32
    ) -> [Int32: Crossings]? {
        var found: [Int32: Crossings] = [:]
        guard hierarchy.triangleCount > 0 else { return found }
        let inverse = SIMD3<Double>(repeating: 1) / direction
        var pending: [UInt32] = [0]
        while let child = pending.popLast() {
            if child & CK_CHILD_LEAF != 0 {
                let block = hierarchy.blocks.pointer + Int(child & ~CK_CHILD_LEAF) * CK_BLOCK_STRIDE
                guard count(block, origin, direction, patch, &found) else { return nil }
                continue
            }
            let node = hierarchy.nodes.pointer + Int(child) * CK_NODE_STRIDE
            for lane in 0..<CK_LANES {
                let word = node[CK_NODE_CHILDREN + lane].bitPattern
                guard word != CK_CHILD_NONE else { continue }
                let lower = SIMD3(Double(node[lane]), Double(node[8 + lane]), Double(node[16 + lane])) - slack
                let upper = SIMD3(Double(node[24 + lane]), Double(node[32 + lane]), Double(node[40 + lane])) + slack
                let (first, second) = ((lower - origin) * inverse, (upper - origin) * inverse)
                let enter = pointwiseMin(first, second).max()
                let leave = pointwiseMax(first, second).min()
                if enter <= leave && leave >= -2 * slack { pending.append(word) }
            }
        }
        return found
    }

    /// Counts a block's crossings.
    ///
    /// - Returns: false where the ray meets an edge.
    private func count(
        _ block: UnsafePointer<Float>, _ origin: SIMD3<Double>, _ direction: SIMD3<Double>, _ patch: Int32,
        _ found: inout [Int32: Crossings]
    ) -> Bool {
        let triangles = UnsafeRawPointer(block + CK_BLOCK_TRIANGLES).assumingMemoryBound(to: UInt32.self)
        for lane in 0..<CK_LANES {
            let triangle = Int(triangles[lane])
            // A block is filled up with its last triangle.
            if lane > 0 && triangles[lane] == triangles[lane - 1] { continue }
            let other = patchOfTriangle[triangle]
            if other == patch { continue }
            func corner(_ start: Int) -> SIMD3<Double> {
                SIMD3(Double(block[start + lane]), Double(block[start + 8 + lane]), Double(block[start + 16 + lane]))
                    - origin
            }
            let (a, b, c) = (corner(0), corner(24), corner(48))
            let u = dot(direction, cross(b, c))
            let v = dot(direction, cross(c, a))
            let w = dot(direction, cross(a, b))
            let total = u + v + w
            let rounding = 1e-14 * (dot(a, a) + dot(b, b) + dot(c, c))
            if min(u, v, w) < -rounding && max(u, v, w) > rounding { continue }
            // Within rounding of an edge, or seen edge on.
            if min(abs(u), abs(v), abs(w)) <= rounding || abs(total) <= rounding { return false }
            let t = dot(direction, a * u + b * v + c * w) / total / dot(direction, direction)
            if t < -slack { continue }
            if t <= slack {
                found[other, default: Crossings()].touches = true
            } else {
                found[other, default: Crossings()].count += 1
            }
        }
        return true
    }
}
