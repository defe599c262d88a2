import Core
import HeapModule

extension TriangleMesh {
    /// The mesh with about `count` triangles, by collapsing edges in the order of the squared distance that it costs
    /// (Garland and Heckbert, "Surface simplification using quadric error metrics", SIGGRAPH 1997).
    ///
    /// Closed stays closed, manifold manifold, and pieces, handles and openings keep their number: an edge collapses only
    /// where that changes nothing but the shape (the link condition of Dey et al. 1999) and turns no triangle by more than
    /// 78°. So more than `count` triangles may remain; no fewer than `count - 1` do. Self-intersections may arise, as with
    /// any such method, where sheets lie closer than triangles are long.
    ///
    /// The result is the same on every machine. Vertices that no collapse reached keep their bits.
    ///
    /// - Precondition: every vertex is finite, fewer than 2³² / 3 triangles.
    /// - Complexity: O(t log t) time, about 200 bytes a triangle.
    public func simplified(toTriangles count: Int) -> TriangleMesh {
        guard count < triangles.count, let box = boundingBox, box.extent.max() > 0 else { return self }
        // Triangles that name a vertex twice are edges: they belong to no surface, and collapses would join them to one.
        var surface = self
        surface.triangles.removeAll { $0.x == $0.y || $0.y == $0.z || $0.z == $0.x }
        var collapse = EdgeCollapse(surface, box: box)
        collapse.run(until: max(count, 0))
        return collapse.mesh
    }
}

/// A squared distance to planes, weighted by area: xᵀAx + 2bᵀx + c.
private struct Quadric {
    /// A's diagonal, and its entries yz, zx and xy.
    var diagonal = SIMD3<Double>.zero
    var mixed = SIMD3<Double>.zero
    var linear = SIMD3<Double>.zero
    var constant = 0.0

    init() {}

    /// The plane through `point` with unit normal `n`.
    init(_ n: SIMD3<Double>, through point: SIMD3<Double>, weight: Double) {
        let distance = -(n * point).sum()
        diagonal = weight * n * n
        mixed = weight * SIMD3(n.y * n.z, n.z * n.x, n.x * n.y)
        linear = weight * distance * n
        constant = weight * distance * distance
    }

    static func + (a: Quadric, b: Quadric) -> Quadric {
        var sum = a
        sum.diagonal += b.diagonal
        sum.mixed += b.mixed
        sum.linear += b.linear
        sum.constant += b.constant
        return sum
    }

    private func product(_ x: SIMD3<Double>) -> SIMD3<Double> {
        diagonal * x
            + SIMD3(
                mixed.z * x.y + mixed.y * x.z, mixed.z * x.x + mixed.x * x.z, mixed.y * x.x + mixed.x * x.y)
    }

    /// Of all planes together.
    var weight: Double { diagonal.sum() }

    func value(_ x: SIMD3<Double>) -> Double { (x * (product(x) + 2 * linear)).sum() + constant }

    /// The point of the lowest value, drawn a little towards `start`: along flat surfaces and straight edges it stays there.
    func minimizer(from start: SIMD3<Double>) -> SIMD3<Double> {
        // Enough to hold flat places; 1e-3 let corners drift inwards, and a bunny of 8 326 triangles lose .001 of boundary IoU.
        let d = diagonal + 1e-5 * weight
        let right = -(product(start) + linear)
        let (yz, zx, xy) = (mixed.x, mixed.y, mixed.z)
        let cofactors = SIMD3(d.y * d.z - yz * yz, yz * zx - xy * d.z, xy * yz - d.y * zx)
        let determinant = d.x * cofactors.x + xy * cofactors.y + zx * cofactors.z
        guard determinant > 0 else { return start }
        let row2 = SIMD3(cofactors.y, d.x * d.z - zx * zx, xy * zx - d.x * yz)
        let row3 = SIMD3(cofactors.z, row2.z, d.x * d.y - xy * xy)
        return start
            + SIMD3((cofactors * right).sum(), (row2 * right).sum(), (row3 * right).sum()) / determinant
    }
}

private struct EdgeCollapse {
    /// An edge to collapse, and the stamps of its ends when its cost was computed.
    private struct Candidate: Comparable {
        let cost: Float
        let a: UInt32
        let b: UInt32
        let stampA: UInt32
        let stampB: UInt32

        static func < (left: Candidate, right: Candidate) -> Bool {
            (left.cost, left.a, left.b) < (right.cost, right.a, right.b)
        }
    }

    private static let none = UInt32.max

    private let original: [SIMD3<Float>]
    private let origin: SIMD3<Double>
    private let center: SIMD3<Double>
    private let scale: Double
    /// Relative to the box, so that sums of squares keep their digits wherever the mesh is.
    private var positions: [SIMD3<Double>]
    private var isMoved: [Bool]
    private var isBoundary: [Bool]
    private var quadrics: [Quadric]
    /// Corners' vertices, three a triangle; ``none`` where the triangle is gone.
    private var corners: [UInt32]
    private var remaining: Int
    /// Lists of each vertex's corners, those of gone triangles included until they are passed.
    private var firstCorner: [UInt32]
    private var nextCorner: [UInt32]
    /// Raised whenever what an edge to the vertex costs has changed.
    private var stamps: [UInt32]
    private var marks: [UInt32]
    private var mark: UInt32 = 0
    private var heap = Heap<Candidate>()

    init(_ mesh: TriangleMesh, box: BoundingBox) {
        original = mesh.vertices
        origin = mesh.origin
        let middle = 0.5 * (SIMD3<Double>(box.minimum) + SIMD3<Double>(box.maximum))
        let extent = (SIMD3<Double>(box.maximum) - SIMD3<Double>(box.minimum)).max()
        center = middle
        scale = extent
        positions = mesh.vertices.map { (SIMD3<Double>($0) - middle) / extent }
        let count = mesh.vertices.count
        isMoved = [Bool](repeating: false, count: count)
        isBoundary = isMoved
        quadrics = [Quadric](repeating: Quadric(), count: count)
        corners = []
        corners.reserveCapacity(3 * mesh.triangles.count)
        firstCorner = [UInt32](repeating: Self.none, count: count)
        nextCorner = []
        nextCorner.reserveCapacity(3 * mesh.triangles.count)
        stamps = [UInt32](repeating: 0, count: count)
        marks = stamps
        remaining = mesh.triangles.count
        for triangle in mesh.triangles {
            for side in 0..<3 {
                nextCorner.append(firstCorner[Int(triangle[side])])
                firstCorner[Int(triangle[side])] = UInt32(corners.count)
                corners.append(triangle[side])
            }
            let (a, b, c) = (positions[Int(triangle.x)], positions[Int(triangle.y)], positions[Int(triangle.z)])
            let normal = cross(b - a, c - a)
            let length = (normal * normal).sum().squareRoot()
            guard length > 0 else { continue }
            let quadric = Quadric(normal / length, through: a, weight: length / 6)
            for side in 0..<3 { quadrics[Int(triangle[side])] = quadrics[Int(triangle[side])] + quadric }
        }
        var edges: [(UInt32, UInt32)] = []
        MeshEdges(mesh).forEach { lower, sides in
            edges.append((UInt32(lower), sides[0].upper))
            // Edges of three triangles or more are kept apart like openings.
            if sides.count != 2 {
                isBoundary[lower] = true
                isBoundary[Int(sides[0].upper)] = true
            }
            if sides.count == 1 { keepOpening(at: sides[0], UInt32(lower)) }
        }
        heap = Heap(edges.compactMap { candidate($0.0, $0.1) })
    }

    /// Adds to an opening's edge the plane through it across its triangle.
    private mutating func keepOpening(at side: MeshEdges.HalfEdge, _ lower: UInt32) {
        let (a, b) = (Int(lower), Int(side.upper))
        let along = positions[b] - positions[a]
        let across = cross(along, normal(ofTriangle: side.triangle))
        let length = (across * across).sum().squareRoot()
        guard length > 0 else { return }
        let quadric = Quadric(across / length, through: positions[a], weight: (along * along).sum())
        quadrics[a] = quadrics[a] + quadric
        quadrics[b] = quadrics[b] + quadric
    }

    private func normal(ofTriangle triangle: Int) -> SIMD3<Double> {
        let a = positions[Int(corners[3 * triangle])]
        return cross(positions[Int(corners[3 * triangle + 1])] - a, positions[Int(corners[3 * triangle + 2])] - a)
    }

    private func target(_ a: UInt32, _ b: UInt32) -> (quadric: Quadric, position: SIMD3<Double>) {
        let quadric = quadrics[Int(a)] + quadrics[Int(b)]
        let (start, end) = (positions[Int(a)], positions[Int(b)])
        let middle = 0.5 * (start + end)
        let best = quadric.minimizer(from: middle)
        let step = best - middle
        let edge = end - start
        // Nearly parallel planes meet far away; fall back to the midpoint.
        return (quadric, (step * step).sum() <= (edge * edge).sum() ? best : middle)
    }

    private func candidate(_ a: UInt32, _ b: UInt32) -> Candidate? {
        guard a != b else { return nil }
        let (quadric, position) = target(a, b)
        let edge = positions[Int(b)] - positions[Int(a)]
        // Where all is flat the shortest edge goes first: index order would let one vertex absorb all others, in
        // quadratic time.
        let cost = Float(max(quadric.value(position), 0) + 1e-6 * quadric.weight * (edge * edge).sum())
        guard cost.isFinite else { return nil }
        let (low, high) = (min(a, b), max(a, b))
        return Candidate(cost: cost, a: low, b: high, stampA: stamps[Int(low)], stampB: stamps[Int(high)])
    }

    mutating func run(until count: Int) {
        while remaining > count, let next = heap.popMin() {
            guard stamps[Int(next.a)] == next.stampA, stamps[Int(next.b)] == next.stampB else { continue }
            collapse(next.a, next.b)
        }
    }

    /// Moves `b` into `a` if that keeps the topology and turns no triangle over.
    private mutating func collapse(_ a: UInt32, _ b: UInt32) {
        let aroundA = triangles(around: a)
        let aroundB = triangles(around: b)
        guard keepsTopology(a, b, aroundA, aroundB) else { return }
        let (quadric, position) = target(a, b)
        guard keepsOrientation(a, b, aroundA, position), keepsOrientation(b, a, aroundB, position) else { return }
        positions[Int(a)] = position
        quadrics[Int(a)] = quadric
        isMoved[Int(a)] = true
        isBoundary[Int(a)] = isBoundary[Int(a)] || isBoundary[Int(b)]
        stamps[Int(a)] += 1
        stamps[Int(b)] += 1
        for triangle in aroundB {
            if side(of: a, in: triangle) != nil {
                for side in 0..<3 { corners[3 * triangle + side] = Self.none }
                remaining -= 1
            } else if let side = side(of: b, in: triangle) {
                let corner = 3 * triangle + side
                corners[corner] = a
                nextCorner[corner] = firstCorner[Int(a)]
                firstCorner[Int(a)] = UInt32(corner)
            }
        }
        firstCorner[Int(b)] = Self.none
        mark += 1
        marks[Int(a)] = mark
        for triangle in triangles(around: a) {
            for side in 0..<3 {
                let neighbor = corners[3 * triangle + side]
                guard marks[Int(neighbor)] != mark else { continue }
                marks[Int(neighbor)] = mark
                if let edge = candidate(a, neighbor) { heap.insert(edge) }
            }
        }
    }

    /// The triangles with a corner at `vertex`, whose list is freed of what is gone.
    private mutating func triangles(around vertex: UInt32) -> [Int] {
        var result: [Int] = []
        var previous = Self.none
        var corner = firstCorner[Int(vertex)]
        while corner != Self.none {
            let next = nextCorner[Int(corner)]
            if corners[Int(corner)] == vertex {
                result.append(Int(corner / 3))
                previous = corner
            } else if previous == Self.none {
                firstCorner[Int(vertex)] = next
            } else {
                nextCorner[Int(previous)] = next
            }
            corner = next
        }
        return result
    }

    private func side(of vertex: UInt32, in triangle: Int) -> Int? {
        corners[3 * triangle] == vertex
            ? 0 : corners[3 * triangle + 1] == vertex ? 1 : corners[3 * triangle + 2] == vertex ? 2 : nil
    }

    /// The link condition: Lk(a) ∩ Lk(b) = Lk(ab).
    private mutating func keepsTopology(_ a: UInt32, _ b: UInt32, _ aroundA: [Int], _ aroundB: [Int]) -> Bool {
        let shared = aroundA.count { side(of: b, in: $0) != nil }
        // Collapsing an interior edge between two boundary vertices would pinch the surface.
        guard shared == 1 || shared == 2 && !(isBoundary[Int(a)] && isBoundary[Int(b)]) else { return false }
        mark += 2
        for triangle in aroundA { for side in 0..<3 { marks[Int(corners[3 * triangle + side])] = mark - 1 } }
        var common: [UInt32] = []
        for triangle in aroundB {
            for side in 0..<3 {
                let vertex = corners[3 * triangle + side]
                guard marks[Int(vertex)] == mark - 1, vertex != a, vertex != b else { continue }
                marks[Int(vertex)] = mark
                common.append(vertex)
            }
        }
        guard common.count == shared else { return false }
        // The last triangle of a piece stays.
        guard shared == 2 else { return aroundA.count > 1 || aroundB.count > 1 }
        // An edge that both see across: a tetrahedron, which would fall flat.
        return ![aroundA, aroundB].allSatisfy { triangles in
            triangles.contains { side(of: common[0], in: $0) != nil && side(of: common[1], in: $0) != nil }
        }
    }

    /// Whether the triangles around `vertex` that `other` has no part in keep their side when it moves.
    private func keepsOrientation(
        _ vertex: UInt32, _ other: UInt32, _ triangles: [Int], _ position: SIMD3<Double>
    ) -> Bool {
        for triangle in triangles where side(of: other, in: triangle) == nil {
            guard let side = side(of: vertex, in: triangle) else { continue }
            let next = positions[Int(corners[3 * triangle + (side + 1) % 3])]
            let last = positions[Int(corners[3 * triangle + (side + 2) % 3])]
            let before = cross(next - positions[Int(vertex)], last - positions[Int(vertex)])
            let after = cross(next - position, last - position)
            let (area, newArea) = ((before * before).sum(), (after * after).sum())
            let sides = [next - last, next - positions[Int(vertex)], last - positions[Int(vertex)]]
            let longest = sides.reduce(0) { max($0, ($1 * $1).sum()) }
            // Numerically degenerate triangles have no orientation; all others must keep theirs.
            if area <= 1e-12 * longest * longest { continue }
            guard newArea > 0, (before * after).sum() >= 0.2 * (area * newArea).squareRoot() else { return false }
        }
        return true
    }

    /// What is left, vertices and triangles in the order in which they were.
    var mesh: TriangleMesh {
        var numbers = [UInt32](repeating: Self.none, count: positions.count)
        var result = TriangleMesh(origin: origin)
        result.triangles.reserveCapacity(remaining)
        for vertex in corners where vertex != Self.none { numbers[Int(vertex)] = 0 }
        for vertex in positions.indices where numbers[vertex] == 0 {
            numbers[vertex] = UInt32(result.vertices.count)
            result.vertices.append(
                isMoved[vertex] ? SIMD3<Float>(center + scale * positions[vertex]) : original[vertex])
        }
        for triangle in stride(from: 0, to: corners.count, by: 3) where corners[triangle] != Self.none {
            result.triangles.append(
                SIMD3(
                    numbers[Int(corners[triangle])], numbers[Int(corners[triangle + 1])],
                    numbers[Int(corners[triangle + 2])]))
        }
        return result
    }
}
