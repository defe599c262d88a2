import Core

/// Area-uniform points on a mesh's surface. Point i is a pure function of the mesh, the stream and i.
public struct AreaUniformSampler: Sendable {
    private let mesh: TriangleMesh
    /// Area up to and including each triangle, `(triangles)`.
    private let cumulativeAreas: [Double]
    /// For each of equally large slices of the total area, the triangle that its start falls into: with as many slices
    /// as triangles a look-up takes a step or two instead of a binary search.
    private let guide: [Int32]

    /// The surface's total area, in the mesh's frame.
    public var area: Double { cumulativeAreas.last ?? 0 }

    /// Nil where no triangle has an area.
    ///
    /// - Complexity: O(triangles).
    public init?(_ mesh: TriangleMesh) {
        self.mesh = mesh
        var sum = 0.0
        cumulativeAreas = mesh.triangles.indices.map { index in
            let (a, b, c) = mesh.corners(of: index)
            let u = SIMD3<Double>(b) - SIMD3<Double>(a)
            let v = SIMD3<Double>(c) - SIMD3<Double>(a)
            let normal = cross(u, v)
            sum += 0.5 * (normal * normal).sum().squareRoot()
            return sum
        }
        guard sum > 0 && sum.isFinite else { return nil }
        var guide: [Int32] = []
        guide.reserveCapacity(mesh.triangles.count)
        var triangle = 0
        for slice in mesh.triangles.indices {
            let start = sum * Double(slice) / Double(mesh.triangles.count)
            while cumulativeAreas[triangle] <= start && triangle < cumulativeAreas.count - 1 { triangle += 1 }
            guide.append(Int32(triangle))
        }
        self.guide = guide
    }

    /// The point at `index` of `stream`, and its triangle.
    public func point(at index: UInt64, of stream: RandomStream) -> (point: SIMD3<Float>, triangle: Int) {
        let words = stream.words(at: index)
        // 48 bits choose the triangle, so that small ones of a large mesh keep their share.
        let position = Double(UInt64(words.x) << 16 | UInt64(words.w >> 16)) * 0x1p-48
        let target = position * area
        var triangle = Int(guide[min(Int(position * Double(guide.count)), guide.count - 1)])
        while cumulativeAreas[triangle] <= target && triangle < cumulativeAreas.count - 1 { triangle += 1 }
        // Osada et al. 2002, section 3.1: the square root makes the barycentric coordinates uniform.
        let root = (Float(words.y >> 8) * 0x1p-24).squareRoot()
        let second = Float(words.z >> 8) * 0x1p-24
        let (a, b, c) = mesh.corners(of: triangle)
        return (a * (1 - root) + b * (root * (1 - second)) + c * (root * second), triangle)
    }
}
