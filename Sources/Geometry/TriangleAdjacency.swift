import Foundation

extension Pseudonormals {
    /// The triangle beyond each side of each triangle, or nil where some directed edge does not have exactly one
    /// reverse.
    ///
    /// - Complexity: O(v + t).
    static func neighbors(of mesh: TriangleMesh) -> [SIMD3<UInt32>]? {
        guard !mesh.triangles.isEmpty else { return nil }
        // Half-edges by the vertex where they begin: the reverse of (u, v) is among those of v.
        var starts = [UInt32](repeating: 0, count: mesh.vertices.count + 1)
        for triangle in mesh.triangles { for side in 0..<3 { starts[Int(triangle[side]) + 1] += 1 } }
        for vertex in mesh.vertices.indices { starts[vertex + 1] += starts[vertex] }
        var next = starts
        var sides = [UInt32](repeating: 0, count: 3 * mesh.triangles.count)
        for (index, triangle) in mesh.triangles.enumerated() {
            for side in 0..<3 {
                let vertex = Int(triangle[side])
                sides[Int(next[vertex])] = UInt32(3 * index + side)
                next[vertex] += 1
            }
        }
        var result = [SIMD3<UInt32>](repeating: .zero, count: mesh.triangles.count)
        for (index, triangle) in mesh.triangles.enumerated() {
            for side in 0..<3 {
                let from = triangle[side]
                let to = triangle[side == 2 ? 0 : side + 1]
                guard from != to else { return nil }
                var reverse: UInt32?
                for slot in starts[Int(to)]..<starts[Int(to) + 1] where end(of: sides[Int(slot)], mesh) == from {
                    guard reverse == nil else { return nil }
                    reverse = sides[Int(slot)]
                }
                guard let reverse else { return nil }
                result[index][side] = reverse / 3
            }
        }
        return result
    }

    private static func end(of halfEdge: UInt32, _ mesh: TriangleMesh) -> UInt32 {
        let side = Int(halfEdge % 3)
        return mesh.triangles[Int(halfEdge / 3)][side == 2 ? 0 : side + 1]
    }

    static func angle(_ u: SIMD3<Double>, _ v: SIMD3<Double>) -> Double {
        let cross = SIMD3(u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
        return atan2((cross * cross).sum().squareRoot(), (u * v).sum())
    }
}
