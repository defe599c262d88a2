import Core
import Geometry

/// From samples of one surface to their closest points on another.
package struct SurfaceDistances {
    /// `(n)`, never negative.
    package let distances: [Double]
    /// `(n)`: |n · n′| of the triangles that the sample and its closest point lie on.
    package let alignments: [Double]

    /// - Parameters:
    ///   - samples: `(n)` points of `source`, each with its triangle.
    ///   - hierarchy: of `goal`.
    /// - Complexity: O(t) for t triangles of `goal` beside n closest points.
    package init(
        from samples: [(point: SIMD3<Float>, triangle: Int)], of source: TriangleMesh, to goal: TriangleMesh,
        _ hierarchy: BoundingVolumeHierarchy, workers: Workers
    ) {
        let points = samples.map(\.point)
        let closest = hierarchy.closestPoints(to: points.span, workers: workers)
        // Points that single precision cannot tell from points of the goal; only of those is asked whether they are.
        let rounding = 2e-6 * max(source.boundingBox?.diagonal ?? 0, goal.boundingBox?.diagonal ?? 0)
        var shared: [TriangleCorners: Bool] = [:]
        for (sample, hit) in zip(samples, closest) where hit.distance <= rounding {
            shared[TriangleCorners(source, sample.triangle)] = false
        }
        if !shared.isEmpty {
            for triangle in goal.triangles.indices {
                let corners = TriangleCorners(goal, triangle)
                if shared[corners] != nil { shared[corners] = true }
            }
        }
        var distances: [Double] = []
        var alignments: [Double] = []
        for (sample, hit) in zip(samples, closest) {
            if hit.distance <= rounding, shared[TriangleCorners(source, sample.triangle)] == true {
                distances.append(0)
                alignments.append(1)
            } else {
                let normals = (source.normal(of: sample.triangle), goal.normal(of: Int(hit.triangle)))
                distances.append(Double(hit.distance))
                alignments.append(Double(abs((normals.0 * normals.1).sum())))
            }
        }
        self.distances = distances
        self.alignments = alignments
    }

    var maximum: Double { distances.max() ?? 0 }

    func share(within threshold: Double) -> SampledMean {
        let share = Double(distances.count { $0 <= threshold }) / Double(max(distances.count, 1))
        return SampledMean(
            value: share, standardError: (share * (1 - share) / Double(max(distances.count, 1))).squareRoot())
    }
}

/// A triangle by the places of its corners, in whichever order.
private struct TriangleCorners: Hashable {
    private let corners: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)

    init(_ mesh: TriangleMesh, _ index: Int) {
        var (a, b, c) = mesh.corners(of: index)
        func isBefore(_ p: SIMD3<Float>, _ q: SIMD3<Float>) -> Bool { (p.x, p.y, p.z) < (q.x, q.y, q.z) }
        if isBefore(b, a) { swap(&a, &b) }
        if isBefore(c, b) { swap(&b, &c) }
        if isBefore(b, a) { swap(&a, &b) }
        corners = (a, b, c)
    }

    static func == (a: TriangleCorners, b: TriangleCorners) -> Bool { a.corners == b.corners }

    func hash(into hasher: inout Hasher) {
        hasher.combine(corners.0)
        hasher.combine(corners.1)
        hasher.combine(corners.2)
    }
}

extension TriangleMesh {
    /// Unit normal of a triangle, outwards where it is counter-clockwise; zero where it has no area.
    func normal(of index: Int) -> SIMD3<Float> {
        let (a, b, c) = corners(of: index)
        return normalized(cross(b - a, c - a))
    }
}
