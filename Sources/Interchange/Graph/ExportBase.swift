/// A lattice of distances under an exported network, and the band in which the network corrects it: with the network's output y,
/// exports compute
///
///     (b + g(|b|) · min(max(correctionFactor · y, −bound), bound)) · outputFactor
///
/// where b is the lattice's value and g falls from 1 at `full` to 0 at `end` by t² (3 − 2t). The lattice is interpolated as
/// `ck_lattice.h` of this package says: by cubic convolution in its fine part, linearly in its wide outer cells.
public struct ExportBase: Sendable, Equatable {
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
    public var bound: Float
    public var full: Float
    public var end: Float
    /// Unit-cube lengths in a network's output of 1.
    public var correctionFactor: Float
    /// A unit-cube length in the caller's unit.
    public var outputFactor: Float

    public init(
        counts: [Int], outerCellCount: Int, lower: [Float], upper: [Float], minimum: [Float], maximum: [Float],
        spacing: Float, outerSpacing: [Float], samples: [Int16], step: Float, bound: Float, full: Float, end: Float,
        correctionFactor: Float, outputFactor: Float
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
        self.bound = bound
        self.full = full
        self.end = end
        self.correctionFactor = correctionFactor
        self.outputFactor = outputFactor
    }

    var center: [Float] { (0..<3).map { minimum[$0] + (maximum[$0] - minimum[$0]) * 0.5 } }
}
