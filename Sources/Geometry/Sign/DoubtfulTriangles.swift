/// The triangles of a closed, consistently oriented mesh beside which a pseudonormal does not tell inside from outside:
/// those at self-intersections, and the walls that lie inside another part.
///
/// Where no other triangle passes through them, all triangles of a connected patch have the same winding numbers on
/// their two sides. So a patch is judged by one of its triangles, from points a little off its middle.
struct DoubtfulTriangles: Sendable {
    private var words: [UInt64] = []
    /// Triangles of a patch that are asked before it is given up.
    private static let attempts = 64

    /// Nil where there is none.
    ///
    /// - Parameters:
    ///   - intersecting: whether each triangle meets another.
    ///   - isOuterWall: whether a triangle has winding number 0 in front and 1 behind; nil where another is too near.
    init?(
        _ mesh: TriangleMesh, neighbors: [SIMD3<UInt32>], intersecting: [Bool], isOuterWall: (Int) -> Bool?
    ) {
        // At an intersected triangle's corner or edge its neighbours' pseudonormals are in doubt as well.
        var isVertexDoubtful = [Bool](repeating: false, count: mesh.vertices.count)
        for (index, triangle) in mesh.triangles.enumerated() where intersecting[index] {
            for corner in 0..<3 { isVertexDoubtful[Int(triangle[corner])] = true }
        }
        var isDoubtful = mesh.triangles.map { triangle in
            isVertexDoubtful[Int(triangle.x)] || isVertexDoubtful[Int(triangle.y)] || isVertexDoubtful[Int(triangle.z)]
        }
        var isVisited = isDoubtful
        for start in mesh.triangles.indices where !isVisited[start] {
            isVisited[start] = true
            var patch = [start]
            var next = 0
            while next < patch.count {
                for side in 0..<3 {
                    let neighbor = Int(neighbors[patch[next]][side])
                    if !isVisited[neighbor] {
                        isVisited[neighbor] = true
                        patch.append(neighbor)
                    }
                }
                next += 1
            }
            let verdict = patch.prefix(Self.attempts).lazy.compactMap(isOuterWall).first
            if verdict != true {
                for triangle in patch { isDoubtful[triangle] = true }
            }
        }
        guard isDoubtful.contains(true) else { return nil }
        words = [UInt64](repeating: 0, count: (isDoubtful.count + 63) / 64)
        for (index, isDoubtful) in isDoubtful.enumerated() where isDoubtful {
            words[index >> 6] |= 1 << UInt64(index & 63)
        }
    }

    @inline(__always)
    func contains(_ triangle: Int) -> Bool { words[triangle >> 6] >> UInt64(triangle & 63) & 1 == 1 }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    var byteCount: Int { words.count * 8 }
}
