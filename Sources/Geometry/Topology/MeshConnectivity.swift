/// What one walk over a mesh's edges tells: `MeshTopology`'s counts, and which triangles and corners hang together.
struct MeshConnectivity {
    private(set) var edgeCount = 0
    private(set) var boundaryEdgeCount = 0
    private(set) var nonManifoldEdgeCount = 0
    private(set) var inconsistentEdgeCount = 0
    private(set) var duplicateTriangleCount = 0
    private(set) var isOrientable = true
    /// Triangles with a side that is not shared with exactly one other, facing the same way.
    private(set) var isAtFlaw: [Bool]
    /// Triangles, united through edges of two; the parity tells which must turn around to agree.
    var patchSets: DisjointSets
    /// Corners, united where triangles share an edge beside them: the fans around vertices.
    private var fanSets: DisjointSets
    private let mesh: TriangleMesh

    init(_ mesh: TriangleMesh) {
        self.mesh = mesh
        isAtFlaw = [Bool](repeating: false, count: mesh.triangles.count)
        patchSets = DisjointSets(count: mesh.triangles.count)
        fanSets = DisjointSets(count: 3 * mesh.triangles.count)
        MeshEdges(mesh).forEach { lower, sides in
            edgeCount += 1
            switch sides.count {
            case 1:
                boundaryEdgeCount += 1
                isAtFlaw[sides[0].triangle] = true
            case 2:
                visitPair(place(sides[0], lower), place(sides[1], lower))
            default:
                nonManifoldEdgeCount += 1
                visitCrowd(sides.map { place($0, lower) })
            }
        }
    }

    /// A half-edge as seen from its triangle: the corners at the edge's two ends and at the opposite vertex.
    private struct Side {
        let triangle: Int
        let lowerCorner: Int
        let upperCorner: Int
        let opposite: UInt32
        let upper: UInt32
        /// Whether it runs from the lower vertex to the higher.
        let ascends: Bool

        /// Whether the edge joins the two lowest vertices of the triangle: true of one side a triangle.
        var isLowest: Bool { opposite > upper }
    }

    private func place(_ side: MeshEdges.HalfEdge, _ lower: Int) -> Side {
        let corner = Int(side.corner)
        let triangle = corner / 3
        let from = corner % 3
        let to = from == 2 ? 0 : from + 1
        let vertices = mesh.triangles[triangle]
        let ascends = Int(vertices[from]) == lower
        return Side(
            triangle: triangle, lowerCorner: 3 * triangle + (ascends ? from : to),
            upperCorner: 3 * triangle + (ascends ? to : from), opposite: vertices[3 - from - to],
            upper: side.upper, ascends: ascends)
    }

    private mutating func visitPair(_ first: Side, _ second: Side) {
        let disagrees = first.ascends == second.ascends
        if disagrees {
            inconsistentEdgeCount += 1
            isAtFlaw[first.triangle] = true
            isAtFlaw[second.triangle] = true
        }
        if !patchSets.unite(first.triangle, second.triangle, parity: disagrees ? 1 : 0) { isOrientable = false }
        if first.isLowest && first.opposite == second.opposite { duplicateTriangleCount += 1 }
        fanSets.unite(first.lowerCorner, second.lowerCorner)
        fanSets.unite(first.upperCorner, second.upperCorner)
    }

    private mutating func visitCrowd(_ sides: [Side]) {
        for side in sides {
            isAtFlaw[side.triangle] = true
            // The fans meet in this edge, which is counted as the flaw: its ends are not counted again for it.
            fanSets.unite(sides[0].lowerCorner, side.lowerCorner)
            fanSets.unite(sides[0].upperCorner, side.upperCorner)
        }
        let opposites = sides.filter(\.isLowest).map(\.opposite).sorted()
        for (one, next) in zip(opposites, opposites.dropFirst()) where one == next { duplicateTriangleCount += 1 }
    }

    /// Vertices that triangles use, and those of them with more than one fan.
    mutating func countVertices() -> (used: Int, nonManifold: Int) {
        let none = UInt32.max
        var fans = [UInt32](repeating: none, count: mesh.vertices.count)
        var isSplit = [Bool](repeating: false, count: mesh.vertices.count)
        var used = 0
        var split = 0
        for (index, triangle) in mesh.triangles.enumerated() {
            for side in 0..<3 {
                let vertex = Int(triangle[side])
                let fan = UInt32(fanSets.find(3 * index + side).root)
                if fans[vertex] == none {
                    fans[vertex] = fan
                    used += 1
                } else if fans[vertex] != fan && !isSplit[vertex] {
                    isSplit[vertex] = true
                    split += 1
                }
            }
        }
        return (used, split)
    }

    /// Sets of triangles connected through shared vertices.
    func countComponents() -> Int {
        var sets = DisjointSets(count: mesh.vertices.count)
        var isUsed = [Bool](repeating: false, count: mesh.vertices.count)
        for triangle in mesh.triangles {
            isUsed[Int(triangle.x)] = true
            isUsed[Int(triangle.y)] = true
            isUsed[Int(triangle.z)] = true
            sets.unite(Int(triangle.x), Int(triangle.y))
            sets.unite(Int(triangle.y), Int(triangle.z))
        }
        var count = 0
        for vertex in isUsed.indices where isUsed[vertex] && sets.find(vertex).root == vertex { count += 1 }
        return count
    }
}
