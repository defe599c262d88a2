import Core
import Evaluation
import Geometry

/// Takes triangles from a surface for as long as it keeps within a tolerance of a mesh, by bounds that hold for every point of both.
struct ToleranceSimplification {
    let mesh: TriangleMesh
    let tolerance: Double
    let workers: Workers

    /// Of the triangles there are, the part that the next surface has; the next of these where one is too far away. The bunny's surface for
    /// 0.1 % of the diagonal keeps 1 of 15 of its triangles in eight tries, of which the first takes a third of the time.
    private static let parts: [Float] = [0.25, 0.5, 0.75]
    private static let fewest = 4

    /// The last surface within the tolerance and its bounds; nil where not even the first with fewer triangles is.
    ///
    /// - Parameter surface: within the tolerance.
    func simplified(_ surface: TriangleMesh) -> (mesh: TriangleMesh, bounds: CertifiedHausdorff)? {
        let certifier = HausdorffCertifier(relativeError: 0.02, accepted: tolerance, workers: workers)
        let isClosed = MeshTopology(surface, workers: workers).isClosed
        var best: (mesh: TriangleMesh, bounds: CertifiedHausdorff)?
        var parts = Self.parts[...]
        while let part = parts.first {
            let current = best?.mesh ?? surface
            let count = max(Int(Float(current.triangles.count) * part), Self.fewest)
            let next = current.simplified(toTriangles: count)
            let bounds =
                next.triangles.count < current.triangles.count
                ? certifier.bounds(between: mesh, and: next) { $0.lower <= tolerance } : nil
            if let bounds, bounds.upper <= tolerance, !isClosed || MeshTopology(next, workers: workers).isClosed {
                best = (next, bounds)
            } else {
                parts = parts.dropFirst()
            }
        }
        return best
    }
}
