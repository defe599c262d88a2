/// How the sign of the distance is determined.
public enum SignMethod: String, Sendable, Codable, CaseIterable {
    /// ``pseudonormal`` where the mesh is closed and consistently oriented, and the winding number beside triangles that
    /// intersect others or lie inside another part; ``parity`` where it is closed and triangles face both ways; ``winding``
    /// elsewhere. Where triangles agree, the same sides as ``winding`` gives.
    case automatic
    /// The side of the closest point's angle-weighted pseudonormal (Bærentzen and Aanæs, "Signed distance computation
    /// using the angle weighted pseudonormal", TVCG 2005): exact for a closed, consistently oriented mesh that does not
    /// intersect itself. The winding number decides where the point is too close to the surface or to the pseudonormal's
    /// plane for rounding to tell.
    case pseudonormal
    /// Whether a ray crosses the surface an odd number of times. Rays that touch an edge or a corner are replaced by
    /// others. For closed meshes, whichever way their triangles face; parts that overlap cancel.
    case parity
    /// Whether the generalised winding number is at least ½: for anything, also open meshes, overlapping parts and soups.
    case winding
}
