import Core
import Geometry
import SurfaceExtraction

/// Where a corrected base cannot have a level: in boxes in which the base, for certain, stays farther from it than the
/// correction can bring it.
struct BandExclusion: LevelExclusion {
    private let ranges: LatticeRanges
    private let band: CorrectionBand

    init(_ base: ShapeBase, workers: Workers) {
        ranges = LatticeRanges(base.lattice, workers: workers)
        band = base.band
    }

    /// Of fitted shapes' fields: 1.0 to 1.2 nearly everywhere.
    let slope: Float = 1.5

    func excludes(_ level: Float, from box: BoundingBox) -> Bool {
        guard let bounds = ranges.bounds(over: box) else { return false }
        // The correction counts most where the base is nearest to zero.
        let nearest = bounds.lowest > 0 ? bounds.lowest : bounds.highest < 0 ? -bounds.highest : 0
        let reach = band.gate(nearest) * band.bound
        return bounds.lowest - reach > level || bounds.highest + reach < level
    }
}
