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
    /// - Complexity: O(n²) usually, O(n³) at worst.
    package static func triangles(of corners: [SIMD3<Double>]) -> [SIMD3<Int>] {
        if corners.count < 3 { return [] }
        if corners.count == 3 { return [SIMD3(0, 1, 2)] }
        let flat = projected(corners)
        var remaining = Array(corners.indices)
        var triangles: [SIMD3<Int>] = []
        triangles.reserveCapacity(corners.count - 2)
        var at = 1
        while remaining.count > 3 {
            let ear = nextEar(in: remaining, flat, from: at) ?? bluntest(in: remaining, flat)
            triangles.append(cornersAround(ear, in: remaining))
            remaining.remove(at: ear)
            // The next candidate is not the neighbour that just became sharper: fans of slivers come of that.
            at = (ear + 1) % remaining.count
        }
        triangles.append(SIMD3(remaining[0], remaining[1], remaining[2]))
        return triangles
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

    private static func cornersAround(_ position: Int, in remaining: [Int]) -> SIMD3<Int> {
        let count = remaining.count
        return SIMD3(
            remaining[(position + count - 1) % count], remaining[position], remaining[(position + 1) % count])
    }

    /// The position of the first corner from `start` on that sticks out and has no other corner in its triangle.
    private static func nextEar(in remaining: [Int], _ flat: [SIMD2<Double>], from start: Int) -> Int? {
        for step in remaining.indices {
            let position = (start + step) % remaining.count
            let ear = cornersAround(position, in: remaining)
            let (a, b, c) = (flat[ear.x], flat[ear.y], flat[ear.z])
            guard turn(a, b, c) > 0 else { continue }
            let isFree = remaining.allSatisfy { other in
                let point = flat[other]
                // Corners that touch the ear's own are its neighbours, or another part of an outline with a bridge.
                if point == a || point == b || point == c { return true }
                return turn(a, b, point) < 0 || turn(b, c, point) < 0 || turn(c, a, point) < 0
            }
            if isFree { return position }
        }
        return nil
    }

    /// What to clip when nothing is an ear: the corner that turns most to the left.
    private static func bluntest(in remaining: [Int], _ flat: [SIMD2<Double>]) -> Int {
        func turnAt(_ position: Int) -> Double {
            let ear = cornersAround(position, in: remaining)
            return turn(flat[ear.x], flat[ear.y], flat[ear.z])
        }
        return remaining.indices.max { turnAt($0) < turnAt($1) } ?? 0
    }

    /// Twice the signed area of a triangle: positive for a left turn.
    private static func turn(_ a: SIMD2<Double>, _ b: SIMD2<Double>, _ c: SIMD2<Double>) -> Double {
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    }
}
