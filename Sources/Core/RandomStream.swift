/// Numbered random values: value *i* of stream *t* of seed *s* is a pure function of (s, t, i), the same on every
/// machine and in whichever order values are asked for.
///
/// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the seed is
/// the key, the stream and the index are the counter.
public struct RandomStream: Sendable, Equatable {
    public let seed: UInt64
    public let stream: UInt64

    /// - Parameters:
    ///   - seed: what a user sets with `--seed`.
    ///   - stream: what the values are for; two streams of one seed share nothing.
    public init(seed: UInt64, stream: UInt64) {
        self.seed = seed
        self.stream = stream
    }

    /// The four 32-bit words at `index`.
    @inlinable
    public func words(at index: UInt64) -> SIMD4<UInt32> {
        var counter = SIMD4<UInt32>(
            UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
            UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
        var key0 = UInt32(truncatingIfNeeded: seed)
        var key1 = UInt32(truncatingIfNeeded: seed >> 32)
        for _ in 0..<10 {
            let product0 = UInt64(0xD251_1F53) &* UInt64(counter.x)
            let product1 = UInt64(0xCD9E_8D57) &* UInt64(counter.z)
            counter = SIMD4(
                UInt32(truncatingIfNeeded: product1 >> 32) ^ counter.y ^ key0,
                UInt32(truncatingIfNeeded: product1),
                UInt32(truncatingIfNeeded: product0 >> 32) ^ counter.w ^ key1,
                UInt32(truncatingIfNeeded: product0))
            key0 &+= 0x9E37_79B9
            key1 &+= 0xBB67_AE85
        }
        return counter
    }

    /// Four values uniform in [0, 1), multiples of 2⁻²⁴.
    @inlinable
    public func uniforms(at index: UInt64) -> SIMD4<Float> {
        SIMD4<Float>(words(at: index) &>> 8) * 0x1p-24
    }

    /// Four independent values of the standard normal distribution, to single precision.
    ///
    /// Box and Muller (1958), with a logarithm and a sine of our own: a C library's may differ in the last bit between
    /// machines, and then nothing that follows would be the same.
    @inlinable
    public func normals(at index: UInt64) -> SIMD4<Float> {
        let words = words(at: index)
        let first = boxMuller(words.x, words.y)
        let second = boxMuller(words.z, words.w)
        return SIMD4(first.0, first.1, second.0, second.1)
    }

    /// An integer in `0 ..< bound`, unbiased to 2⁻³² · bound.
    @inlinable
    public func integer(below bound: Int, at index: UInt64) -> Int {
        let words = words(at: index)
        let word = UInt64(words.x) << 32 | UInt64(words.y)
        return Int(word.multipliedFullWidth(by: UInt64(bound)).high)
    }
}

/// Two independent normals from two words.
@inlinable
func boxMuller(_ first: UInt32, _ second: UInt32) -> (Float, Float) {
    let radius = (-2 * naturalLogarithm((Double(first) + 0.5) * 0x1p-32)).squareRoot()
    let (sine, cosine) = sineAndCosine(ofTurns: Double(second) * 0x1p-32)
    return (Float(radius * cosine), Float(radius * sine))
}
