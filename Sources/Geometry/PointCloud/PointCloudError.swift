/// Why points cannot be taken for a surface: one line that says what to do.
public enum PointCloudError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooFewPoints(count: Int)
    case nonFinitePoints(count: Int, of: Int)
    /// All points are at one place.
    case noExtent
    /// All points lie on a line or in a plane, which has no inside.
    case flat
    case normalCountMismatch(points: Int, normals: Int)
    /// There is no room: so many points would need more than the limit.
    case tooManyPoints(count: Int, limit: Int, limitBytes: Int)
    case invalidNoise(Float)

    public var description: String {
        switch self {
        case .tooFewPoints(let count):
            "\(count) point(s) are no surface: at least \(OrientedPointCloud.leastCount) are needed"
        case .nonFinitePoints(let count, let total):
            "\(count) of \(total) points have a coordinate that is not a finite number: leave them out"
        case .noExtent: "all points are at one place: a surface is needed"
        case .flat: "all points lie in a plane, which has no inside: points all around the shape are needed"
        case .normalCountMismatch(let points, let normals):
            "\(normals) normals for \(points) points: give one for each, or none"
        case .tooManyPoints(let count, let limit, let limitBytes):
            "\(count) points do not fit \(limitBytes >> 20) MiB of memory: \(limit) would; thin them out"
        case .invalidNoise(let noise): "a noise of \(noise): give a finite length that is not negative"
        }
    }
}
