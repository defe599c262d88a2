import Core

/// How points that are uniform in a box are spread: all are uniform one by one, and differ in how evenly together.
public enum UniformPlacement: String, Sendable, Codable, CaseIterable {
    /// Independent draws.
    case independent
    /// `SobolSequence`.
    case sobol
}

/// Sobol's sequence in up to 8 dimensions with Owen's scrambling: point i is a pure function of the stream and i.
///
/// Direction numbers are the first of Joe and Kuo's ("Constructing Sobol sequences with better two-dimensional
/// projections", SIAM J. Sci. Comput. 2008, the set `new-joe-kuo-6`). The scrambling (Owen, "Randomly permuted
/// (t, m, s)-nets and (t, s)-sequences", 1995) is by hash, as in Burley ("Practical hash-based Owen scrambling", JCGT
/// 2020), with Vegdahl's constants, which mix better than the Laine and Karras hash that Burley started from.
///
/// Guaranteed, for points j·2^m ..< (j + 1)·2^m of one stream: every projection on one axis has one point in each
/// interval of length 2^−m, and the first two axes together one in each elementary box of area 2^−m (a (0, m, 2)-net in
/// base 2). Every single point is uniform over the cube as far as the hash is random. Not guaranteed: that the points of
/// two streams lie evenly together, or every second point of one.
package struct SobolSequence: Sendable {
    package static let dimensionCount = 8

    private let stream: RandomStream
    /// The scrambling's keys for the first 2³² points, an axis each.
    private let keys: SIMD8<UInt32>
    /// The contribution of bit b of the index to the point, from the lowest: `(32)`.
    private let directions: [SIMD8<UInt32>]

    package init(_ stream: RandomStream) {
        self.stream = stream
        keys = Self.keys(stream, epoch: 0)
        directions = Self.directionNumbers
    }

    /// The point at `index`: 8 coordinates in [0, 1), multiples of 2⁻²⁴.
    package func uniforms(at index: UInt64) -> SIMD8<Float> {
        SIMD8<Float>(words(at: index) &>> 8) * 0x1p-24
    }

    /// The point at `index`, in units of 2⁻³². After 2³² points the sequence starts again with another scrambling.
    package func words(at index: UInt64) -> SIMD8<UInt32> {
        let epoch = index >> 32
        let keys = epoch == 0 ? keys : Self.keys(stream, epoch: epoch)
        return Self.scrambled(unscrambledWords(at: index), keys: keys)
    }

    /// Sobol's own point at `index` mod 2³², the same for every stream.
    package func unscrambledWords(at index: UInt64) -> SIMD8<UInt32> {
        var point = SIMD8<UInt32>(repeating: 0)
        var rest = UInt32(truncatingIfNeeded: index)
        while rest != 0 {
            point ^= directions[rest.trailingZeroBitCount]
            rest &= rest &- 1
        }
        return point
    }

    private static func keys(_ stream: RandomStream, epoch: UInt64) -> SIMD8<UInt32> {
        SIMD8(lowHalf: stream.words(at: 2 &* epoch), highHalf: stream.words(at: 2 &* epoch &+ 1))
    }

    /// Owen's scrambling: every bit is flipped or not by a hash of the key and the bits above it. With the bits reversed
    /// that is any hash whose steps let a bit depend on lower bits only: adding, multiplying by something odd, and
    /// exclusive or with an even multiple.
    private static func scrambled(_ point: SIMD8<UInt32>, keys: SIMD8<UInt32>) -> SIMD8<UInt32> {
        var x = reversed(point)
        x ^= x &* 0x3d20_adea
        x &+= keys
        x &*= (keys &>> 16) | 1
        x ^= x &* 0x0552_6c56
        x ^= x &* 0x53a2_2864
        return reversed(x)
    }

    /// Every word with its bits in the opposite order.
    private static func reversed(_ words: SIMD8<UInt32>) -> SIMD8<UInt32> {
        var x = words
        for (shift, mask) in [(1, 0x5555_5555), (2, 0x3333_3333), (4, 0x0f0f_0f0f), (8, 0x00ff_00ff), (16, 0xffff)]
            as [(UInt32, UInt32)]
        {
            let low = SIMD8(repeating: mask)
            let upper: SIMD8<UInt32> = (x &>> shift) & low
            let lower: SIMD8<UInt32> = (x & low) &<< shift
            x = upper | lower
        }
        return x
    }

    /// An axis' primitive polynomial x^s + … + 1, the coefficients between as the bits of `inner`, and its first s
    /// direction numbers.
    private struct Axis {
        let inner: UInt32
        let first: [UInt32]
    }

    /// Axes 2 to 8 of `new-joe-kuo-6`; axis 1 is van der Corput's sequence.
    private static let axes = [
        Axis(inner: 0, first: [1]),
        Axis(inner: 1, first: [1, 3]),
        Axis(inner: 1, first: [1, 3, 1]),
        Axis(inner: 2, first: [1, 1, 1]),
        Axis(inner: 1, first: [1, 1, 3, 3]),
        Axis(inner: 4, first: [1, 3, 5, 13]),
        Axis(inner: 2, first: [1, 1, 5, 5, 17]),
    ]

    /// Joe and Kuo's recurrence, all directions shifted to the top of the word.
    private static let directionNumbers: [SIMD8<UInt32>] = {
        var directions = (0..<32).map { SIMD8<UInt32>(repeating: 1 << (31 - UInt32($0))) }
        for (index, axis) in axes.enumerated() {
            let degree = axis.first.count
            for bit in 0..<32 {
                var value: UInt32
                if bit < degree {
                    value = axis.first[bit] << (31 - UInt32(bit))
                } else {
                    let oldest = directions[bit - degree][index + 1]
                    value = oldest ^ oldest >> UInt32(degree)
                    for term in 1..<degree where axis.inner >> UInt32(degree - 1 - term) & 1 == 1 {
                        value ^= directions[bit - term][index + 1]
                    }
                }
                directions[bit][index + 1] = value
            }
        }
        return directions
    }()
}
