/// The coordinates and values that an exported network speaks, if not its own: it then computes
/// `output(network((x − center) · scale + offset))`.
///
/// With a mesh's centre and scale, offset ½, and −1 for an occupancy logit or 1 / scale for a distance, an exported network
/// takes mesh coordinates and is negative inside.
public struct ExportFrame: Sendable, Equatable {
    /// The map from a network's output y to the exported value.
    public enum Output: Sendable, Equatable {
        /// f · y.
        case scaled(Float)
        /// s · artanh y, with y cut off at ±``artanhLimit``: a target tanh(d / s) undone.
        case tanhCompressed(scale: Float)
    }

    /// Beyond this a value of tanh no longer tells distances apart: it stands for 3 scales.
    public static let artanhLimit: Float = 0.995

    /// `(inputDimension)`, in the caller's coordinates. Subtracted first, so that a shape far from the origin keeps its
    /// precision.
    public var center: [Float]
    /// The network's lengths in one of the caller's.
    public var scale: Float
    /// `(inputDimension)`: where `center` goes in the network's coordinates.
    public var offset: [Float]
    public var output: Output
    /// Distances that the network corrects; `output` is then not looked at.
    public var base: ExportBase?

    /// - Parameters:
    ///   - offset: nil for ½ on every axis.
    ///   - center: what is subtracted of the caller's coordinates, one an axis.
    ///   - scale: what the difference is multiplied by.
    ///   - output: what becomes of the model's value.
    ///   - base: distances on a lattice that the model corrects; nil for none.
    public init(
        center: [Float], scale: Float, offset: [Float]? = nil, output: Output = .scaled(1), base: ExportBase? = nil
    ) {
        precondition(offset.map { $0.count == center.count } ?? true, "an offset an axis")
        self.center = center
        self.scale = scale
        self.offset = offset ?? [Float](repeating: 0.5, count: center.count)
        self.output = output
        self.base = base
    }
}
