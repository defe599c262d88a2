import Core

/// Cuts polygons into triangles by clipping ears (Meisters, "Polygons have ears", 1975).
///
/// Assimp's own step leaves concave outlines with overlapping triangles where a vertex lies in line with an ear's side (an
/// L of three squares came out with an area of four), so polygons are cut here.
package enum PolygonTriangulation {
    /// Triangles over the polygon's corners, n − 2 of them, oriented as the polygon is.
    ///
    /// A simple polygon is covered exactly once. Vertices on straight sides are kept as corners, so that neighbours still
    /// fit. Self-intersecting outlines and those without area give some triangulation that uses every corner.
    ///
    /// - Parameter corners: in order; need not be quite flat.
    /// - Complexity: O(n) for most outlines: a candidate is tested against the corners near it alone. O(n²) at worst.
    package static func triangles(of corners: [SIMD3<Double>]) -> [SIMD3<Int>] {
        if corners.count < 3 { return [] }
        if corners.count == 3 { return [SIMD3(0, 1, 2)] }
        if corners.count == 4 && isConvex((corners[0], corners[1], corners[2], corners[3])) {
            return [SIMD3(0, 1, 2), SIMD3(0, 2, 3)]
        }
        var outline = Outline(projected(corners))
        var triangles: [SIMD3<Int>] = []
        triangles.reserveCapacity(corners.count - 2)
        var at = 1
        while outline.count > 3 {
            if let ear = outline.nextEar(from: at) {
                at = ear
            } else if outline.count <= mostStuckCorners {
                at = outline.bluntest
            } else {
                // An outline that crosses itself this often has no inside to be right about.
                return triangles + outline.fan(from: at)
            }
            triangles.append(outline.triangle(at: at))
            // The next candidate is not the neighbor that just became sharper: fans of slivers come of that.
            at = outline.clip(at)
        }
        let last = outline.corners.sorted()
        triangles.append(SIMD3(last[0], last[1], last[2]))
        return triangles
    }

    /// Corners of an outline without an ear among which the bluntest is looked for each time: quadratic work, a few
    /// milliseconds.
    private static let mostStuckCorners = 1024

    /// Whether all four corners of a quad clearly stick out: then it is cut from the first to the third, as
    /// ``triangles(of:)`` does, which takes memory for its lists.
    package static func isConvex(_ quad: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)) -> Bool {
        let (a, b, c, d) = quad
        let normal = cross(c - a, d - b)
        func sticksOut(_ last: SIMD3<Double>, _ corner: SIMD3<Double>, _ next: SIMD3<Double>) -> Bool {
            let (before, after) = (corner - last, next - corner)
            // Well beyond what `blockers` asks for, since this looks along the normal and not along an axis.
            let scale = (dot(before, before) * dot(after, after) * dot(normal, normal)).squareRoot()
            return dot(cross(before, after), normal) > 1e-3 * scale
        }
        return sticksOut(d, a, b) && sticksOut(a, b, c) && sticksOut(b, c, d) && sticksOut(c, d, a)
    }

    /// The polygon seen along its normal (Newell's), such that it runs counter-clockwise.
    private static func projected(_ corners: [SIMD3<Double>]) -> [SIMD2<Double>] {
        var normal = SIMD3<Double>.zero
        for index in corners.indices {
            normal += cross(corners[index] - corners[0], corners[(index + 1) % corners.count] - corners[0])
        }
        let size = SIMD3(normal.x.magnitude, normal.y.magnitude, normal.z.magnitude)
        if size.z >= size.x && size.z >= size.y {
            return corners.map { normal.z < 0 ? SIMD2($0.y, $0.x) : SIMD2($0.x, $0.y) }
        }
        if size.y >= size.x {
            return corners.map { normal.y < 0 ? SIMD2($0.x, $0.z) : SIMD2($0.z, $0.x) }
        }
        return corners.map { normal.x < 0 ? SIMD2($0.z, $0.y) : SIMD2($0.y, $0.z) }
    }

    /// Twice the signed area of a triangle: positive for a left turn.
    fileprivate static func turn(_ a: SIMD2<Double>, _ b: SIMD2<Double>, _ c: SIMD2<Double>) -> Double {
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    }
}

/// What is left of a polygon while ears are clipped from it.
private struct Outline {
    private let flat: [SIMD2<Double>]
    private var next: [Int]
    private var previous: [Int]
    private var blockers: Blockers
    private(set) var count: Int
    /// A corner that is still there.
    private var anchor = 0

    init(_ flat: [SIMD2<Double>]) {
        self.flat = flat
        count = flat.count
        next = flat.indices.map { ($0 + 1) % flat.count }
        previous = flat.indices.map { ($0 + flat.count - 1) % flat.count }
        blockers = Blockers(flat)
    }

    /// In order, from some corner on.
    var corners: [Int] {
        var all = [anchor]
        while let last = all.last, next[last] != anchor { all.append(next[last]) }
        return all
    }

    func triangle(at corner: Int) -> SIMD3<Int> { SIMD3(previous[corner], corner, next[corner]) }

    /// - Returns: the corner behind the next.
    mutating func clip(_ corner: Int) -> Int {
        let (before, after) = (previous[corner], next[corner])
        next[before] = after
        previous[after] = before
        anchor = after
        count -= 1
        blockers.remove(corner)
        return next[after]
    }

    /// The first corner from `start` on that sticks out and has no other corner in its triangle.
    func nextEar(from start: Int) -> Int? {
        var corner = start
        for _ in 0..<count {
            if isEar(corner) { return corner }
            corner = next[corner]
        }
        return nil
    }

    private func isEar(_ corner: Int) -> Bool {
        let (a, b, c) = (flat[previous[corner]], flat[corner], flat[next[corner]])
        guard PolygonTriangulation.turn(a, b, c) > 0 else { return false }
        let (lower, upper) = (pointwiseMin(pointwiseMin(a, b), c), pointwiseMax(pointwiseMax(a, b), c))
        return blockers.allSatisfy(between: lower, upper) { point in
            // Corners that touch the ear's own are its neighbors, or another part of an outline with a bridge.
            if point == a || point == b || point == c { return true }
            return PolygonTriangulation.turn(a, b, point) < 0 || PolygonTriangulation.turn(b, c, point) < 0
                || PolygonTriangulation.turn(c, a, point) < 0
        }
    }

    /// What to clip when nothing is an ear: the corner that turns most to the left.
    var bluntest: Int {
        func turnAt(_ corner: Int) -> Double {
            PolygonTriangulation.turn(flat[previous[corner]], flat[corner], flat[next[corner]])
        }
        return corners.sorted().max { turnAt($0) < turnAt($1) } ?? anchor
    }

    /// All that is left, as triangles around one corner.
    func fan(from corner: Int) -> [SIMD3<Int>] {
        var triangles: [SIMD3<Int>] = []
        var last = next[corner]
        while next[last] != corner {
            triangles.append(SIMD3(corner, last, next[last]))
            last = next[last]
        }
        return triangles
    }
}

/// Corners that do not clearly stick out, by cells of a grid: only these can lie in an ear, for a corner that sticks out does
/// so still when others are gone.
private struct Blockers {
    private let flat: [SIMD2<Double>]
    private let origin: SIMD2<Double>
    private let cellsAUnit: SIMD2<Double>
    private let side: Int
    private var cells: [[Int]]

    init(_ flat: [SIMD2<Double>]) {
        self.flat = flat
        let all = flat.indices.filter { index in
            let (a, b) = (flat[(index + flat.count - 1) % flat.count], flat[index])
            let c = flat[(index + 1) % flat.count]
            let (before, after) = (b - a, c - b)
            let scale = ((before * before).sum() * (after * after).sum()).squareRoot()
            return !(PolygonTriangulation.turn(a, b, c) > 1e-9 * scale)
        }
        let lower = flat.dropFirst().reduce(flat[0]) { pointwiseMin($0, $1) }
        let upper = flat.dropFirst().reduce(flat[0]) { pointwiseMax($0, $1) }
        // Some four corners a cell; a single cell where there are few.
        side = max(Int((Double(all.count) / 4).squareRoot()), 1)
        origin = lower
        let extent = pointwiseMax(upper - lower, SIMD2(repeating: .leastNormalMagnitude))
        cellsAUnit = SIMD2(repeating: Double(side)) / extent
        cells = [[Int]](repeating: [], count: side * side)
        for corner in all {
            let place = cell(of: flat[corner])
            cells[place.y * side + place.x].append(corner)
        }
    }

    private func cell(of point: SIMD2<Double>) -> SIMD2<Int> {
        let place = pointwiseMin(pointwiseMax((point - origin) * cellsAUnit, .zero), SIMD2(repeating: Double(side - 1)))
        // The least and greatest of a comparison with NaN is the bound, and an infinite scale times zero is NaN.
        return SIMD2(Int(place.x.isFinite ? place.x : 0), Int(place.y.isFinite ? place.y : 0))
    }

    mutating func remove(_ corner: Int) {
        let place = cell(of: flat[corner])
        cells[place.y * side + place.x].removeAll { $0 == corner }
    }

    /// Whether a condition holds for every one in the cells that a box touches.
    func allSatisfy(
        between lower: SIMD2<Double>, _ upper: SIMD2<Double>, _ condition: (SIMD2<Double>) -> Bool
    ) -> Bool {
        let (first, last) = (cell(of: lower), cell(of: upper))
        for row in first.y...max(first.y, last.y) {
            for column in first.x...max(first.x, last.x) {
                for corner in cells[row * side + column] where !condition(flat[corner]) { return false }
            }
        }
        return true
    }
}
