import MeshIO
import Pictures

/// How a fit's results are written. None of it changes the model.
public struct FitOutput: Sendable, Equatable, Codable {
    /// The surface's format, as an extension that `MeshExport` writes.
    public var surfaceFormat: String
    /// The part of the surface's triangles to keep, in (0, 1]; see `SurfaceExtractor.keptTriangles`. nil for as few as keep to a tolerance, all
    /// where there is none.
    public var keptTriangles: Float?
    /// What a coordinate of 1 is; nil where nobody says.
    public var unit: LengthUnit?
    /// The axis that points upwards in pictures; nil for the usual one of the input's format.
    public var up: Camera.UpAxis?
    /// Whether to write `<name>.html` too, for which IoU is measured while training.
    public var writesPage: Bool

    /// Defaults: all triangles, as OBJ.
    public init(
        surfaceFormat: String = "obj", keptTriangles: Float? = 1, unit: LengthUnit? = nil, up: Camera.UpAxis? = nil,
        writesPage: Bool = false
    ) {
        self.surfaceFormat = surfaceFormat
        self.keptTriangles = keptTriangles
        self.unit = unit
        self.up = up
        self.writesPage = writesPage
    }
}
