/// Thresholds of ``SurfaceSampling/adaptive``: a cube without a change of sign is looked into when the smallest value
/// at its corners is at most these multiples of differences around it.
///
/// Measured by `benchmark-extraction sampling` on random fields with features of 0.5 to 3 cells at 192³, and on fitted
/// models.
enum AdaptiveRule {
    /// Of the coarse lattice's largest first difference. 4 finds balls of one cell in distances compressed at 0.02 to
    /// 0.05 of the box, which 1 misses in 5 of 8 fields; 8 found the last specks in saturated, uneven logits too, at up
    /// to twice the evaluations.
    static let latticeFirstDifferences: Float = 4
    /// Of the coarse lattice's largest second difference.
    static let latticeSecondDifferences: Float = 1
    /// Of the largest dip of a smaller cube, by its side. 1 at side 4 misses some rods of 1.5 cells, 4 finds no more for
    /// up to half as many evaluations again; 1 at side 2 finds no more.
    static func dips(side: Int) -> Float { side == 4 ? 2 : 0.5 }
    /// What interpolation inside a cube of side 2 is taken to be wrong by, in largest second differences: right for one curved
    /// axis, too little for three. A quarter found the same triangles of six random networks for 1 % more evaluations;
    /// 0 missed some.
    static let interpolationError: Float = 0.125
}

/// What a cube's eight corners say.
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

/// Largest first and second differences between neighbouring samples of the coarse lattice.
struct Variation {
    var first: Float = 0
    var second: Float = 0

    mutating func add(below: Float?, center: Float, above: Float?) {
        if let below { first = max(first, abs(center - below)) }
        if let above { first = max(first, abs(above - center)) }
        if let below, let above { second = max(second, abs(below - 2 * center + above)) }
    }

    mutating func formMaximum(_ other: Variation) {
        first = max(first, other.first)
        second = max(second, other.second)
    }
}

/// How the field bends in one of a cube's eight children, by second differences along the child's edges that reach on to
/// the cube's other side.
struct Bend {
    /// The largest, of either sign.
    var largest: Float = 0
    /// The largest of the field's amount, 0 if none is positive: only where the amount bends upwards can it be smaller between
    /// samples than at them. Beside a surface it does not, least where distances are compressed; with ``largest`` in its place
    /// four times as many cubes of side 2 that hold no surface were looked into on a fitted bunny.
    var dip: Float = 0

    /// - Parameter samples: the cube's 27, sample i + 3 j + 9 k.
    init(of27 samples: UnsafeMutableBufferPointer<Float>, child: SIMD3<Int>) {
        let corner = child.x + 3 * child.y + 9 * child.z
        for (stride, first, second, side) in [(1, 3, 9, child.x), (3, 1, 9, child.y), (9, 1, 3, child.z)] {
            for step in 0..<4 {
                let middle = corner + (step & 1) * first + (step >> 1) * second + (1 - side) * stride
                let difference = samples[middle - stride] - 2 * samples[middle] + samples[middle + stride]
                largest = max(largest, abs(difference))
                dip = max(dip, samples[middle] < 0 ? -difference : difference)
            }
        }
    }
}
