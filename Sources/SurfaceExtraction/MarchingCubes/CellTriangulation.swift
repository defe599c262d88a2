/// The triangles of one cell whose corners alone do not decide how the surface runs.
///
/// - **Faces.** Where inside and outside corners alternate around a face, the asymptotic decider (Nielson and Hamann
///   1991) says whether the two inside corners are joined across it: the sign of the bilinear interpolant's saddle. It
///   needs the face's four values only, so the two cells at the face agree.
/// - **Interior.** Where the faces' curves are two or more, two of them may be the ends of a tunnel (the interior
///   ambiguity of Chernyaev's MC33). We ask the trilinear interpolant directly: planes z = t cut it in bilinear
///   functions whose corner values are linear in t, so which corners of the plane's square are connected is constant
///   between the zeros of those and of the saddle's quadratic. Two regions of one sign that some plane connects are
///   connected; the two curves around them become a band instead of two discs.
package struct CellTriangulation: Sendable {
    package let configuration: MarchingCubesTables.Configuration
    /// Three a triangle: a cell edge, or 12 and above for an inner vertex.
    package var triangles: [UInt8]
    /// Inner vertex `12 + i` is the mean of edge vertices with these weights, `(edge, weight)`.
    package var innerVertices: [[(edge: Int, weight: Float)]]

    /// - Parameters:
    ///   - inside: bit `c` is set where corner `c` is inside.
    ///   - values: the corners' values relative to the level: negative for inside corners.
    package init(inside: Int, values: (Int) -> Float, tables: MarchingCubesTables) {
        let corners = (0..<8).map { Double(values($0)) }
        let joined = Self.joinedFaces(Int(tables.ambiguousFaces[inside]), inside: inside, values: corners)
        let configuration = tables.configuration(inside: inside, joined: joined)
        self.configuration = configuration
        triangles = configuration.triangles
        innerVertices = configuration.fans.map { Self.mean(of: configuration.loops[$0]) }
        guard configuration.loops.count >= 2, corners.allSatisfy(\.isFinite),
            let (first, second) = CellInterior.tunnel(in: configuration, values: corners)
        else { return }
        var kept = configuration.loops
        kept.remove(at: max(first, second))
        kept.remove(at: min(first, second))
        triangles = []
        innerVertices = []
        for loop in kept { appendDisc(loop) }
        appendBand(configuration.loops[first], configuration.loops[second])
    }

    /// The ambiguous faces, as bits, whose inside corners are joined.
    package static func joinedFaces(_ ambiguous: Int, inside: Int, values: [Double]) -> Int {
        var joined = 0
        var faces = ambiguous
        while faces != 0 {
            let face = faces.trailingZeroBitCount
            faces &= faces - 1
            let ring = CubeTopology.faces[face].corners
            // Products of two singles are exact in double precision, so both cells compare the same numbers.
            let even = values[ring[0]] * values[ring[2]]
            let odd = values[ring[1]] * values[ring[3]]
            let evenInside = inside >> ring[0] & 1 == 1
            if evenInside ? even > odd : odd > even { joined |= 1 << face }
        }
        return joined
    }

    private static func mean(of loop: [Int]) -> [(edge: Int, weight: Float)] {
        loop.map { ($0, 1 / Float(loop.count)) }
    }

    private mutating func appendDisc(_ loop: [Int]) {
        if let disc = MarchingCubesTables.disc(of: loop) {
            triangles += disc
            return
        }
        let center = UInt8(12 + innerVertices.count)
        innerVertices.append(Self.mean(of: loop))
        for (position, edge) in loop.enumerated() {
            triangles += [UInt8(edge), UInt8(loop[(position + 1) % loop.count]), center]
        }
    }

    /// The band between two curves, which run in opposite senses around it.
    ///
    /// Steps alternate between the curves in proportion to their lengths, so no vertex is joined to a whole curve, from
    /// the start that gives the shortest rungs. A rung that would join two points of one face is split by an inner
    /// vertex, for the reason given at ``MarchingCubesTables``.
    private mutating func appendBand(_ first: [Int], _ reversedSecond: [Int]) {
        let second = [Int](reversedSecond.reversed())
        let total = first.count + second.count
        /// Rung `step` of the band that starts at `second[start]`, as positions in the two curves.
        func rung(_ step: Int, start: Int) -> (Int, Int) {
            let along = (step * first.count + total / 2) / total
            return (along % first.count, (step - along + start) % second.count)
        }
        func cost(_ start: Int) -> Int {
            var sum = 0
            for step in 0..<total {
                let (i, j) = rung(step, start: start)
                let difference =
                    CubeTopology.doubledMidpoint(of: first[i]) &- CubeTopology.doubledMidpoint(of: second[j])
                sum += (difference &* difference).wrappedSum()
                if CubeTopology.shareFace(first[i], second[j]) { sum += 100 }
            }
            return sum
        }
        let costs = (0..<second.count).map(cost)
        let start = costs.firstIndex(of: costs.min() ?? 0) ?? 0
        let all = first + second
        // The vertices of a rung: its two ends, or its ends with an inner vertex between.
        var splits = [UInt8?](repeating: nil, count: total)
        for step in 0..<total {
            let (i, j) = rung(step, start: start)
            guard CubeTopology.shareFace(first[i], second[j]) else { continue }
            splits[step] = UInt8(12 + innerVertices.count)
            innerVertices.append(
                [(first[i], 0.375), (second[j], 0.375)] + all.map { ($0, 0.25 / Float(all.count)) })
        }
        for step in 0..<total {
            let (i, j) = rung(step, start: start)
            let (nextI, nextJ) = rung((step + 1) % total, start: start)
            // The triangle or quadrangle or pentagon between this rung and the next, counter-clockwise.
            var polygon: [UInt8] = []
            if let split = splits[step] { polygon.append(split) }
            polygon.append(UInt8(first[i]))
            if nextI != i { polygon.append(UInt8(first[nextI])) }
            if let split = splits[(step + 1) % total] { polygon.append(split) }
            polygon.append(UInt8(second[nextJ]))
            if nextJ != j { polygon.append(UInt8(second[j])) }
            // A fan from an inner vertex, where there is one, so that no new edge lies in a face.
            let apex = polygon.firstIndex { $0 >= 12 } ?? 0
            for corner in 1..<(polygon.count - 1) {
                triangles += [
                    polygon[apex], polygon[(apex + corner) % polygon.count],
                    polygon[(apex + corner + 1) % polygon.count],
                ]
            }
        }
    }
}
