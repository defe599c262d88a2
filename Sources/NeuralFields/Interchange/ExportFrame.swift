/// The coordinates and values that an exported network speaks, if not its own: it then computes
/// `outputScale · network((x − center) · scale + offset)`.
///
/// With a mesh's centre and scale, offset ½, and −1 for an occupancy logit or 1 / scale for a distance, an exported network
/// takes mesh coordinates and is negative inside.
public struct ExportFrame: Sendable, Equatable {
    /// `(inputDimension)`, in the caller's coordinates. Subtracted first, so that a shape far from the origin keeps its
    /// precision.
    public var center: [Float]
    /// The network's lengths in one of the caller's.
    public var scale: Float
    /// Where `center` goes, on every axis of the network's coordinates.
    public var offset: Float
    public var outputScale: Float

    public init(center: [Float], scale: Float, offset: Float = 0.5, outputScale: Float = 1) {
        self.center = center
        self.scale = scale
        self.offset = offset
        self.outputScale = outputScale
    }
}
