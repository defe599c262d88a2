import Geometry

enum RenderingFixtures {
    /// An axis-aligned box with outward triangles.
    static func box(_ extent: SIMD3<Float>, at center: SIMD3<Float> = .zero) -> TriangleMesh {
        let vertices = (0..<8).map { corner -> SIMD3<Float> in
            let place = SIMD3(Float(corner & 1), Float(corner >> 1 & 1), Float(corner >> 2))
            return center + extent * (place - 0.5)
        }
        let quads: [[UInt32]] = [
            [0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6],
        ]
        return TriangleMesh(
            vertices: vertices,
            triangles: quads.flatMap { [SIMD3($0[0], $0[1], $0[2]), SIMD3($0[0], $0[2], $0[3])] })
    }
}
