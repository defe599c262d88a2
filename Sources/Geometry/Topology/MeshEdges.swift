/// The edges of a mesh, each with the triangles around it.
///
/// Half-edges are bucketed by their lower vertex with a counting sort and ordered by the higher one inside each bucket,
/// so equal edges lie side by side.
struct MeshEdges {
    /// One side of a triangle.
    struct HalfEdge {
        /// The edge's higher vertex.
        var upper: UInt32
        /// 3 · triangle + side; the side runs from corner `side` to the next.
        var corner: UInt32

        var triangle: Int { Int(corner / 3) }
        fileprivate var key: UInt64 { UInt64(upper) << 32 | UInt64(corner) }
    }

    /// Sorted by (lower vertex, higher vertex, corner).
    private let halfEdges: [HalfEdge]
    /// Where each lower vertex's half-edges begin; one more entry than vertices.
    private let starts: [UInt32]

    /// - Precondition: fewer than 2³² / 3 triangles.
    /// - Complexity: O(v + t) time; 8 bytes a half-edge and 4 a vertex.
    init(_ mesh: TriangleMesh) {
        precondition(mesh.triangles.count < Int(UInt32.max) / 3, "triangles that 32-bit corners can number")
        var starts = [UInt32](repeating: 0, count: mesh.vertices.count + 1)
        for t in mesh.triangles {
            starts[Int(min(t.x, t.y)) + 1] += 1
            starts[Int(min(t.y, t.z)) + 1] += 1
            starts[Int(min(t.z, t.x)) + 1] += 1
        }
        for vertex in 0..<mesh.vertices.count { starts[vertex + 1] += starts[vertex] }
        var next = starts
        var sorted = [HalfEdge](repeating: HalfEdge(upper: 0, corner: 0), count: 3 * mesh.triangles.count)
        sorted.withUnsafeMutableBufferPointer { sorted in
            next.withUnsafeMutableBufferPointer { next in
                func place(_ from: UInt32, _ to: UInt32, _ corner: Int) {
                    let lower = Int(min(from, to))
                    sorted[Int(next[lower])] = HalfEdge(upper: max(from, to), corner: UInt32(corner))
                    next[lower] += 1
                }
                for (index, t) in mesh.triangles.enumerated() {
                    place(t.x, t.y, 3 * index)
                    place(t.y, t.z, 3 * index + 1)
                    place(t.z, t.x, 3 * index + 2)
                }
            }
            for vertex in 0..<mesh.vertices.count {
                Self.sort(sorted, Int(starts[vertex])..<Int(starts[vertex + 1]))
            }
        }
        halfEdges = sorted
        self.starts = starts
    }

    /// Calls `body` with the half-edges of each edge, lower vertex first.
    func forEach(_ body: (_ lower: Int, _ sides: UnsafeBufferPointer<HalfEdge>) -> Void) {
        halfEdges.withUnsafeBufferPointer { all in
            for lower in 0..<(starts.count - 1) {
                var start = Int(starts[lower])
                let end = Int(starts[lower + 1])
                while start < end {
                    var stop = start + 1
                    while stop < end && all[stop].upper == all[start].upper { stop += 1 }
                    body(lower, UnsafeBufferPointer(rebasing: all[start..<stop]))
                    start = stop
                }
            }
        }
    }

    /// Insertion for the few half-edges of a usual vertex, the library's sort for the centre of a huge fan.
    private static func sort(_ all: UnsafeMutableBufferPointer<HalfEdge>, _ range: Range<Int>) {
        if range.count > 24 {
            all[range].sort { $0.key < $1.key }
            return
        }
        for index in range.dropFirst() {
            let moving = all[index]
            var hole = index
            while hole > range.lowerBound && all[hole - 1].key > moving.key {
                all[hole] = all[hole - 1]
                hole -= 1
            }
            all[hole] = moving
        }
    }
}
