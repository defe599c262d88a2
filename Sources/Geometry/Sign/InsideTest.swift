import CKernels

/// Classifies a point as inside or outside; points are in the hierarchy's scaled coordinates.
struct InsideTest: Sendable {
    /// Never ``SignMethod/automatic``.
    let method: SignMethod
    let pseudonormals: Pseudonormals?
    let windingAccuracy: Float
    /// Triangles whose pseudonormals do not count; nil for none.
    var doubtful: DoubtfulTriangles?

    /// Whether the method needs the closest point.
    var needsClosestPoint: Bool { method == .pseudonormal }

    /// Whether a point is inside, given its closest point.
    func isInside(_ point: SIMD4<Float>, _ hit: ck_closest_hit, _ tree: UnsafePointer<ck_tree>) -> Bool {
        needsClosestPoint
            ? sideOfPseudonormal(hit, tree) ?? (windingNumber(point, tree) >= 0.5)
            : isInside(point, tree)
    }

    /// Whether a point is inside.
    func isInside(_ point: SIMD4<Float>, _ tree: UnsafePointer<ck_tree>) -> Bool {
        switch method {
        case .automatic, .pseudonormal:
            return sideOfPseudonormal(closestPoint(to: point, tree), tree) ?? (windingNumber(point, tree) >= 0.5)
        case .parity:
            return parity(point, tree)
        case .winding:
            return windingNumber(point, tree) >= 0.5
        }
    }

    /// Calls `body` with each of `count` points' slot and whether it is inside.
    func withInsides(
        of points: UnsafePointer<SIMD4<Float>>, count: Int, _ tree: UnsafePointer<ck_tree>,
        _ body: (_ slot: Int, _ isInside: Bool) -> Void
    ) {
        guard needsClosestPoint else {
            for slot in 0..<count { body(slot, isInside(points[slot], tree)) }
            return
        }
        withUnsafeTemporaryAllocation(of: ck_closest_hit.self, capacity: count) { hits in
            guard let start = hits.baseAddress else { return }
            ck_closest(tree, UnsafeRawPointer(points).assumingMemoryBound(to: Float.self), count, start)
            for slot in 0..<count { body(slot, isInside(points[slot], start[slot], tree)) }
        }
    }

    /// Whether the point lies behind the pseudonormal of its closest point; nil where rounding could tell otherwise.
    private func sideOfPseudonormal(_ hit: ck_closest_hit, _ tree: UnsafePointer<ck_tree>) -> Bool? {
        // Nearer than that, the closest triangle may have been mistaken for its neighbour.
        guard let pseudonormals, hit.distance > 4 * tree.pointee.slack else { return nil }
        if let doubtful, doubtful.contains(Int(hit.triangle)) { return nil }
        let feature = TriangleFeature(rawValue: UInt8(hit.feature)) ?? .face
        let normal = pseudonormals.normal(of: feature, triangle: Int(hit.triangle))
        let offset = SIMD3(hit.offset.0, hit.offset.1, hit.offset.2) / hit.distance
        let side = (offset * normal).sum()
        // The margin in units of the pseudonormal's length: the sine of the angle to its plane.
        guard side * side > 1e-6 * (normal * normal).sum() else { return nil }
        return side < 0
    }

    func windingNumber(_ point: SIMD4<Float>, _ tree: UnsafePointer<ck_tree>) -> Float {
        var number: Float = 0
        withFloats(of: point) { ck_winding(tree, $0, 1, windingAccuracy, &number) }
        return number
    }

    func closestPoint(to point: SIMD4<Float>, _ tree: UnsafePointer<ck_tree>) -> ck_closest_hit {
        var hit = ck_closest_hit()
        withFloats(of: point) { ck_closest(tree, $0, 1, &hit) }
        return hit
    }

    private func withFloats(of point: SIMD4<Float>, _ body: (UnsafePointer<Float>) -> Void) {
        withUnsafeBytes(of: point) { bytes in
            if let floats = bytes.bindMemory(to: Float.self).baseAddress { body(floats) }
        }
    }

    /// Directions without symmetries that meshes have; the first ray that meets no edge or corner decides.
    private static let parityDirections: [SIMD3<Float>] = [
        SIMD3(0.357, 0.771, 0.527), SIMD3(-0.683, 0.214, 0.698), SIMD3(0.519, -0.402, -0.754),
        SIMD3(-0.291, -0.853, 0.433), SIMD3(0.812, 0.131, -0.569),
    ]

    private func parity(_ point: SIMD4<Float>, _ tree: UnsafePointer<ck_tree>) -> Bool {
        for direction in Self.parityDirections {
            var crossings: UInt32 = 0
            withFloats(of: point) { origin in
                withFloats(of: SIMD4(direction, 0)) { ck_rays_crossings(tree, origin, $0, 1, &crossings) }
            }
            if crossings != .max { return crossings % 2 == 1 }
        }
        return windingNumber(point, tree) >= 0.5
    }
}
