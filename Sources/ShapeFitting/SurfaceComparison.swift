import Geometry
import Support

/// Distances between two surfaces, from 2¹⁷ area-uniform points on each and their closest points on the other.
///
/// With d_AB the distances from A's points to B and d_BA the reverse:
public struct SurfaceComparison: Sendable, Equatable, Codable {
    /// ½ (mean d_AB + mean d_BA), in lengths of the reference's own coordinates.
    public var chamferL1: Double
    /// ½ (mean d_AB² + mean d_BA²), in squared lengths.
    public var chamferL2: Double
    /// max(max d_AB, max d_BA) over the samples: a lower bound of the Hausdorff distance.
    public var hausdorff: Double
    /// Harmonic mean of precision and recall: the shares of the candidate's points within 0.5 % of the reference's
    /// diagonal of it, and of the reference's within that of the candidate.
    public var fScoreHalfPercent: Double
    /// The same at 1 %.
    public var fScoreOnePercent: Double
    /// Mean of |n · n′| of a point's normal and its closest point's, both ways.
    public var normalConsistency: Double
    /// ``chamferL1`` in diagonals of the reference's bounding box.
    public var relativeChamferL1: Double
    /// ``hausdorff`` in diagonals.
    public var relativeHausdorff: Double

    /// - Parameters:
    ///   - candidate: in the reference's frame, with its queries.
    ///   - Returns: nil where either mesh has no area.
    public init?(
        reference: EvaluationReference, candidate: TriangleMesh, field candidateField: MeshField, workers: Workers
    ) {
        guard let bounds = reference.mesh.boundingBox, !candidate.triangles.isEmpty else { return nil }
        let diagonal = Double(bounds.diagonal)
        let count = EvaluationReference.surfaceCount
        let forward = Side(from: reference.mesh, to: candidate, candidateField, count: count, workers: workers)
        let backward = Side(from: candidate, to: reference.mesh, reference.field, count: count, workers: workers)
        let unit = 1 / reference.transform.scale
        chamferL1 = 0.5 * (forward.mean + backward.mean) * unit
        chamferL2 = 0.5 * (forward.meanSquare + backward.meanSquare) * unit * unit
        hausdorff = max(forward.maximum, backward.maximum) * unit
        func fScore(_ share: Double) -> Double {
            let recall = forward.share(within: share * diagonal)
            let precision = backward.share(within: share * diagonal)
            return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
        }
        fScoreHalfPercent = fScore(0.005)
        fScoreOnePercent = fScore(0.01)
        normalConsistency = 0.5 * (forward.normalConsistency + backward.normalConsistency)
        relativeChamferL1 = 0.5 * (forward.mean + backward.mean) / diagonal
        relativeHausdorff = max(forward.maximum, backward.maximum) / diagonal
    }

    /// One direction: from samples of one surface to another.
    private struct Side {
        var distances: [Float]
        var normalConsistency: Double

        init(from source: TriangleMesh, to goal: TriangleMesh, _ field: MeshField, count: Int, workers: Workers) {
            let samples = EvaluationReference.surfacePoints(of: source, count: count, workers: workers)
            let closest = field.closestPoints(to: samples.map(\.point).span, workers: workers)
            distances = closest.map(\.distance)
            var sum = 0.0
            for (sample, hit) in zip(samples, closest) {
                sum += Double(abs((source.normal(of: sample.triangle) * goal.normal(of: Int(hit.triangle))).sum()))
            }
            normalConsistency = sum / Double(count)
        }

        var mean: Double { distances.reduce(0) { $0 + Double($1) } / Double(distances.count) }
        var meanSquare: Double { distances.reduce(0) { $0 + Double($1) * Double($1) } / Double(distances.count) }
        var maximum: Double { Double(distances.max() ?? 0) }

        func share(within threshold: Double) -> Double {
            Double(distances.count { Double($0) <= threshold }) / Double(distances.count)
        }
    }
}

extension TriangleMesh {
    /// Unit normal of a triangle, outwards where it is counter-clockwise; zero where it has no area.
    func normal(of index: Int) -> SIMD3<Float> {
        let (a, b, c) = corners(of: index)
        let u = b - a
        let v = c - a
        let normal = SIMD3(u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
        let length = (normal * normal).sum().squareRoot()
        return length > 0 ? normal / length : .zero
    }
}
