import Core

/// Thresholds of ``SurfaceSampling/adaptive``: a cube without a change of sign is looked into when the smallest value
/// at its corners is at most this multiple of the largest first or second difference around it, or, where the learnt surface
/// is known, of the largest dip.
///
/// Measured by `benchmark-extraction sampling` on random fields with features of 0.5 to 3 cells at 192³. First
/// differences of 4 and 2 find balls of one cell in distances compressed at 0.02 to 0.05 of the box, which 1 and 1
/// miss in 5 of 8 fields; 8 and 2 found the last floaters in saturated, uneven logits too, at up to twice the
/// evaluations. At side 2, second differences alone lose nothing and spare a third of the evaluations.
enum AdaptiveRule {
    /// By the side of the cube: 8, 4, 2.
    static func firstDifferences(side: Int) -> Float { side == 8 ? 4 : side == 4 ? 2 : 0 }
    static func secondDifferences(side: Int) -> Float { side == 2 ? 0.5 : 1 }
    /// A fitted bunny's cubes without surface that are looked into are a seventh of what second differences leave, and the
    /// evaluations four fifths of theirs, for the same triangles. Not the rule for any field: 6 of 12 random networks came
    /// out as with every sample where second differences leave 11.
    static func dips(side: Int) -> Float { side == 2 ? 0.5 : 2 }
    /// Assumed error of interpolation inside a cube of side 2, in largest second differences: right for one curved
    /// axis, too little for three. A quarter found the same triangles of six random networks for 1 % more evaluations;
    /// 0 missed some.
    static let interpolationError: Float = 0.125
}

/// Summary of the values at a cube's eight corners.
struct CubeSummary {
    var smallest = Float.infinity
    private var sum: Float = 0
    private var insideCount = 0
    private var count = 0

    mutating func add(_ value: Float) {
        // NaN is outside, and near the surface for all we know.
        smallest = min(smallest, value.isNaN ? 0 : abs(value))
        sum += abs(value)
        if value < 0 { insideCount += 1 }
        count += 1
    }

    var mean: Float { sum / Float(count) }
    var hasBothSigns: Bool { insideCount > 0 && insideCount < count }
}

/// Largest first and second differences between neighbouring samples of a lattice.
struct Variation {
    var first: Float = 0
    var second: Float = 0
    /// The largest second difference of |f|, 0 if none is positive. |f| can dip between samples only where it is convex; near a
    /// surface, and for compressed distances, it is not.
    var dip: Float = 0

    init() {}

    /// Along the 12 edges of one of a cube's eight children, from the cube's 27 samples (sample i + 3 j + 9 k); second differences
    /// reach over the edge to the cube's other side.
    init(of27 samples: UnsafeMutableBufferPointer<Float>, child: SIMD3<Int>) {
        let corner = child.x + 3 * child.y + 9 * child.z
        for (stride, first, second, side) in [(1, 3, 9, child.x), (3, 1, 9, child.y), (9, 1, 3, child.z)] {
            for step in 0..<4 {
                let start = corner + (step & 1) * first + (step >> 1) * second
                let middle = start + (1 - side) * stride
                self.first = max(self.first, abs(samples[start + stride] - samples[start]))
                let bend = samples[middle - stride] - 2 * samples[middle] + samples[middle + stride]
                self.second = max(self.second, abs(bend))
                dip = max(dip, samples[middle] < 0 ? -bend : bend)
            }
        }
    }

    mutating func add(below: Float?, center: Float, above: Float?) {
        if let below { first = max(first, abs(center - below)) }
        if let above { first = max(first, abs(above - center)) }
        if let below, let above { second = max(second, abs(below - 2 * center + above)) }
    }

    mutating func formMaximum(_ other: Variation) {
        first = max(first, other.first)
        second = max(second, other.second)
        dip = max(dip, other.dip)
    }
}
