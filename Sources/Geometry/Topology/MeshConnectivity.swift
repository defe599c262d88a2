import Core

/// What one walk over a mesh's vertices and edges tells: `MeshTopology`'s counts, and which triangles hang together.
struct MeshConnectivity {
    private(set) var counts = Counts()
    /// Triangles with a side that their patch runs along more often one way than the other; some more than once.
    private(set) var flawedTriangles: [UInt32] = []
    /// A triangle or more of each patch that is not orientable.
    private(set) var twistedTriangles: [UInt32] = []
    /// Pairs of triangles that share a vertex and are not united through edges around it.
    private(set) var looseNeighbors: [SIMD2<UInt32>] = []
    /// Triangles, united through edges of two; the parity tells which must turn around to agree.
    let patchSets: SharedDisjointSets

    /// Sums over edges and vertices.
    struct Counts {
        var edges = 0
        var boundaryEdges = 0
        var nonManifoldEdges = 0
        var inconsistentEdges = 0
        var duplicateTriangles = 0
        var usedVertices = 0
        var nonManifoldVertices = 0
        var isOrientable = true

        mutating func add(_ other: Counts) {
            edges += other.edges
            boundaryEdges += other.boundaryEdges
            nonManifoldEdges += other.nonManifoldEdges
            inconsistentEdges += other.inconsistentEdges
            duplicateTriangles += other.duplicateTriangles
            usedVertices += other.usedVertices
            nonManifoldVertices += other.nonManifoldVertices
            isOrientable = isOrientable && other.isOrientable
        }
    }

    /// - Complexity: O(v + t α(t)), and 8 bytes a corner while it runs.
    init(_ mesh: TriangleMesh, workers: Workers) {
        let patchSets = SharedDisjointSets(count: mesh.triangles.count, workers: workers)
        self.patchSets = patchSets
        let stars = VertexStars(mesh, workers: workers)
        var parts = [Part](repeating: Part(), count: stars.bucketCount)
        mesh.triangles.withUnsafeBufferPointer { triangles in
            parts.withUnsafeMutableBufferPointer { parts in
                stars.forEachBucket { number, bucket in
                    var walk = Walk(triangles: triangles, patchSets: patchSets)
                    for vertex in bucket.vertices { walk.visit(vertex, bucket.corners(at: vertex)) }
                    parts[number] = walk.part
                }
            }
        }
        for part in parts {
            counts.add(part.counts)
            flawedTriangles += part.flawedTriangles
            twistedTriangles += part.twistedTriangles
            looseNeighbors += part.looseNeighbors
        }
        for part in parts { markUnbalanced(part.crowds) }
    }

    /// Marks the triangles of each patch that runs along an edge of three triangles or more not equally often both ways.
    private mutating func markUnbalanced(_ crowds: [CrowdSide]) {
        var start = 0
        while start < crowds.count {
            var end = start + 1
            while end < crowds.count && !crowds[end].isFirst { end += 1 }
            let roots = crowds[start..<end].map { patchSets.find(Int($0.triangle)).root }
            var net: [Int: Int] = [:]
            for (side, root) in zip(crowds[start..<end], roots) { net[root, default: 0] += side.ascends ? 1 : -1 }
            for (side, root) in zip(crowds[start..<end], roots) where net[root] != 0 {
                flawedTriangles.append(side.triangle)
            }
            start = end
        }
    }

    /// A triangle at an edge of three or more.
    private struct CrowdSide {
        let triangle: UInt32
        /// Whether it runs from the edge's lower vertex to the higher.
        let ascends: Bool
        /// Whether it is the first of its edge; the others of the edge follow.
        let isFirst: Bool
    }

    private struct Part {
        var counts = Counts()
        var flawedTriangles: [UInt32] = []
        var twistedTriangles: [UInt32] = []
        var crowds: [CrowdSide] = []
        var looseNeighbors: [SIMD2<UInt32>] = []
    }

    /// The walk over a range of vertices: an edge belongs to its lower vertex.
    private struct Walk {
        let triangles: UnsafeBufferPointer<SIMD3<UInt32>>
        let patchSets: SharedDisjointSets
        var part = Part()
        private var ring = VertexRing()
        /// Parents among the vertex's corners, united where triangles share an edge of two.
        private var fans: [UInt32] = []

        init(triangles: UnsafeBufferPointer<SIMD3<UInt32>>, patchSets: SharedDisjointSets) {
            self.triangles = triangles
            self.patchSets = patchSets
        }

        mutating func visit(_ vertex: Int, _ corners: UnsafeBufferPointer<UInt32>) {
            guard !corners.isEmpty else { return }
            part.counts.usedVertices += 1
            ring.gather(vertex, corners, triangles)
            fans.removeAll(keepingCapacity: true)
            for slot in 0..<UInt32(corners.count) { fans.append(slot) }
            // Only to let `ring` be read while `self` changes.
            let ring = ring
            var crowded = false
            ring.forEachEdge { other, spokes in
                if other >= vertex { count(vertex, spokes) }
                if spokes.count == 2 {
                    joinFans(spokes[0], spokes[1], vertex, corners)
                } else if spokes.count > 2 {
                    crowded = true
                }
            }
            let fanCount = rootCount
            if fanCount > 1 { linkLooseNeighbors(corners) }
            guard crowded else {
                if fanCount > 1 { part.counts.nonManifoldVertices += 1 }
                return
            }
            // Fans that meet in an edge of three or more are counted with that edge: not again at its ends.
            ring.forEachEdge { _, spokes in
                if spokes.count > 2 {
                    for spoke in spokes { joinFans(spokes[0], spoke, vertex, corners) }
                }
            }
            if rootCount > 1 { part.counts.nonManifoldVertices += 1 }
        }

        private mutating func count(_ lower: Int, _ spokes: UnsafeBufferPointer<VertexRing.Spoke>) {
            part.counts.edges += 1
            switch spokes.count {
            case 1:
                part.counts.boundaryEdges += 1
                part.flawedTriangles.append(UInt32(spokes[0].triangle))
            case 2:
                // An edge from a vertex to itself has no direction in which its two triangles could agree.
                if Int(spokes[0].other) != lower { countPair(spokes[0], spokes[1]) }
            default:
                part.counts.nonManifoldEdges += 1
                for (number, spoke) in spokes.enumerated() {
                    part.crowds.append(
                        CrowdSide(
                            triangle: UInt32(spoke.triangle), ascends: spoke.isOutgoing, isFirst: number == 0))
                }
                let opposites = spokes.filter(isLowest).map(opposite).sorted()
                for (one, next) in zip(opposites, opposites.dropFirst()) where one == next {
                    part.counts.duplicateTriangles += 1
                }
            }
        }

        @inline(__always)
        private mutating func countPair(_ first: VertexRing.Spoke, _ second: VertexRing.Spoke) {
            let disagrees = first.isOutgoing == second.isOutgoing
            if disagrees {
                part.counts.inconsistentEdges += 1
                part.flawedTriangles += [UInt32(first.triangle), UInt32(second.triangle)]
            }
            if !patchSets.unite(first.triangle, second.triangle, parity: disagrees ? 1 : 0) {
                part.counts.isOrientable = false
                part.twistedTriangles.append(UInt32(first.triangle))
            }
            let apex = opposite(first)
            if apex > first.other && apex == opposite(second) { part.counts.duplicateTriangles += 1 }
        }

        /// The vertex of a half-edge's triangle that is not on it.
        @inline(__always)
        private func opposite(_ spoke: VertexRing.Spoke) -> UInt32 {
            let (triangle, side) = Int(spoke.halfEdge).quotientAndRemainder(dividingBy: 3)
            return triangles[triangle][side == 0 ? 2 : side - 1]
        }

        /// Whether the edge, seen from its lower vertex, joins the two lowest vertices of the triangle: true of one side a
        /// triangle.
        private func isLowest(_ spoke: VertexRing.Spoke) -> Bool { opposite(spoke) > spoke.other }

        // MARK: Fans

        private func root(_ slot: UInt32) -> UInt32 {
            var at = slot
            while fans[Int(at)] != at { at = fans[Int(at)] }
            return at
        }

        private var rootCount: Int { fans.indices.count { fans[$0] == UInt32($0) } }

        private mutating func unite(_ a: UInt32, _ b: UInt32) {
            let (first, second) = (root(a), root(b))
            fans[Int(max(first, second))] = min(first, second)
        }

        private mutating func joinFans(
            _ first: VertexRing.Spoke, _ second: VertexRing.Spoke, _ vertex: Int, _ corners: UnsafeBufferPointer<UInt32>
        ) {
            unite(first.slot, second.slot)
            guard Int(first.other) == vertex, let one = endSlot(first, corners), let other = endSlot(second, corners)
            else { return }
            unite(one, other)
        }

        /// Where an edge from the vertex to itself ends.
        private func endSlot(_ spoke: VertexRing.Spoke, _ corners: UnsafeBufferPointer<UInt32>) -> UInt32? {
            let end = spoke.halfEdge % 3 == 2 ? spoke.halfEdge - 2 : spoke.halfEdge + 1
            return corners.firstIndex(of: end).map { UInt32($0) }
        }

        private mutating func linkLooseNeighbors(_ corners: UnsafeBufferPointer<UInt32>) {
            for slot in fans.indices where slot > 0 && fans[slot] == UInt32(slot) {
                part.looseNeighbors.append(SIMD2(corners[0] / 3, corners[slot] / 3))
            }
        }
    }
}
