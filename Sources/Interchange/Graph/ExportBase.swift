/// A lattice of distances in an exported model, interpolated as `ck_lattice.h` of this package says: by cubic convolution in its fine part,
/// linearly in its wide outer cells.
public struct ExportLattice: Sendable, Equatable {
    /// Along x, y and z.
    public var counts: [Int]
    /// Wide cells beyond either end of the fine part.
    public var outerCellCount: Int
    /// Of the fine part, `(3)`.
    public var lower: [Float]
    public var upper: [Float]
    /// Of the whole, `(3)`.
    public var minimum: [Float]
    public var maximum: [Float]
    public var spacing: Float
    public var outerSpacing: [Float]
    /// `(z, y, x)` in steps.
    public var samples: [Int16]
    public var step: Float

    /// - Precondition: a sample for every place.
    public init(
        counts: [Int], outerCellCount: Int, lower: [Float], upper: [Float], minimum: [Float], maximum: [Float],
        spacing: Float, outerSpacing: [Float], samples: [Int16], step: Float
    ) {
        precondition(counts.count == 3 && samples.count == counts.reduce(1, *), "a sample for every place")
        self.counts = counts
        self.outerCellCount = outerCellCount
        self.lower = lower
        self.upper = upper
        self.minimum = minimum
        self.maximum = maximum
        self.spacing = spacing
        self.outerSpacing = outerSpacing
        self.samples = samples
        self.step = step
    }

    var center: [Float] { (0..<3).map { minimum[$0] + (maximum[$0] - minimum[$0]) * 0.5 } }
}

/// A lattice under an exported network, and the band in which the network corrects it: with the network's output y, exports compute
///
///     (b + g(|b|) · min(max(correctionFactor · y, −bound), bound)) · outputFactor
///
/// where b is the lattice's value and g falls from 1 at `full` to 0 at `end` by t² (3 − 2t).
public struct ExportBase: Sendable, Equatable {
    public var lattice: ExportLattice
    public var bound: Float
    public var full: Float
    public var end: Float
    /// Unit-cube lengths in a network's output of 1.
    public var correctionFactor: Float
    /// What the caller sees in a unit-cube length.
    public var outputFactor: Float

    public init(
        lattice: ExportLattice, bound: Float, full: Float, end: Float, correctionFactor: Float, outputFactor: Float
    ) {
        self.lattice = lattice
        self.bound = bound
        self.full = full
        self.end = end
        self.correctionFactor = correctionFactor
        self.outputFactor = outputFactor
    }
}
