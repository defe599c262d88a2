import Geometry

/// A box of sides 0.9, 0.6 and 0.3.
package func boxMesh() -> TriangleMesh {
    let corners = (0..<8).map { corner in
        let (x, y, z) = (Float(corner & 1), Float(corner >> 1 & 1), Float(corner >> 2))
        return SIMD3<Float>(0.05 + x * 0.9, 0.05 + y * 0.6, 0.05 + z * 0.3)
    }
    let sides: [(UInt32, UInt32, UInt32, UInt32)] = [
        (0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5),
    ]
    return TriangleMesh(
        vertices: corners,
        triangles: sides.flatMap { side in
            [SIMD3<UInt32>(side.0, side.1, side.2), SIMD3<UInt32>(side.0, side.2, side.3)]
        })
}
