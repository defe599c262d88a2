import Core

/// The triangles of a closed, consistently oriented mesh beside which a pseudonormal does not tell inside from outside:
/// those at self-intersections, and the walls that lie inside another part.
///
/// Where no other triangle passes through them, all triangles of a connected patch have the same winding numbers on
/// their two sides. So a patch is judged by one of its triangles, from points a little off its middle.
struct DoubtfulTriangles: Sendable {
    private var words: [UInt64] = []
    /// At most this many triangles of a patch are tested.
    private static let attempts = 64

    /// Nil where there is none.
    ///
    /// - Parameters:
    ///   - intersecting: triangles that meet another.
    ///   - isOuterWall: whether a triangle has winding number 0 in front and 1 behind; nil where another is too near.
    init?(
        _ mesh: TriangleMesh, _ adjacency: TriangleAdjacency, intersecting: [UInt32], workers: Workers,
        isOuterWall: (Int) -> Bool?
    ) {
        words = [UInt64](repeating: 0, count: (mesh.triangles.count + 63) / 64)
        markAround(intersecting, mesh, workers)
        let patches = Self.patches(of: mesh, adjacency, apart: words, workers)
        let doubtfulPatches = judge(patches, adjacency, mesh.triangles.count, workers, isOuterWall)
        if !doubtfulPatches.isEmpty {
            mark(mesh.triangles.count, workers) { doubtfulPatches.contains(patches.find($0).root) }
        }
        guard words.contains(where: { $0 != 0 }) else { return nil }
    }

    @inline(__always)
    func contains(_ triangle: Int) -> Bool { words[triangle >> 6] >> UInt64(triangle & 63) & 1 == 1 }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    var byteCount: Int { words.count * 8 }

    /// At an intersected triangle's corner or edge its neighbours' pseudonormals are in doubt as well.
    private mutating func markAround(_ intersecting: [UInt32], _ mesh: TriangleMesh, _ workers: Workers) {
        guard !intersecting.isEmpty else { return }
        var isVertexDoubtful = [Bool](repeating: false, count: mesh.vertices.count)
        for index in intersecting {
            for corner in 0..<3 { isVertexDoubtful[Int(mesh.triangles[Int(index)][corner])] = true }
        }
        mark(mesh.triangles.count, workers) { index in
            let triangle = mesh.triangles[index]
            return isVertexDoubtful[Int(triangle.x)] || isVertexDoubtful[Int(triangle.y)]
                || isVertexDoubtful[Int(triangle.z)]
        }
    }

    /// Marks the triangles that `condition` holds for.
    private mutating func mark(_ triangleCount: Int, _ workers: Workers, _ condition: (Int) -> Bool) {
        words.withUnsafeMutableBufferPointer { words in
            workers.forEachChunk(of: words.count, chunkSize: 1024) { range, _ in
                for word in range {
                    var bits = words[word]
                    for index in 64 * word..<min(64 * word + 64, triangleCount) where condition(index) {
                        bits |= 1 << UInt64(index & 63)
                    }
                    words[word] = bits
                }
            }
        }
    }

    /// Triangles united with their neighbours, without those `apart`.
    private static func patches(
        of mesh: TriangleMesh, _ adjacency: TriangleAdjacency, apart: [UInt64], _ workers: Workers
    ) -> SharedDisjointSets {
        let sets = SharedDisjointSets(count: mesh.triangles.count, workers: workers)
        func isApart(_ triangle: Int) -> Bool { apart[triangle >> 6] >> UInt64(triangle & 63) & 1 == 1 }
        workers.forEachChunk(of: mesh.triangles.count, chunkSize: 1 << 14) { range, _ in
            for triangle in range where !isApart(triangle) {
                for side in 0..<3 {
                    let neighbor = adjacency.neighbor(of: triangle, beyond: side)
                    if neighbor > triangle && !isApart(neighbor) { sets.unite(triangle, neighbor) }
                }
            }
        }
        return sets
    }

    /// The lowest triangles of the patches that are not an outer wall.
    private func judge(
        _ patches: SharedDisjointSets, _ adjacency: TriangleAdjacency, _ count: Int, _ workers: Workers,
        _ isOuterWall: (Int) -> Bool?
    ) -> Set<Int> {
        let chunkSize = 1 << 14
        var found = [[Int]](repeating: [], count: (count + chunkSize - 1) / chunkSize)
        found.withUnsafeMutableBufferPointer { found in
            workers.forEachChunk(of: count, chunkSize: chunkSize) { range, _ in
                for root in range where !contains(root) && patches.find(root).root == root {
                    let verdict = firstTriangles(ofPatchAt: root, adjacency).lazy.compactMap(isOuterWall).first
                    if verdict != true { found[range.lowerBound / chunkSize].append(root) }
                }
            }
        }
        return Set(found.joined())
    }

    /// The first triangles of a patch, nearest neighbours first.
    private func firstTriangles(ofPatchAt start: Int, _ adjacency: TriangleAdjacency) -> [Int] {
        var found = [start]
        var next = 0
        while next < found.count && found.count < Self.attempts {
            for side in 0..<3 {
                let neighbor = adjacency.neighbor(of: found[next], beyond: side)
                if !contains(neighbor) && !found.contains(neighbor) { found.append(neighbor) }
            }
            next += 1
        }
        return Array(found.prefix(Self.attempts))
    }
}
