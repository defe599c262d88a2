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
    /// - Complexity: O(n) times the number of corners that do not stick out, plus the moving of what remains: n² / 2 words.
    package static func triangles(of corners: [SIMD3<Double>]) -> [SIMD3<Int>] {
        if corners.count < 3 { return [] }
        if corners.count == 3 { return [SIMD3(0, 1, 2)] }
        let flat = projected(corners)
        var blockers = blockers(flat)
        var remaining = Array(corners.indices)
        var triangles: [SIMD3<Int>] = []
        triangles.reserveCapacity(corners.count - 2)
        var at = 1
        while remaining.count > 3 {
            let ear = nextEar(in: remaining, flat, blockers, from: at) ?? bluntest(in: remaining, flat)
            triangles.append(cornersAround(ear, in: remaining))
            let clipped = remaining.remove(at: ear)
            if let place = blockers.firstIndex(of: clipped) { blockers.remove(at: place) }
            // The next candidate is not the neighbour that just became sharper: fans of slivers come of that.
            at = (ear + 1) % remaining.count
        }
        triangles.append(SIMD3(remaining[0], remaining[1], remaining[2]))
        return triangles
    }

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

    /// Corners that do not clearly stick out: only these can lie in an ear, for a corner that sticks out does so still when
    /// others are gone.
    private static func blockers(_ flat: [SIMD2<Double>]) -> [Int] {
        flat.indices.filter { index in
            let (a, b) = (flat[(index + flat.count - 1) % flat.count], flat[index])
            let c = flat[(index + 1) % flat.count]
            let (before, after) = (b - a, c - b)
            let scale = ((before * before).sum() * (after * after).sum()).squareRoot()
            return !(turn(a, b, c) > 1e-9 * scale)
        }
    }

    private static func cornersAround(_ position: Int, in remaining: [Int]) -> SIMD3<Int> {
        let count = remaining.count
        return SIMD3(
            remaining[(position + count - 1) % count], remaining[position], remaining[(position + 1) % count])
    }

    /// The position of the first corner from `start` on that sticks out and has no other corner in its triangle.
    private static func nextEar(
        in remaining: [Int], _ flat: [SIMD2<Double>], _ blockers: [Int], from start: Int
    ) -> Int? {
        for step in remaining.indices {
            let position = (start + step) % remaining.count
            let ear = cornersAround(position, in: remaining)
            let (a, b, c) = (flat[ear.x], flat[ear.y], flat[ear.z])
            guard turn(a, b, c) > 0 else { continue }
            let isFree = blockers.allSatisfy { other in
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
