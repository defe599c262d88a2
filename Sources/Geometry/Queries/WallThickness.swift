import Core

/// How thick the walls of a solid are: from points of its surface straight inwards to where the surface is met again.
///
/// What a grid of cells loses of a shape is what is thinner than a cell or two. Parts are weighted with the volume behind
/// their surface, so that the rim of a wedge, thin as it is, does not count as a thin part, while a plate on a block does.
public struct WallThickness: Sendable {
    /// Ascending, in the evidence's frame; one for each point from which the surface was met again.
    private let thicknesses: [Float]

    /// Points sampled: the 1 % quantile rests on dozens of them.
    private static let sampleCount = 1 << 13

    /// - Complexity: 8192 rays.
    public init(_ shape: PreparedMesh, workers: Workers = Workers()) {
        thicknesses = Self.rays(of: shape, workers: workers).map { $0.thickness }.sorted()
    }

    /// The middles of walls, in the shape's frame.
    package static func innerPoints(of shape: PreparedMesh, workers: Workers) -> [SIMD3<Float>] {
        rays(of: shape, workers: workers).map { $0.ray.point(at: 0.5 * $0.thickness) }
    }

    /// From points of the surface inwards, those that meet it again.
    private static func rays(of shape: PreparedMesh, workers: Workers) -> [(ray: Ray, thickness: Float)] {
        let stream = RandomStream(seed: 0, stream: 0x7761_6c6c)
        let rays = (0..<UInt64(sampleCount)).map { index in
            let point = shape.surfacePoint(at: index, of: stream)
            return Ray(origin: point.position, direction: -point.normal)
        }
        // Rays start on a triangle, which rounding may put a little before them.
        let near = 4e-6 * shape.bounds.diagonal
        let hits = shape.field.hierarchy.firstHits(of: rays, near: near, workers: workers)
        return zip(rays, hits).filter { $0.1.isHit }.map { (ray: $0.0, thickness: $0.1.t) }
    }

    /// The thickness that walls of `share` of the volume stay below; nil where no ray met a wall.
    public func quantile(ofVolume share: Double) -> Float? {
        let total = thicknesses.reduce(0.0) { $0 + Double($1) }
        var sum = 0.0
        return thicknesses.first {
            sum += Double($0)
            return sum >= share * total
        }
    }
}
