import CKernels

extension MeshField {
    /// Whether a point, in the tree's scaled coordinates, is inside, given its closest point.
    func isInside(_ point: SIMD4<Float>, _ hit: ck_closest_hit, _ tree: UnsafePointer<ck_tree>) -> Bool {
        switch resolvedSign {
        case .automatic, .pseudonormal:
            if let inside = sideOfPseudonormal(hit, tree) { return inside }
            return windingNumber(point, tree) >= 0.5
        case .parity: return parity(point, tree)
        case .winding: return windingNumber(point, tree) >= 0.5
        }
    }

    /// Whether the point lies behind the pseudonormal of its closest point; nil where rounding could tell otherwise.
    private func sideOfPseudonormal(_ hit: ck_closest_hit, _ tree: UnsafePointer<ck_tree>) -> Bool? {
        // Nearer than that, the closest triangle may have been mistaken for its neighbour.
        guard let pseudonormals, hit.distance > 4 * tree.pointee.slack else { return nil }
        let feature = TriangleFeature(rawValue: UInt8(hit.feature)) ?? .face
        let normal = pseudonormals.normal(of: feature, triangle: Int(hit.triangle))
        let offset = SIMD3(hit.offset.0, hit.offset.1, hit.offset.2) / hit.distance
        let side = (offset * normal).sum()
        // The margin in units of the pseudonormal's length: the sine of the angle to its plane.
        guard side * side > 1e-6 * (normal * normal).sum() else { return nil }
        return side < 0
    }

    private func windingNumber(_ point: SIMD4<Float>, _ tree: UnsafePointer<ck_tree>) -> Float {
        var number: Float = 0
        withUnsafeBytes(of: point) { bytes in
            guard let floats = bytes.bindMemory(to: Float.self).baseAddress else { return }
            ck_winding(tree, floats, 1, windingAccuracy, &number)
        }
        return number
    }

    /// Directions without symmetries that meshes have; the first ray that meets no edge or corner decides.
    private static let parityDirections: [SIMD3<Float>] = [
        SIMD3(0.357, 0.771, 0.527), SIMD3(-0.683, 0.214, 0.698), SIMD3(0.519, -0.402, -0.754),
        SIMD3(-0.291, -0.853, 0.433), SIMD3(0.812, 0.131, -0.569),
    ]

    private func parity(_ point: SIMD4<Float>, _ tree: UnsafePointer<ck_tree>) -> Bool {
        for direction in Self.parityDirections {
            var crossings: UInt32 = 0
            withUnsafeBytes(of: (point, SIMD4(direction, 0))) { bytes in
                guard let floats = bytes.bindMemory(to: Float.self).baseAddress else { return }
                ck_rays_crossings(tree, floats, floats + 4, 1, &crossings)
            }
            if crossings != .max { return crossings % 2 == 1 }
        }
        return windingNumber(point, tree) >= 0.5
    }
}
