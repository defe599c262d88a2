import Core
import Geometry

/// Bounds on the one-sided Hausdorff distance from a surface to another: the largest distance that a point of the
/// first has to the second lies in `lower ... upper`.
///
/// Lengths and places are in the meshes' own frame.
public struct CertifiedDistance: Sendable, Equatable, Codable {
    /// The distance, in double precision, of a point that is on the surface.
    public var lower: Double
    public var upper: Double
    /// The point of the first surface that ``lower`` was measured at, the triangle it lies on, and the point of the
    /// second that is closest to it.
    public var place: SIMD3<Double>
    public var triangle: Int
    public var closestPlace: SIMD3<Double>
    /// Whether the bounds are as close as was asked for; if not, it was stopped, or met its limit of pieces.
    public var isComplete: Bool
    /// Triangles and parts of triangles that were bounded.
    public var pieces: Int

    /// (upper − lower) / lower; 0 where both are 0.
    public var relativeError: Double { upper > lower ? (upper - lower) / lower : 0 }
}

/// Bounds on both one-sided Hausdorff distances between two meshes.
public struct CertifiedHausdorff: Sendable, Equatable, Codable {
    /// From the reference to the candidate.
    public var forward: CertifiedDistance
    /// From the candidate to the reference.
    public var backward: CertifiedDistance

    /// The Hausdorff distance, the larger of both, is at least this…
    public var lower: Double { max(forward.lower, backward.lower) }
    /// … and at most this.
    public var upper: Double { max(forward.upper, backward.upper) }
    public var isComplete: Bool { forward.isComplete && backward.isComplete }

    /// The same in lengths `factor` times as long.
    public func scaled(by factor: Double) -> CertifiedHausdorff {
        var result = self
        for path in [\CertifiedHausdorff.forward, \CertifiedHausdorff.backward] {
            result[keyPath: path].lower *= factor
            result[keyPath: path].upper *= factor
        }
        return result
    }
}

/// How close a search for bounds has come.
public struct CertificationProgress: Sendable {
    /// Whether the distance from the candidate to the reference is being bounded, the second of the two.
    public var isBackward: Bool
    public var lower: Double
    public var upper: Double
    public var pieces: Int
}

/// Bounds Hausdorff distances; see ``CertifiedHausdorff``.
///
/// Branch and bound over the source's triangles. A piece T of the source is no further from the goal than
///
/// - max over its corners v of d(v, S), for any one triangle S of the goal: the distance to a convex set is convex
///   (Tang, Lee and Kim, "Interactive Hausdorff distance computation for general polygonal models", SIGGRAPH 2009); and
/// - d(c) + the largest distance of a corner from c, for any c: distance has slope 1 (Guthe, Borodin and Klein, "Fast
///   and accurate Hausdorff distance calculation between meshes", 2005).
///
/// S is a triangle that the hierarchy finds closest to a corner or to the piece's centroid. Pieces whose bound is within the
/// error asked for of the largest distance found at a point are done; the others are cut up, those with the largest bounds first.
///
/// Guaranteed: the interval holds the distance between the surfaces as given in single precision, to rounding of double
/// precision (some 1e-15 of the coordinates). The same bits on any number of threads, unless it is stopped.
public struct HausdorffCertifier: Sendable {
    /// How far apart the bounds may be, as a part of the lower one. Distances below 2⁻²⁴ of the diagonal are only bounded by that.
    public var relativeError: Double
    /// Pieces that may be waiting at once, of 120 bytes each.
    public var pieceLimit: Int
    public var workers: Workers

    public init(relativeError: Double = 0.01, pieceLimit: Int = 8_000_000, workers: Workers = Workers()) {
        precondition(relativeError > 0, "a positive relative error")
        self.relativeError = relativeError
        self.pieceLimit = pieceLimit
        self.workers = workers
    }

    /// Bounds on both distances between two meshes of one frame.
    ///
    /// - Parameters:
    ///   - progress: called some times a second from the calling thread; false stops, and what is then known is returned.
    ///   - reference: the one mesh.
    ///   - candidate: the other, in the same frame.
    ///   - referenceHierarchy: of `reference`; built when it is nil.
    ///   - candidateHierarchy: of `candidate`; built when it is nil.
    /// - Returns: nil where a mesh has no triangles.
    /// - Complexity: about one closest point a vertex and a triangle. Surfaces that are everywhere about as far from each
    ///   other take as many pieces as it takes to see that at the error asked for.
    public func bounds(
        between reference: TriangleMesh, and candidate: TriangleMesh,
        referenceHierarchy: BoundingVolumeHierarchy? = nil, candidateHierarchy: BoundingVolumeHierarchy? = nil,
        progress: (CertificationProgress) -> Bool = { _ in true }
    ) -> CertifiedHausdorff? {
        guard !reference.triangles.isEmpty, !candidate.triangles.isEmpty else { return nil }
        guard candidate.origin == reference.origin else {
            return bounds(
                between: reference, and: candidate.relative(to: reference.origin),
                referenceHierarchy: referenceHierarchy, progress: progress)
        }
        let ofReference = referenceHierarchy ?? BoundingVolumeHierarchy(reference, workers: workers)
        let ofCandidate = candidateHierarchy ?? BoundingVolumeHierarchy(candidate, workers: workers)
        var search = HausdorffSearch(
            from: reference, to: candidate, ofCandidate, certifier: self, isBackward: false)
        let forward = search.run(progress)
        search = HausdorffSearch(from: candidate, to: reference, ofReference, certifier: self, isBackward: true)
        var result = CertifiedHausdorff(forward: forward, backward: search.run(progress))
        for path in [\CertifiedHausdorff.forward, \CertifiedHausdorff.backward] {
            result[keyPath: path].place += reference.origin
            result[keyPath: path].closestPlace += reference.origin
        }
        return result
    }
}

extension TriangleMesh {
    /// The same mesh relative to another origin, rounded to single precision there.
    fileprivate func relative(to other: SIMD3<Double>) -> TriangleMesh {
        let shift = origin - other
        return TriangleMesh(
            origin: other, vertices: vertices.map { SIMD3<Float>(SIMD3<Double>($0) + shift) }, triangles: triangles)
    }
}
