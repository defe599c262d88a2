/// The connected pieces of a mesh: vertices that edges join.
package struct MeshPieces: Sendable {
    /// Pieces, lone vertices included.
    package let count: Int
    private let pieces: [UInt32]

    /// - Precondition: fewer than 2³¹ vertices.
    /// - Complexity: O(vertices + triangles).
    package init(_ mesh: TriangleMesh) {
        var sets = DisjointSets(count: mesh.vertices.count)
        for triangle in mesh.triangles {
            sets.unite(Int(triangle.x), Int(triangle.y))
            sets.unite(Int(triangle.x), Int(triangle.z))
        }
        var numbers = [UInt32](repeating: .max, count: mesh.vertices.count)
        var next: UInt32 = 0
        pieces = mesh.vertices.indices.map { vertex in
            let root = sets.find(vertex).root
            if numbers[root] == .max {
                numbers[root] = next
                next += 1
            }
            return numbers[root]
        }
        count = Int(next)
    }

    /// The number of a vertex's piece; pieces are numbered by their first vertices.
    package func piece(ofVertex vertex: Int) -> Int { Int(pieces[vertex]) }
}
