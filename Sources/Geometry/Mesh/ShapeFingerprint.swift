/// Tells whether two shapes are the same: their counts, and a hash of every coordinate and index in order.
public struct ShapeFingerprint: Sendable, Equatable, Codable {
    /// Points, of a shape without triangles.
    public let vertexCount: Int
    public let triangleCount: Int
    /// 16 hexadecimal digits; the same on every machine.
    public let hash: String

    /// - Complexity: O(n) in vertices and triangles, about 1 ns a number.
    public init(_ mesh: TriangleMesh) {
        self.init(origin: mesh.origin, vertices: mesh.vertices, triangles: mesh.triangles)
    }

    /// - Parameters:
    ///   - vectors: more arrays of the shape, as a scan's normals.
    ///   - origin: what the vertices are relative to.
    ///   - vertices: or points.
    ///   - triangles: none for a scan.
    public init(
        origin: SIMD3<Double> = .zero, vertices: [SIMD3<Float>], triangles: [SIMD3<UInt32>] = [],
        vectors: [[SIMD3<Float>]] = []
    ) {
        // FNV-1a over 32-bit words: nobody gains by forging a mesh, so that a fast hash will do.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func take(_ word: UInt32) { hash = (hash ^ UInt64(word)) &* 0x100_0000_01b3 }
        for axis in 0..<3 where origin != .zero {
            take(UInt32(truncatingIfNeeded: origin[axis].bitPattern))
            take(UInt32(truncatingIfNeeded: origin[axis].bitPattern >> 32))
        }
        for array in [vertices] + vectors {
            for vertex in array {
                for axis in 0..<3 { take(vertex[axis].bitPattern) }
            }
        }
        for triangle in triangles {
            for corner in 0..<3 { take(triangle[corner]) }
        }
        vertexCount = vertices.count
        triangleCount = triangles.count
        let digits = String(hash, radix: 16)
        self.hash = String(repeating: "0", count: 16 - digits.count) + digits
    }
}
