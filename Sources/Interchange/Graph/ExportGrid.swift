import NeuralFields

/// A sparse grid as exports write it: with the box that it fills and what lies around that.
///
/// Within the box the value is the grid's. Beyond it, q being the nearest point of the box, δ the distance from it and v the grid's value there,
/// it is at least √(v² + δ²); with surroundings s, the larger of that and s(x) + (v − s(q)) · max(1 − δ / blendLength, 0).
public struct ExportGrid: Sendable {
    public var grid: SparseGrid
    /// A level's each; coefficients are multiples of its step.
    public var storage: [SparseGrid.Storage]
    public var lower: SIMD3<Float>
    public var upper: SIMD3<Float>
    public var surroundings: ExportLattice?
    /// Positive.
    public var blendLength: Float

    public init(
        grid: SparseGrid, storage: [SparseGrid.Storage], lower: SIMD3<Float>, upper: SIMD3<Float>,
        surroundings: ExportLattice?, blendLength: Float
    ) {
        self.grid = grid
        self.storage = storage
        self.lower = lower
        self.upper = upper
        self.surroundings = surroundings
        self.blendLength = blendLength
    }
}
