import Geometry
import NeuralFields
import Support
import TangentKernels

/// An estimate of the best σ for one shape and one network, from the kernel that the network has before it is trained.
///
/// Dense patches of the fit's own training points, around places of the surface, are predicted each point from all
/// others by kernel regression with the network's tangent kernel, for several σ; the one that predicts best is taken.
/// Patches, because the answer depends on how dense the points are: a thousand points spread over the whole
/// shape would ask for a smoother kernel than a million do.
///
/// Not guaranteed to be the best: docs/theory.md has the table of what it reaches.
public struct SigmaEstimate: Sendable, Codable {
    /// For ``EncodingConfiguration/sigma``, in cycles per unit-cube side.
    public let sigma: Float
    /// What was tried.
    public let candidates: [SigmaSelection.Candidate]

    /// 8 patches of 150 points: what a second or two pays for. Other patches of as many points move the answer by up to
    /// 45 % (armadillo, 3.2 to 4.8 over seeds).
    private static let patchCount = 8
    private static let patchSize = 150
    /// From 1.26 to 8 in steps of a third of an octave; shapes' best lie between 2 and 5.
    private static let sigmas: [Float] = [1.26, 1.59, 2, 2.52, 3.17, 4, 5.04, 6.35, 8]

    /// - Parameters:
    ///   - configuration: of the fit; its σ is not looked at.
    ///   - mesh: in the network's frame.
    ///   - field: the queries of `mesh`.
    /// - Complexity: about 1.2 · 10¹⁰ operations, a second or two.
    /// - Throws: ``ShapeFittingError``; `TangentKernelsError` where memory is short. The network is taken for a
    ///   ReLU network whatever its activation.
    public init(_ configuration: FitConfiguration, mesh: TriangleMesh, field: MeshField, workers: Workers) throws {
        let points = try Self.patches(configuration, mesh: mesh, workers: workers)
        let labels = configuration.target.labels(at: points, of: field, workers: workers)
        // Regression wants labels around zero.
        let offset: Float = configuration.target.kind == .occupancy ? 0.5 : 0
        let selection = try SigmaSelection(
            points: points.flatMap { [$0.x, $0.y, $0.z] }, targets: labels.map { $0 - offset }, dimension: 3,
            encoding: configuration.encoding, width: configuration.width, depth: configuration.depth,
            sigmas: Self.sigmas, workers: workers)
        candidates = selection.candidates
        sigma = selection.sigma
    }

    /// Each patch's points, the nearest to a place of the surface among those that the fit trains on; none twice.
    private static func patches(
        _ configuration: FitConfiguration, mesh: TriangleMesh, workers: Workers
    ) throws(ShapeFittingError) -> [SIMD3<Float>] {
        let sampler = try Sampler(mesh, configuration: configuration.labels.sampling, seed: configuration.seed)
        let poolSize = configuration.labels.poolSize > 0 ? min(configuration.labels.poolSize, 1 << 20) : 1 << 20
        let pool = sampler.points(0..<poolSize, workers: workers)
        let surface = AreaUniformSampler(mesh)
        let stream = RandomStream(seed: configuration.seed, stream: 0x7061_7463)
        var nearest = [[Int]](repeating: [], count: patchCount)
        nearest.withUnsafeMutableBufferPointer { nearest in
            let nearest = nearest
            workers.forEach(patchCount) { patch, _ in
                nearest[patch] = Self.nearest(
                    patchSize, to: surface.point(at: UInt64(patch), of: stream).point, in: pool)
            }
        }
        return Set(nearest.joined()).sorted().map { pool[$0] }
    }

    /// Numbers of the `count` points nearest to a place.
    private static func nearest(_ count: Int, to place: SIMD3<Float>, in points: [SIMD3<Float>]) -> [Int] {
        // Sorted; of a million points in random order only some thousand enter it.
        var best: [(distance: Float, index: Int)] = []
        for (index, point) in points.enumerated() {
            let difference = point - place
            let distance = (difference * difference).sum()
            if best.count == count, let last = best.last, distance >= last.distance { continue }
            let rank = best.partitioningIndex { $0.distance > distance }
            best.insert((distance, index), at: rank)
            if best.count > count { best.removeLast() }
        }
        return best.map(\.index)
    }
}

extension Array {
    /// The first index at which `predicate` holds, which it does from there on.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
