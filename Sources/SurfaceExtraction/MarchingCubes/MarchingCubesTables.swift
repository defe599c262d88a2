import Geometry

/// How the surface is triangulated inside a cell, for every pattern of inside corners and every way in which the
/// ambiguous faces can be joined. Derived from the cube's structure when first used.
///
/// The surface meets the faces of a cell in closed curves (``CubeTopology/loops(inside:joined:)``). Each becomes a
/// disc whose inner edges never join two points of one face: such an edge could also be an inner edge of the cell
/// across that face, and four triangles would then share it. Where no triangulation without such an edge exists, the
/// disc is a fan around a vertex inside the cell.
package struct MarchingCubesTables: Sendable {
    /// One pattern: which corners are inside, and which ambiguous faces are joined.
    package struct Configuration: Sendable {
        package let inside: Int
        package let joined: Int
        package let loops: [[Int]]
        /// Loops that are fans around an inner vertex; the inner vertex of `fans[i]` has number `12 + i`.
        package let fans: [Int]
        /// Three a triangle: a cell edge, or 12 and above for an inner vertex.
        package let triangles: [UInt8]
    }

    /// All configurations; those of one inside mask are adjacent, in the order of the joined faces' bits.
    package let configurations: [Configuration]
    /// The first configuration of each inside mask.
    package let firstConfiguration: [Int32]
    /// The ambiguous faces of each inside mask, as bits.
    package let ambiguousFaces: [UInt8]

    // The tables of the inner loop, for masks whose corners alone decide: no ambiguous face, one curve, no inner vertex.
    /// Triangles of each inside mask; 255 where values must be looked at.
    package let simpleTriangleCount: [UInt8]
    /// Start of each mask's edges in `simpleTriangles`.
    package let simpleOffset: [Int32]
    /// Cell edges, three a triangle.
    package let simpleTriangles: [UInt8]

    /// `simpleTriangleCount` of masks that need the values.
    package static let needsValues: UInt8 = 255

    package static let shared = MarchingCubesTables()

    private init() {
        var configurations: [Configuration] = []
        var firstConfiguration: [Int32] = []
        var ambiguousFaces: [UInt8] = []
        var simpleTriangleCount: [UInt8] = []
        var simpleOffset: [Int32] = []
        var simpleTriangles: [UInt8] = []
        for inside in 0..<256 {
            let ambiguous = CubeTopology.ambiguousFaces(inside: inside)
            ambiguousFaces.append(UInt8(ambiguous))
            firstConfiguration.append(Int32(configurations.count))
            let faces = (0..<6).filter { ambiguous >> $0 & 1 == 1 }
            for choice in 0..<(1 << faces.count) {
                var joined = 0
                for (bit, face) in faces.enumerated() where choice >> bit & 1 == 1 { joined |= 1 << face }
                configurations.append(Self.configuration(inside: inside, joined: joined))
            }
            let first = configurations[Int(firstConfiguration[inside])]
            let simple = ambiguous == 0 && first.loops.count <= 1 && first.fans.isEmpty
            simpleOffset.append(Int32(simpleTriangles.count))
            simpleTriangleCount.append(simple ? UInt8(first.triangles.count / 3) : Self.needsValues)
            if simple { simpleTriangles += first.triangles }
        }
        self.configurations = configurations
        self.firstConfiguration = firstConfiguration
        self.ambiguousFaces = ambiguousFaces
        self.simpleTriangleCount = simpleTriangleCount
        self.simpleOffset = simpleOffset
        self.simpleTriangles = simpleTriangles
    }

    /// The configuration of a cell.
    ///
    /// - Parameter joined: the ambiguous faces that are joined, as bits; 0 elsewhere.
    package func configuration(inside: Int, joined: Int) -> Configuration {
        var rank = 0
        var bit = 0
        var faces = Int(ambiguousFaces[inside])
        while faces != 0 {
            let face = faces.trailingZeroBitCount
            rank |= (joined >> face & 1) << bit
            bit += 1
            faces &= faces - 1
        }
        return configurations[Int(firstConfiguration[inside]) + rank]
    }

    private static func configuration(inside: Int, joined: Int) -> Configuration {
        let loops = CubeTopology.loops(inside: inside, joined: joined)
        var fans: [Int] = []
        var triangles: [UInt8] = []
        for (index, loop) in loops.enumerated() {
            if let disc = disc(of: loop) {
                triangles += disc
                continue
            }
            let center = UInt8(12 + fans.count)
            fans.append(index)
            for (position, edge) in loop.enumerated() {
                triangles += [UInt8(edge), UInt8(loop[(position + 1) % loop.count]), center]
            }
        }
        return Configuration(inside: inside, joined: joined, loops: loops, fans: fans, triangles: triangles)
    }

    /// The triangulation of a loop whose inner edges are shortest (sum of squares, every vertex in the middle of its
    /// cell edge), none joining two points of one face; nil when there is none.
    static func disc(of loop: [Int]) -> [UInt8]? {
        let count = loop.count
        let forbidden = 1 << 20
        func cost(_ first: Int, _ second: Int) -> Int {
            if second - first == 1 || second - first == count - 1 { return 0 }
            if CubeTopology.shareFace(loop[first], loop[second]) { return forbidden }
            let difference =
                CubeTopology.doubledMidpoint(of: loop[first]) &- CubeTopology.doubledMidpoint(of: loop[second])
            return (difference &* difference).wrappedSum()
        }
        // best[i][j]: the polygon i, i + 1, …, j, its closing edge (i, j) included.
        var best = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
        var apex = best
        for length in 2..<count {
            for first in 0..<(count - length) {
                let last = first + length
                best[first][last] = .max
                for middle in (first + 1)..<last {
                    let total = best[first][middle] + best[middle][last] + cost(first, last)
                    if total < best[first][last] {
                        best[first][last] = total
                        apex[first][last] = middle
                    }
                }
            }
        }
        guard best[0][count - 1] < forbidden else { return nil }
        var triangles: [UInt8] = []
        func emit(_ first: Int, _ last: Int) {
            guard last - first >= 2 else { return }
            let middle = apex[first][last]
            emit(first, middle)
            triangles += [UInt8(loop[first]), UInt8(loop[middle]), UInt8(loop[last])]
            emit(middle, last)
        }
        emit(0, count - 1)
        return triangles
    }
}
