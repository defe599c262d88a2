import Core
import Geometry

/// Writes numbers as decimal text, fast: what mesh files in text are made of.
///
/// A finite float is written in plain notation from 2⁻²⁴ up to 2⁶³ and with an exponent beyond, with the fewest digits that
/// lead back to it both through a reader that rounds once (`strtof`) **and** through Assimp's, which rounds the integer
/// and the fraction to floats of their own before it adds them, and scales by a power of ten rounded to a float. With an
/// exponent there are rare floats (one in 10⁴) for which no text does both; then Assimp's reading is off by a bit or two.
package enum DecimalText {
    /// Bytes that no number written here exceeds.
    static let longestNumber = 28

    /// Below, 15 decimals, which is all that Assimp reads, are too few.
    private static let leastPlain: Float = 0x1p-24
    private static let leastTooLong: Float = 0x1p63

    /// Writes `value` and returns how many bytes that took.
    @inline(__always)
    static func write(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        // Both zeros: importers join them anyway.
        if value == 0 {
            out[0] = UInt8(ascii: "0")
            return 1
        }
        if value < 0 {
            out[0] = UInt8(ascii: "-")
            return 1 + writeMagnitude(-value, to: out + 1)
        }
        return writeMagnitude(value, to: out)
    }

    /// Writes `value` and returns how many bytes that took.
    @inline(__always)
    static func write(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 1
        while count < 19 && value >= power[count] { count += 1 }
        if count == 19 && value >= 10_000_000_000_000_000_000 { count = 20 }
        write(value, digits: count, to: out)
        return count
    }

    private static func writeMagnitude(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if value >= leastPlain && value < leastTooLong { return write(Plain(value), to: out) }
        return writeScientific(value, to: out)
    }

    /// `whole + fraction · 10^−decimals`.
    private struct Plain {
        var whole: UInt64
        var fraction: UInt64 = 0
        var decimals = 0

        /// The fewest decimals that both kinds of reader take for `value`.
        ///
        /// - Precondition: `leastPlain ≤ value < leastTooLong`.
        @inline(__always)
        init(_ value: Float) {
            // From here on floats are integers.
            if value >= 0x1p24 {
                whole = UInt64(value)
                return
            }
            let exact = Double(value)
            // The decimals that make six significant digits; every decimal of six digits has a float of its own.
            decimals = 5
            while decimals > 0 && exact >= scale[6 - decimals] { decimals -= 1 }
            while decimals < 14 && exact * scale[decimals] < 100_000 { decimals += 1 }
            for _ in 0..<4 where decimals <= 15 {
                let digits = UInt64((exact * scale[decimals]).rounded())
                if Float(Double(digits) / scale[decimals]) == value {
                    whole = digits / power[decimals]
                    fraction = digits % power[decimals]
                    if assimpsValue == value { return }
                }
                decimals += 1
            }
            // The fraction is a float too, and fifteen decimals single it out.
            let integer = value.rounded(.towardZero)
            whole = UInt64(integer)
            fraction = UInt64((Double(value - integer) * scale[15]).rounded())
            decimals = 15
        }

        /// What Assimp reads.
        @inline(__always)
        var assimpsValue: Float { Float(whole) + Float(Double(fraction) * inverse[decimals]) }
        /// What it says.
        var exactValue: Double { Double(whole) + Double(fraction) / scale[decimals] }
    }

    @inline(__always)
    private static func write(_ plain: Plain, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let start = write(plain.whole, to: out)
        if plain.fraction == 0 { return start }
        var (fraction, decimals) = (plain.fraction, plain.decimals)
        while fraction % 10 == 0 {
            fraction /= 10
            decimals -= 1
        }
        out[start] = UInt8(ascii: ".")
        write(fraction, digits: decimals, to: out + start + 1)
        return start + 1 + decimals
    }

    /// A number in plain notation and an exponent.
    ///
    /// Assimp reads the number as a float and multiplies it by a power of ten as a float. Among two dozen exponents
    /// there is nearly always one where that product is the value and the text says the value too.
    private static func writeScientific(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let first = Int(log10(Double(value)).rounded(.down))
        for step in 0..<25 {
            // Usual notation first, then longer numbers, then fractions.
            let exponent = step <= 18 ? first - step : first + step - 18
            guard exponent >= -37 else { continue }
            let power = pow(Float(10), Float(exponent))
            let guess = value / power
            for candidate in [guess, guess.nextUp, guess.nextDown]
            where candidate * power == value && candidate >= leastPlain && candidate < leastTooLong {
                let plain = Plain(candidate)
                let distance = plain.exactValue * pow(10, Double(exponent)) - Double(value)
                guard abs(distance) < 0.49 * Double(value.ulp) else { continue }
                var length = write(plain, to: out)
                out[length] = UInt8(ascii: "e")
                length += 1
                if exponent < 0 {
                    out[length] = UInt8(ascii: "-")
                    length += 1
                }
                return length + write(UInt64(exponent.magnitude), to: out + length)
            }
        }
        // The library's shortest text.
        var count = 0
        for byte in value.description.utf8 {
            out[count] = byte
            count += 1
        }
        return count
    }

    /// Writes the last `digits` digits of `value`, zeros in front.
    @inline(__always)
    private static func write(_ value: UInt64, digits: Int, to out: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var position = digits
        while position > 0 {
            position -= 1
            let next = rest / 10
            out[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- next &* 10)
            rest = next
        }
    }

    private static let power: [UInt64] = (0...18).map { exponent in
        (0..<exponent).reduce(1) { product, _ in product * 10 }
    }
    private static let scale: [Double] = power.map { Double($0) }
    /// As Assimp's table has them.
    private static let inverse: [Double] = [
        1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15,
    ]
}

extension DecimalText {
    /// `value` as text.
    package static func text(of value: Float) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: longestNumber) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            let count = write(value, to: start)
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}
