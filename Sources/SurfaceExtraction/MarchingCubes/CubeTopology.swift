/// The combinatorics of a cube: which corners an edge joins, which edges and corners a face has, and how the surface
/// runs through the faces.
///
/// - Corner `c` lies at (c & 1, c >> 1 & 1, c >> 2 & 1).
/// - Edge `4 · axis + k` runs along `axis`; bit 0 of `k` is its place on the lower of the other two axes, bit 1 on the
///   higher.
/// - Face `2 · axis + side`. A face's ring is its four corners counter-clockwise seen from outside the cube; ring edge
///   `i` runs from ring corner `i` to `i + 1`.
package enum CubeTopology {
    package static let edgeCorners: [(low: Int, high: Int)] = (0..<12).map { edge in
        let axis = edge / 4
        let lowerAxis = axis == 0 ? 1 : 0
        let higherAxis = axis == 2 ? 1 : 2
        let low = (edge & 1) << lowerAxis | (edge >> 1 & 1) << higherAxis
        return (low, low | 1 << axis)
    }

    /// Ring corners and ring edges of each face.
    package static let faces: [(corners: [Int], edges: [Int])] = (0..<6).map { face in
        let axis = face / 2
        let u = (axis + 1) % 3
        let v = (axis + 2) % 3
        let outer = (face & 1) << axis
        var corners = [outer, outer | 1 << u, outer | 1 << u | 1 << v, outer | 1 << v]
        if face & 1 == 0 { corners = [corners[0], corners[3], corners[2], corners[1]] }
        let edges = (0..<4).map { edgeBetween(corners[$0], corners[($0 + 1) % 4]) }
        return (corners, edges)
    }

    private static func edgeBetween(_ first: Int, _ second: Int) -> Int {
        let low = min(first, second)
        let high = max(first, second)
        return edgeCorners.firstIndex { $0.low == low && $0.high == high } ?? -1
    }

    /// Whether edges `first` and `second` lie in one face.
    package static func shareFace(_ first: Int, _ second: Int) -> Bool {
        faces.contains { $0.edges.contains(first) && $0.edges.contains(second) }
    }

    /// The middle of an edge, in the cube [0, 2]³ so that coordinates are whole.
    package static func doubledMidpoint(of edge: Int) -> SIMD3<Int> {
        let (low, high) = edgeCorners[edge]
        var sum = SIMD3<Int>.zero
        for corner in [low, high] {
            sum &+= SIMD3(corner & 1, corner >> 1 & 1, corner >> 2 & 1)
        }
        return sum
    }

    /// The faces (as bits) whose corners alternate inside, outside, inside, outside.
    package static func ambiguousFaces(inside: Int) -> Int {
        var result = 0
        for (face, ring) in faces.enumerated() {
            let signs = ring.corners.map { inside >> $0 & 1 }
            if signs[0] == signs[2] && signs[1] == signs[3] && signs[0] != signs[1] { result |= 1 << face }
        }
        return result
    }

    /// The closed curves in which the surface meets the cube's faces, each as the edges it passes in turn.
    ///
    /// A curve runs so that triangles that follow it are counter-clockwise seen from the outside of the shape: on each
    /// face, seen from outside the cube, from where the ring enters the inside to where it leaves it.
    ///
    /// - Parameters:
    ///   - inside: bit `c` is set where corner `c` is inside.
    ///   - joined: bit `f` is set where the two inside corners of ambiguous face `f` are joined across it.
    package static func loops(inside: Int, joined: Int) -> [[Int]] {
        var next = [Int](repeating: -1, count: 12)
        for (face, ring) in faces.enumerated() {
            var entries: [Int] = []
            var exits: [Int] = []
            for side in 0..<4 {
                let from = inside >> ring.corners[side] & 1
                let to = inside >> ring.corners[(side + 1) % 4] & 1
                if from == 0 && to == 1 { entries.append(side) }
                if from == 1 && to == 0 { exits.append(side) }
            }
            for entry in entries {
                // Separated: the exit that follows the entry. Joined: the exit before it, around the outside corner.
                let step = exits.count == 2 && joined >> face & 1 == 1 ? 3 : 1
                let exit = exits.count == 2 ? (entry + step) % 4 : exits[0]
                next[ring.edges[entry]] = ring.edges[exit]
            }
        }
        var loops: [[Int]] = []
        for start in 0..<12 where next[start] >= 0 {
            var loop: [Int] = []
            var edge = start
            while next[edge] >= 0 {
                loop.append(edge)
                let following = next[edge]
                next[edge] = -1
                edge = following
            }
            loops.append(loop)
        }
        return loops
    }
}
