/// Whether two of a cell's surface curves are the ends of a tunnel; see ``CellTriangulation``.
package enum CellInterior {
    /// The two curves that a tunnel of the trilinear interpolant joins; nil when the surface consists of discs.
    ///
    /// - Parameter values: the eight corners' finite values relative to the level.
    package static func tunnel(
        in configuration: MarchingCubesTables.Configuration, values: [Double]
    ) -> (Int, Int)? {
        let regions = boundaryRegions(of: configuration)
        for (first, second) in connectedCorners(inside: configuration.inside, values: values)
        where regions[first] != regions[second] {
            if let pair = curves(
                between: regions[first], and: regions[second], configuration: configuration, regions: regions)
            {
                return pair
            }
        }
        return nil
    }

    /// A number for each corner, the same for corners that are connected on the cube's surface.
    private static func boundaryRegions(of configuration: MarchingCubesTables.Configuration) -> [Int] {
        var regions = Array(0..<8)
        func join(_ first: Int, _ second: Int) {
            let from = regions[first]
            let to = regions[second]
            for corner in 0..<8 where regions[corner] == from { regions[corner] = to }
        }
        let inside = configuration.inside
        for (low, high) in CubeTopology.edgeCorners where inside >> low & 1 == inside >> high & 1 { join(low, high) }
        let ambiguous = CubeTopology.ambiguousFaces(inside: inside)
        for face in 0..<6 where ambiguous >> face & 1 == 1 {
            let ring = CubeTopology.faces[face].corners
            let joinsInside = configuration.joined >> face & 1
            let first = inside >> ring[0] & 1 == joinsInside ? 0 : 1
            join(ring[first], ring[first + 2])
        }
        return regions
    }

    /// Pairs of corners of one sign that a plane z = t shows to be connected diagonally inside the cell.
    private static func connectedCorners(inside: Int, values: [Double]) -> [(Int, Int)] {
        // Column i runs from corner i to corner i + 4; its value at height t is low + t · slope.
        let low = (0..<4).map { values[$0] }
        let slope = (0..<4).map { values[$0 + 4] - values[$0] }
        var heights: [Double] = [0, 1]
        for column in 0..<4 where inside >> column & 1 != inside >> (column + 4) & 1 {
            heights.append(-low[column] / slope[column])
        }
        // The saddle's sign: columns 0 and 3 are opposite, as are 1 and 2.
        let quadratic = slope[0] * slope[3] - slope[1] * slope[2]
        let linear = low[0] * slope[3] + low[3] * slope[0] - low[1] * slope[2] - low[2] * slope[1]
        let constant = low[0] * low[3] - low[1] * low[2]
        heights += roots(quadratic, linear, constant).filter { $0 > 0 && $0 < 1 }
        heights.sort()
        var pairs: [(Int, Int)] = []
        for (lower, upper) in zip(heights, heights.dropFirst()) where upper > lower {
            let t = 0.5 * (lower + upper)
            let plane = (0..<4).map { low[$0] + t * slope[$0] }
            let negative = plane.map { $0 < 0 }
            guard negative[0] == negative[3], negative[1] == negative[2], negative[0] != negative[1] else { continue }
            let mainDiagonal = plane[0] * plane[3] > plane[1] * plane[2]
            let columns = mainDiagonal ? (0, 3) : (1, 2)
            // A column changes sign at most once, so this height is connected along it to the end of the same sign.
            func end(_ column: Int) -> Int {
                (inside >> column & 1 == 1) == negative[column] ? column : column + 4
            }
            pairs.append((end(columns.0), end(columns.1)))
        }
        return pairs
    }

    private static func roots(_ a: Double, _ b: Double, _ c: Double) -> [Double] {
        if a == 0 { return b == 0 ? [] : [-c / b] }
        let discriminant = b * b - 4 * a * c
        guard discriminant > 0 else { return [] }
        let q = -0.5 * (b + (b < 0 ? -1 : 1) * discriminant.squareRoot())
        return q == 0 ? [0] : [q / a, c / q]
    }

    /// The curves that separate regions `first` and `second` from the region that lies between them.
    private static func curves(
        between first: Int, and second: Int, configuration: MarchingCubesTables.Configuration, regions: [Int]
    ) -> (Int, Int)? {
        let sides = configuration.loops.map { loop -> (Int, Int) in
            let (low, high) = CubeTopology.edgeCorners[loop[0]]
            return (regions[low], regions[high])
        }
        for (i, a) in sides.enumerated() where a.0 == first || a.1 == first {
            let between = a.0 == first ? a.1 : a.0
            for (j, b) in sides.enumerated() where b == (between, second) || b == (second, between) { return (i, j) }
        }
        return nil
    }
}
