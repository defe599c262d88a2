import Core
import Foundation

extension Pseudonormals {
    /// The triangle beyond each side of each triangle, or nil where an edge does not have exactly two triangles that run
    /// along it in opposite directions.
    ///
    /// - Complexity: O(v + t).
    static func neighbors(of mesh: TriangleMesh) -> [SIMD3<UInt32>]? {
        guard !mesh.triangles.isEmpty else { return nil }
        var result = [SIMD3<UInt32>](repeating: .zero, count: mesh.triangles.count)
        var isClosed = true
        MeshEdges(mesh).forEach { lower, sides in
            guard isClosed && sides.count == 2 && Int(sides[0].upper) != lower else {
                isClosed = false
                return
            }
            let (first, second) = (Int(sides[0].corner % 3), Int(sides[1].corner % 3))
            let start = mesh.triangles[sides[0].triangle][first]
            if mesh.triangles[sides[1].triangle][second] == start { isClosed = false }
            result[sides[0].triangle][first] = UInt32(sides[1].triangle)
            result[sides[1].triangle][second] = UInt32(sides[0].triangle)
        }
        return isClosed ? result : nil
    }

    /// The angle between two vectors, in radians.
    static func angle(_ u: SIMD3<Double>, _ v: SIMD3<Double>) -> Double {
        let normal = cross(u, v)
        return atan2((normal * normal).sum().squareRoot(), (u * v).sum())
    }
}
