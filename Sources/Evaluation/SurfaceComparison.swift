import Core
import Geometry

/// Distances between two surfaces, from area-uniform points on each, usually 2¹⁷, and their closest points on the other.
///
/// With d_AB the distances from A's points to B and d_BA the reverse. A point drawn on a triangle that the other mesh has
/// too, corner by corner, is at distance 0 with the same normal, whatever single precision makes of the point: a mesh
/// compared with itself scores exactly 0 and 1. All other distances are within 2e-6 of the diagonal.
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
    /// Of the means above, taking the samples as independent; a maximum has none.
    public var standardErrors: StandardErrors

    /// Standard errors of the figures of the same names.
    public struct StandardErrors: Sendable, Equatable, Codable {
        public var chamferL1: Double
        public var chamferL2: Double
        public var fScoreHalfPercent: Double
        public var fScoreOnePercent: Double
        public var normalConsistency: Double
        public var relativeChamferL1: Double
    }

    /// - Parameters:
    ///   - candidate: in the reference's frame.
    ///   - hierarchy: of `candidate`.
    ///   - reference: the shape that was to be learnt.
    ///   - workers: the threads to use; the result does not depend on their number.
    ///
    /// Nil where a mesh has no triangles, or none with an area.
    public init?(
        reference: EvaluationReference, candidate: TriangleMesh, hierarchy: BoundingVolumeHierarchy, workers: Workers
    ) {
        let count = reference.pointCount / 2
        let points = EvaluationReference.surfacePoints(of: candidate, count: count, workers: workers)
        guard !points.isEmpty else { return nil }
        self.init(
            forward: SurfaceDistances(
                from: EvaluationReference.surfacePoints(of: reference.mesh, count: count, workers: workers),
                of: reference.mesh, to: candidate, hierarchy, workers: workers),
            backward: SurfaceDistances(
                from: points, of: candidate, to: reference.mesh, reference.field.hierarchy, workers: workers),
            diagonal: Double(reference.shape.bounds.diagonal), lengthUnit: 1 / reference.transform.scale)
    }

    /// The figures of two sets of distances.
    ///
    /// - Parameters:
    ///   - forward: from the reference's points to the candidate; `backward`: the reverse.
    ///   - diagonal: of the reference's bounding box, in the distances' unit.
    ///   - lengthUnit: lengths of the reference's own coordinates in the distances' unit.
    package init(forward: SurfaceDistances, backward: SurfaceDistances, diagonal: Double, lengthUnit: Double) {
        let mean = SampledMean.half(SampledMean(forward.distances), SampledMean(backward.distances))
        let square = SampledMean.half(
            SampledMean(forward.distances.map { $0 * $0 }), SampledMean(backward.distances.map { $0 * $0 }))
        let consistency = SampledMean.half(SampledMean(forward.alignments), SampledMean(backward.alignments))
        let half = SampledMean.fScore(
            recall: forward.share(within: 0.005 * diagonal), precision: backward.share(within: 0.005 * diagonal))
        let one = SampledMean.fScore(
            recall: forward.share(within: 0.01 * diagonal), precision: backward.share(within: 0.01 * diagonal))
        let largest = max(forward.maximum, backward.maximum)
        chamferL1 = mean.value * lengthUnit
        chamferL2 = square.value * lengthUnit * lengthUnit
        hausdorff = largest * lengthUnit
        fScoreHalfPercent = half.value
        fScoreOnePercent = one.value
        normalConsistency = consistency.value
        relativeChamferL1 = mean.value / diagonal
        relativeHausdorff = largest / diagonal
        standardErrors = StandardErrors(
            chamferL1: mean.standardError * lengthUnit, chamferL2: square.standardError * lengthUnit * lengthUnit,
            fScoreHalfPercent: half.standardError, fScoreOnePercent: one.standardError,
            normalConsistency: consistency.standardError, relativeChamferL1: mean.standardError / diagonal)
    }
}

/// An estimate from a sample.
struct SampledMean {
    var value: Double
    var standardError: Double

    init(value: Double, standardError: Double) {
        self.value = value
        self.standardError = standardError
    }

    init(_ sample: [Double]) {
        let count = Double(max(sample.count, 1))
        let mean = sample.reduce(0, +) / count
        let variance = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
        self.init(value: mean, standardError: (variance / count).squareRoot())
    }

    /// ½ (a + b), the two being independent.
    static func half(_ a: SampledMean, _ b: SampledMean) -> SampledMean {
        SampledMean(
            value: 0.5 * (a.value + b.value),
            standardError: 0.5 * (a.standardError * a.standardError + b.standardError * b.standardError).squareRoot())
    }

    /// 2 p r / (p + r), its error propagated to first order; 0 where both are 0.
    static func fScore(recall: SampledMean, precision: SampledMean) -> SampledMean {
        let (r, p) = (recall.value, precision.value)
        guard p + r > 0 else { return SampledMean(value: 0, standardError: 0) }
        let slopes = (2 * p * p / ((p + r) * (p + r)), 2 * r * r / ((p + r) * (p + r)))
        let errors = (slopes.0 * recall.standardError, slopes.1 * precision.standardError)
        return SampledMean(
            value: 2 * p * r / (p + r), standardError: (errors.0 * errors.0 + errors.1 * errors.1).squareRoot())
    }
}
