import CKernels
import Core

/// Normals at the scale at which a cloud is a surface: estimated among as many neighbours as it takes to be flat, of every
/// so manieth point where noise is larger than their distance.
enum EstimatedNormals {
    /// The least part of the neighbours' spread that still is flat.
    private static let flatLimit = 0.02
    /// Points that flatness is judged by.
    private static let judges = 1024

    /// - Returns: `(points)`, by slot, and the number of pieces that were oriented by themselves.
    static func normals(
        of tree: PointTree, _ neighbors: NearestPoints, workers: Workers
    ) -> (normals: [SIMD3<Float>], pieces: Int) {
        for thinning in [1, 4, 16, 64] where thinning == 1 || tree.count / thinning > judges {
            let thinned =
                thinning == 1
                ? tree
                : PointTree(stride(from: 0, to: tree.count, by: thinning).map { tree.position($0) }, workers: workers)
            let slots = Array(stride(from: 0, to: thinned.count, by: max(1, thinned.count / judges)))
            let judged = thinned.nearestPoints(CK_NEIGHBOR_LIMIT, ofSlots: slots, workers: workers)
            let counts = [NormalEstimation.usualNeighbors, 32, CK_NEIGHBOR_LIMIT]
            let flat = counts.first {
                NormalEstimation.flatness(thinned, judged, count: slots.count, neighbors: $0) <= flatLimit
            }
            let isLast = tree.count / (4 * thinning) <= judges || thinning == 64
            guard let count = flat ?? (isLast ? CK_NEIGHBOR_LIMIT : nil) else { continue }
            let known = thinning == 1 && count <= neighbors.neighborCount
            let estimation = NormalEstimation(
                thinned, known ? neighbors : thinned.nearestPoints(count, workers: workers), workers: workers)
            guard thinning > 1 else { return (estimation.normals, estimation.pieceCount) }
            let nearest = thinned.nearestPoints(1, to: (0..<tree.count).map { tree.position($0) }, workers: workers)
            return ((0..<tree.count).map { estimation.normals[Int(nearest.slots.pointer[$0])] }, estimation.pieceCount)
        }
        let estimation = NormalEstimation(tree, neighbors, workers: workers)
        return (estimation.normals, estimation.pieceCount)
    }
}
