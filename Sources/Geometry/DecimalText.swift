/// Writes numbers as text, fast: what mesh files in text are made of.
enum DecimalText {
    /// Bytes that no number written here exceeds.
    static let longestNumber = 48

    /// Writes `value` in decimal digits and returns how many bytes that took.
    @inline(__always)
    static func write(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var length = 1
        var bound: UInt64 = 10
        while length < 20 && value >= bound {
            length += 1
            bound = bound.multipliedReportingOverflow(by: 10).partialValue
        }
        var rest = value
        var position = length
        while position > 0 {
            position -= 1
            out[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return length
    }
}
