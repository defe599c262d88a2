import Geometry

/// The gyroid block on a grid of `cells`³ cubes.
func gyroidBlockMesh(cells: Int) -> TriangleMesh {
    // A margin off the grid's symmetry, so that no grid point lies on the block's faces.
    tetrahedraMesh(cells: cells, side: 1.637) { AnalyticShape.gyroidBlock.value(at: $0) }
}

/// Where `value` is zero in the cube of a side around the origin, by marching tetrahedra on a grid of `cells`³ cubes, six
/// tetrahedra around each cube's diagonal.
///
/// The cut is unambiguous in a tetrahedron and the same from both sides of every face, so the surface is closed where it
/// stays within the cube.
func tetrahedraMesh(cells: Int, side: Float, value: (SIMD3<Float>) -> Float) -> TriangleMesh {
    let count = cells + 1
    func position(_ index: Int) -> SIMD3<Float> {
        let grid = SIMD3(index / (count * count), index / count % count, index % count)
        return SIMD3(Float(grid.x), Float(grid.y), Float(grid.z)) / Float(cells) * side - side / 2
    }
    let values = (0..<count * count * count).map { value(position($0)) }

    var mesh = TriangleMesh()
    var edges: [SIMD2<Int>: UInt32] = [:]
    /// The vertex where the edge between an inner and an outer grid point crosses the surface.
    func vertex(_ a: Int, _ b: Int) -> UInt32 {
        let edge = SIMD2(min(a, b), max(a, b))
        if let known = edges[edge] { return known }
        var (inner, outer) = values[a] < 0 ? (position(a), position(b)) : (position(b), position(a))
        for _ in 0..<24 {
            let middle = (inner + outer) * 0.5
            if value(middle) < 0 { inner = middle } else { outer = middle }
        }
        let number = UInt32(mesh.vertices.count)
        // Kept off the ends, where vertices of neighbouring edges would fall together.
        let (from, to) = (position(edge.x), position(edge.y))
        let share = ((outer - from) * (to - from)).sum() / ((to - from) * (to - from)).sum()
        mesh.vertices.append(from + (to - from) * min(max(share, 0.05), 0.95))
        edges[edge] = number
        return number
    }

    /// Paths from a cube's lowest corner to its highest: along one axis after another.
    let paths = [SIMD3(0, 1, 2), SIMD3(1, 2, 0), SIMD3(2, 0, 1), SIMD3(0, 2, 1), SIMD3(2, 1, 0), SIMD3(1, 0, 2)]
    let strides = [count * count, count, 1]
    for x in 0..<cells {
        for y in 0..<cells {
            for z in 0..<cells {
                for (number, path) in paths.enumerated() {
                    var corners = [(x * count + y) * count + z]
                    for step in 0..<3 { corners.append(corners[step] + strides[path[step]]) }
                    // Odd orders of the axes make left-handed tetrahedra.
                    if number >= 3 { corners.swapAt(1, 2) }
                    let triangles = cut(corners, values, vertex)
                    mesh.triangles += triangles
                }
            }
        }
    }
    return mesh
}

/// The surface inside a right-handed tetrahedron.
private func cut(_ corners: [Int], _ values: [Float], _ vertex: (Int, Int) -> UInt32) -> [SIMD3<UInt32>] {
    // Even permutations that bring the corners on one side to the front.
    let orders = [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]
    let isInside = corners.map { values[$0] < 0 }
    switch isInside.count(where: { $0 }) {
    case 1, 3:
        let isOneInside = isInside.count(where: { $0 }) == 1
        guard let order = orders.first(where: { isInside[$0[0]] == isOneInside }) else { return [] }
        let (a, b, c, d) = (corners[order[0]], corners[order[1]], corners[order[2]], corners[order[3]])
        let triangle = SIMD3(vertex(a, b), vertex(a, c), vertex(a, d))
        return [isOneInside ? triangle : SIMD3(triangle.x, triangle.z, triangle.y)]
    case 2:
        let pairs = [[0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2], [2, 3, 0, 1], [3, 1, 0, 2], [1, 2, 0, 3]]
        guard let order = pairs.first(where: { isInside[$0[0]] && isInside[$0[1]] }) else { return [] }
        let (a, b, c, d) = (corners[order[0]], corners[order[1]], corners[order[2]], corners[order[3]])
        let (ac, ad, bd, bc) = (vertex(a, c), vertex(a, d), vertex(b, d), vertex(b, c))
        return [SIMD3(ac, ad, bd), SIMD3(ac, bd, bc)]
    default:
        return []
    }
}
