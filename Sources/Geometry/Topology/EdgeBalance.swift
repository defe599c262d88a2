/// Whether a mesh is closed in the sense of its edges, whatever meets at them.
struct EdgeBalance {
    /// Every edge has an even number of triangles: a ray's parity tells inside from outside, whichever way triangles face.
    private(set) var isEven = true
    /// Triangles run along every edge equally often both ways: the winding number is a whole number everywhere.
    private(set) var isBalanced = true

    /// - Complexity: O(v + t).
    init(_ mesh: TriangleMesh) {
        MeshEdges(mesh).forEach { lower, sides in
            // From a vertex to itself, of a triangle without area: nothing ends there.
            if Int(sides[0].upper) == lower { return }
            var net = 0
            for side in sides {
                let start = mesh.triangles[side.triangle][Int(side.corner % 3)]
                net += Int(start) == lower ? 1 : -1
            }
            if sides.count % 2 != 0 { isEven = false }
            if net != 0 { isBalanced = false }
        }
    }
}
