import Core

/// Neighbors that are folded onto each other, as the two sides of a sheet without thickness.
///
/// Between them rounding decides which is nearer, and with it the side that a pseudonormal tells.
struct FlatFolds {
    private typealias Vector = SIMD3<Double>

    private let mesh: TriangleMesh
    private let adjacency: TriangleAdjacency
    /// Gaps up to it are rounding: coordinates are off by 2⁻²⁵ of the largest, and a height takes four of them.
    private let tolerance: Double

    init(_ mesh: TriangleMesh, _ adjacency: TriangleAdjacency) {
        self.mesh = mesh
        self.adjacency = adjacency
        let box = mesh.boundingBox ?? BoundingBox(minimum: .zero, maximum: .zero)
        let largest = max(box.maximum.max(), -box.minimum.min())
        tolerance = Double(largest) * 0x1p-22
    }

    /// - Returns: the triangles that lie on a neighbor, some more than once.
    /// - Complexity: O(t).
    func triangles(workers: Workers) -> [UInt32] {
        let chunkSize = 1 << 14
        let count = mesh.triangles.count
        var found = [[UInt32]](repeating: [], count: (count + chunkSize - 1) / chunkSize)
        found.withUnsafeMutableBufferPointer { found in
            workers.forEachChunk(of: count, chunkSize: chunkSize) { range, _ in
                for triangle in range {
                    for side in 0..<3 {
                        let neighbor = adjacency.neighbor(of: triangle, beyond: side)
                        if neighbor > triangle && isFolded(triangle, onto: neighbor) {
                            found[range.lowerBound / chunkSize] += [UInt32(triangle), UInt32(neighbor)]
                        }
                    }
                }
            }
        }
        return Array(found.joined())
    }

    private func isFolded(_ triangle: Int, onto neighbor: Int) -> Bool {
        let (a, b) = (mesh.corners(of: triangle), mesh.corners(of: neighbor))
        let first = cross(Vector(a.1 - a.0), Vector(a.2 - a.0))
        let second = cross(Vector(b.1 - b.0), Vector(b.2 - b.0))
        let (firstArea, secondArea) = (dot(first, first), dot(second, second))
        let cosine = dot(first, second)
        guard cosine < 0, cosine * cosine > 0.99 * firstArea * secondArea else { return false }
        /// The height of the apex that is not on the plane.
        func height(_ corners: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>), _ normal: Vector, _ place: SIMD3<Float>)
            -> Double
        {
            let heights = Vector(
                dot(normal, Vector(corners.0 - place)), dot(normal, Vector(corners.1 - place)),
                dot(normal, Vector(corners.2 - place)))
            return max(heights.max().magnitude, heights.min().magnitude) / dot(normal, normal).squareRoot()
        }
        return min(height(b, first, a.0), height(a, second, b.0)) <= tolerance
    }
}
