/// Why a mesh cannot be asked anything: one line that says what is wrong with it and what to do.
public enum GeometryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Distances to it mean nothing: it has no extent, no area, or vertices that are no places.
    case unusableMesh(reason: String)

    public var description: String {
        switch self {
        case .unusableMesh(let reason): "the mesh cannot be used: \(reason); give one with triangles of some area"
        }
    }
}
