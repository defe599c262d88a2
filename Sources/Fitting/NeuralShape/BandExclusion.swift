import Core
import Geometry
import SurfaceExtraction

/// Where a corrected base cannot have a level: in boxes in which the base, for certain, stays farther from it than the
/// correction can bring it.
///
/// That is proved of the field, whatever was learnt: its base is a polynomial in each cell, its correction bounded. Where the base's error is
/// proved too (``ShapeBase/error``), no surface of the shape lies there either, so that nothing is lost with what is left out.
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
