import Geometry

/// Knowledge of where a field's level cannot be, whatever its samples say: what a search may leave out for certain.
///
/// Such a field is taken to be nearly a distance in the rest: changing by at most ``slope`` per length.
public protocol LevelExclusion: Sendable {
    /// Whether the field is for certain nowhere equal to `level` in `box`, of the field's frame.
    func excludes(_ level: Float, from box: BoundingBox) -> Bool

    /// By how much the field is expected to change per length where it is not excluded. Not a promise: a search that
    /// relies on it is a good one, not a proof.
    var slope: Float { get }
}
