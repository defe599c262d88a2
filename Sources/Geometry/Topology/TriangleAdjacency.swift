import Core
import Synchronization

/// The triangle beyond each side of each triangle of a closed, consistently oriented mesh.
struct TriangleAdjacency: Sendable {
    /// `(triangles, 3)`: beyond side ab, bc, ca.
    private let neighbors: KernelBuffer<UInt32>

    /// Nil where an edge does not have exactly two triangles that run along it in opposite directions.
    ///
    /// - Parameter stars: of `mesh`.
    /// - Complexity: O(v + t); 12 bytes a triangle stay.
    init?(_ mesh: TriangleMesh, _ stars: VertexStars) {
        guard !mesh.triangles.isEmpty else { return nil }
        let neighbors = KernelBuffer<UInt32>(count: 3 * mesh.triangles.count)
        let isClosed = Atomic(true)
        mesh.triangles.withUnsafeBufferPointer { triangles in
            stars.forEachBucket { _, bucket in
                guard isClosed.load(ordering: .relaxed) else { return }
                var ring = VertexRing()
                var isSound = true
                for vertex in bucket.vertices {
                    ring.gather(vertex, bucket.corners(at: vertex), triangles)
                    ring.forEachEdge { other, spokes in
                        guard other >= vertex else { return }
                        guard spokes.count == 2, other > vertex, spokes[0].isOutgoing != spokes[1].isOutgoing else {
                            isSound = false
                            return
                        }
                        neighbors.pointer[Int(spokes[0].halfEdge)] = UInt32(spokes[1].triangle)
                        neighbors.pointer[Int(spokes[1].halfEdge)] = UInt32(spokes[0].triangle)
                    }
                    guard isSound else {
                        isClosed.store(false, ordering: .relaxed)
                        return
                    }
                }
            }
        }
        guard isClosed.load(ordering: .relaxed) else { return nil }
        self.neighbors = neighbors
    }

    /// The triangle beyond side 0, 1 or 2 (ab, bc, ca) of `triangle`.
    @inline(__always)
    func neighbor(of triangle: Int, beyond side: Int) -> Int { Int(neighbors.pointer[3 * triangle + side]) }

    var byteCount: Int { neighbors.byteCount }
}
