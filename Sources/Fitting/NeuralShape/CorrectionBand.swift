import Core
import Geometry

/// Where a correction acts on a base, and by how much at most:
///
///     f = b + g(|b|) · min(max(c, −bound), bound)
///
/// g is 1 where |b| ≤ `full`, falls to 0 at `end` by t² (3 − 2t), and is 0 beyond. So
/// **|f − b| ≤ bound everywhere, and f = b where |b| ≥ end**: there is nothing to evaluate, and nothing that was learnt can put
/// a surface where the base is farther than ``certainDistance`` from one. The bound costs nothing: it is at least what the
/// base is wrong by (``ShapeBase/error``), so that cutting a correction off at it only brings the field nearer to the truth.
public struct CorrectionBand: Sendable, Equatable, Codable {
    /// All three in unit-cube lengths.
    public let bound: Float
    public let full: Float
    public let end: Float

    /// - Precondition: positive, finite numbers, `full` below `end`.
    public init(bound: Float, full: Float, end: Float) {
        precondition(Self.isSound(bound: bound, full: full, end: end), "a bound and a band")
        self.bound = bound
        self.full = full
        self.end = end
    }

    static func isSound(bound: Float, full: Float, end: Float) -> Bool {
        bound > 0 && bound.isFinite && full > 0 && full < end && end.isFinite
    }

    /// The band of a base with this spacing.
    ///
    /// A base is wrong where distances have creases and where a part is thinner than a cell, by less than a spacing wherever that was
    /// proved (`LatticeError`); so the bound is one spacing, and what was proved where that is more. Fading from 0.9 to 1.5 spacings:
    /// docs/recipe.md has what narrower and wider bands gave.
    ///
    /// - Parameters:
    ///   - spacing: of the base's fine samples, in the unit cube.
    ///   - error: what the base was proved to be wrong by at most, where it was.
    public init(spacing: Float, error: LatticeError? = nil) {
        self.init(bound: max(spacing, error?.largest ?? 0), full: 0.9 * spacing, end: 1.5 * spacing)
    }

    /// g(|b|).
    @inlinable
    public func gate(_ base: Float) -> Float {
        let t = min(max((end - abs(base)) / (end - full), 0), 1)
        return t * t * (3 - 2 * t)
    }

    /// The derivative of ``gate(_:)`` with respect to the base.
    func gateSlope(_ base: Float) -> Float {
        let t = min(max((end - abs(base)) / (end - full), 0), 1)
        let slope = 6 * t * (1 - t) / (full - end)
        return base < 0 ? -slope : slope
    }

    /// The field where the base is `base` and the correction says `correction`.
    @inlinable
    public func value(base: Float, correction: Float) -> Float {
        base + gate(base) * min(max(correction, -bound), bound)
    }

    /// The field's gradient likewise.
    func gradient(
        base: Float, baseGradient: SIMD3<Float>, correction: Float, correctionGradient: SIMD3<Float>
    ) -> SIMD3<Float> {
        let bounded = min(max(correction, -bound), bound)
        let own = abs(correction) < bound ? gate(base) * correctionGradient : .zero
        return (1 + gateSlope(base) * bounded) * baseGradient + own
    }

    /// Where the base is at least this far from zero, the field has the base's sign whatever was learnt.
    public var certainDistance: Float {
        // |b| − g(|b|) · bound grows with |b|, from below zero: halve the interval around its zero.
        var (low, high) = (Float(0), end)
        for _ in 0..<40 {
            let middle = 0.5 * (low + high)
            if middle > gate(middle) * bound { high = middle } else { low = middle }
        }
        return high
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        bound = try container.decode(Float.self, forKey: .bound)
        full = try container.decode(Float.self, forKey: .full)
        end = try container.decode(Float.self, forKey: .end)
        guard Self.isSound(bound: bound, full: full, end: end) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a band of \(full) to \(end), bound \(bound)"))
        }
    }
}

/// What is known of a shape before anything is learnt, and where and how far learning may differ from it.
public struct ShapeBase: Sendable, Equatable {
    /// In the unit cube's frame.
    public let lattice: BaseLattice
    public let band: CorrectionBand
    /// What the lattice was proved to be wrong by where the correction acts; nil where that was not proved, as of a shape with
    /// openings. With it, **the shape's surface lies where the correction can put one**: |base| ≤ `error.largest` ≤ `band.bound` on it.
    public let error: LatticeError?

    public init(lattice: BaseLattice, band: CorrectionBand, error: LatticeError? = nil) {
        self.lattice = lattice
        self.band = band
        self.error = error
    }

    public init(lattice: BaseLattice) {
        self.init(lattice: lattice, band: CorrectionBand(spacing: lattice.layout.spacing))
    }

    /// The base of a shape, with its error bounded where the shape's distance changes sign at its surface only.
    ///
    /// - Parameters:
    ///   - shape: in the unit cube.
    ///   - resolution: cells along the longest side, as of `BaseLattice`.
    ///   - largestSample: what the largest distance is stored as, likewise.
    ///   - workers: the base does not depend on their number.
    public init(
        of shape: some ShapeEvidence, resolution: Int, largestSample: Int16 = .max, workers: Workers = Workers()
    ) {
        let lattice = BaseLattice(
            shape.distanceField, bounds: shape.bounds, resolution: resolution, largestSample: largestSample,
            workers: workers)
        let usual = CorrectionBand(spacing: lattice.layout.spacing)
        let error =
            shape.changesSignAtSurfaceOnly
            ? LatticeError(
                of: lattice, against: shape.distanceField, bounds: shape.bounds, within: usual.end, aim: usual.bound,
                workers: workers) : nil
        self.init(
            lattice: lattice, band: CorrectionBand(spacing: lattice.layout.spacing, error: error), error: error)
    }
}
