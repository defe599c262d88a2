/// The half-edges that meet at a vertex, ordered by the vertex at their other end, so that those of one edge lie side by
/// side.
///
/// Reused from vertex to vertex: nothing is allocated but for the largest.
struct VertexRing {
    /// A half-edge with an end at the vertex.
    struct Spoke {
        /// The vertex at the other end.
        var other: UInt32
        /// 3 · triangle + side; the side runs from corner `side` to the next.
        var halfEdge: UInt32
        /// Which of the vertex's corners it is beside: an index into `corners`.
        var slot: UInt32
        /// Whether it runs away from the vertex.
        var isOutgoing: Bool

        var triangle: Int { Int(halfEdge / 3) }
        fileprivate var key: UInt64 { UInt64(other) << 32 | UInt64(halfEdge) }
    }

    private(set) var spokes: [Spoke] = []

    /// Gathers the half-edges at `vertex`, whose corners are `corners`.
    ///
    /// An edge from the vertex to itself is there once for each of its half-edges, as outgoing.
    mutating func gather(
        _ vertex: Int, _ corners: UnsafeBufferPointer<UInt32>, _ triangles: UnsafeBufferPointer<SIMD3<UInt32>>
    ) {
        spokes.removeAll(keepingCapacity: true)
        for slot in 0..<corners.count {
            let (triangle, side) = Int(corners[slot]).quotientAndRemainder(dividingBy: 3)
            let before = side == 0 ? 2 : side - 1
            let vertices = triangles[triangle]
            insert(
                Spoke(
                    other: vertices[side == 2 ? 0 : side + 1], halfEdge: corners[slot], slot: UInt32(slot),
                    isOutgoing: true))
            if Int(vertices[before]) != vertex {
                insert(
                    Spoke(
                        other: vertices[before], halfEdge: UInt32(3 * triangle + before), slot: UInt32(slot),
                        isOutgoing: false))
            }
        }
        if spokes.count > Self.insertionLimit { spokes.sort { $0.key < $1.key } }
    }

    /// Up to as many half-edges are kept in order while they come; the centre of a huge fan is sorted at once.
    private static let insertionLimit = 48

    @inline(__always)
    private mutating func insert(_ spoke: Spoke) {
        spokes.append(spoke)
        guard spokes.count <= Self.insertionLimit else { return }
        spokes.withUnsafeMutableBufferPointer { all in
            var hole = all.count - 1
            while hole > 0 && all[hole - 1].key > spoke.key {
                all[hole] = all[hole - 1]
                hole -= 1
            }
            all[hole] = spoke
        }
    }

    /// Calls `body` with the half-edges of each edge, by ascending other vertex.
    @inline(__always)
    func forEachEdge(_ body: (_ other: Int, _ spokes: UnsafeBufferPointer<Spoke>) -> Void) {
        spokes.withUnsafeBufferPointer { all in
            var start = 0
            while start < all.count {
                var stop = start + 1
                while stop < all.count && all[stop].other == all[start].other { stop += 1 }
                body(Int(all[start].other), UnsafeBufferPointer(rebasing: all[start..<stop]))
                start = stop
            }
        }
    }
}
