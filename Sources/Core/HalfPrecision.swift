/// Numbers of IEEE 754's binary16, by their bits: 11 significant bits, magnitudes from 6e-8 to 65 504.
///
/// Swift's `Float16` is not there on every platform.
package enum HalfPrecision {
    /// The bits of the nearest half, ties to even; infinity beyond the largest, and of NaN some NaN.
    package static func bits(nearestTo value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
        let magnitude = value.magnitude
        guard magnitude < 65_520 else { return sign | (value.isNaN ? 0x7e00 : 0x7c00) }
        if magnitude < 0x1p-14 {
            // Multiples of 2⁻²⁴.
            return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
        }
        let pattern = magnitude.bitPattern
        let rounded = pattern + 0xfff + (pattern >> 13 & 1)
        return sign | UInt16((rounded >> 13) - (112 << 10))
    }

    /// The number that some bits stand for.
    package static func value(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let (exponent, fraction) = (UInt32(bits >> 10 & 0x1f), UInt32(bits & 0x3ff))
        switch exponent {
        case 0: return sign * Float(fraction) * 0x1p-24
        case 0x1f: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(bitPattern: (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The nearest half as a float.
    package static func rounded(_ value: Float) -> Float { Self.value(bits(nearestTo: value)) }
}
