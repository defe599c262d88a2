import Core
import Geometry

/// Points with normals as a scanner would give them, and what it does badly.
struct ScanModel {
    var count: Int
    /// In diagonals.
    var noise: Float
    /// The part that is missing, in eight patches.
    var missing: Double
    /// The part that is replaced by points anywhere.
    var outliers: Double
    var seed: UInt64

    struct Points {
        var positions: [SIMD3<Float>] = []
        var normals: [SIMD3<Float>] = []
    }

    func draw(from mesh: TriangleMesh) -> Points {
        guard let sampler = AreaUniformSampler(mesh) else { return Points() }
        let stream = RandomStream(seed: seed, stream: 0x7363_616e)
        let errors = RandomStream(seed: seed, stream: 0x6e6f_6973)
        let box = mesh.boundingBox ?? .empty
        var points = Points()
        for index in 0..<count {
            let (point, triangle) = sampler.point(at: UInt64(index), of: stream)
            let (a, b, c) = mesh.corners(of: triangle)
            let error = errors.normals(at: UInt64(index))
            points.positions.append(point + noise * box.diagonal * SIMD3(error.x, error.y, error.z))
            points.normals.append(unit(product(b - a, c - a)))
        }
        if missing > 0 { removePatches(&points) }
        let replaced = Int(outliers * Double(points.positions.count))
        let large = box.expanded(by: 0.1 * box.extent.max())
        for index in 0..<replaced {
            let place = errors.uniforms(at: 1 << 40 + UInt64(index))
            let direction = errors.normals(at: 1 << 41 + UInt64(index))
            points.positions[index] = large.minimum + SIMD3(place.x, place.y, place.z) * large.extent
            points.normals[index] = unit(SIMD3(direction.x, direction.y, direction.z))
        }
        return points
    }

    /// Takes out the points nearest to eight of them.
    private func removePatches(_ points: inout Points) {
        let centers = points.positions.prefix(8)
        let distances = points.positions.map { point in
            centers.reduce(Float.infinity) { min($0, ((point - $1) * (point - $1)).sum()) }
        }
        let limit = distances.sorted()[Int(missing * Double(distances.count))]
        let kept = points.positions.indices.filter { distances[$0] > limit }
        points = Points(positions: kept.map { points.positions[$0] }, normals: kept.map { points.normals[$0] })
    }
}

private func unit(_ vector: SIMD3<Float>) -> SIMD3<Float> {
    let length = (vector * vector).sum().squareRoot()
    return length > 0 ? vector / length : .zero
}

private func product(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}
