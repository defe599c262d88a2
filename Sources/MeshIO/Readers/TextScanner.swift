/// Reads words and numbers of a text file from a byte position on.
///
/// Blanks are spaces, tabs, vertical tabs, form feeds and NULs' neighbours below 0x20 other than line ends; a line ends at
/// a line feed or a carriage return. Nothing is read at or behind `end`.
struct TextScanner {
    let bytes: [UInt8]
    var position: Int
    let end: Int

    init(_ bytes: [UInt8], from position: Int = 0, to end: Int? = nil) {
        self.bytes = bytes
        self.position = position
        self.end = min(end ?? bytes.count, bytes.count)
    }

    @inline(__always) var isAtEnd: Bool { position >= end }

    @inline(__always)
    static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0B || byte == 0x0C }
    /// Bytes that end a word.
    @inline(__always)
    static func isSeparator(_ byte: UInt8) -> Bool { isBlank(byte) || isLineEnd(byte) }

    /// Whether the line has nothing left, from here on.
    @inline(__always)
    var isAtLineEnd: Bool { position >= end || Self.isLineEnd(bytes[position]) }

    /// Whether a word could end here.
    @inline(__always)
    var isAtWordEnd: Bool { position >= end || Self.isSeparator(bytes[position]) }

    @inline(__always)
    mutating func skipBlanks() {
        while position < end && Self.isBlank(bytes[position]) { position += 1 }
    }

    @inline(__always)
    mutating func skipBlanksAndLineEnds() {
        while position < end && Self.isSeparator(bytes[position]) { position += 1 }
    }

    /// Moves to the line's end.
    @inline(__always)
    mutating func skipToLineEnd() {
        while position < end && !Self.isLineEnd(bytes[position]) { position += 1 }
    }

    /// Moves behind the line's end.
    @inline(__always)
    mutating func skipLine() {
        skipToLineEnd()
        if position < end && bytes[position] == 0x0D { position += 1 }
        if position < end && bytes[position] == 0x0A { position += 1 }
    }

    @inline(__always)
    mutating func skipWord() {
        while position < end && !Self.isSeparator(bytes[position]) { position += 1 }
    }

    /// The word at this place, at most 40 bytes of it, for a message; the position stays.
    var wordForMessage: String {
        var copy = self
        copy.skipWord()
        let text = bytes[position..<min(copy.position, position + 40)]
        let printable = text.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
        return String(decoding: printable, as: UTF8.self)
    }

    /// The word at this place in lower case; the position moves behind it.
    mutating func lowercasedWord() -> String {
        let start = position
        skipWord()
        return String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
    }

    /// Whether the word here is `word`, which is in lower case; case is ignored. Moves behind it when it is.
    @inline(__always)
    mutating func take(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard position + length <= end else { return false }
        for offset in 0..<length {
            let byte = bytes[position + offset]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if lower != word.utf8Start[offset] { return false }
        }
        guard position + length == end || Self.isSeparator(bytes[position + length]) else { return false }
        position += length
        return true
    }

    /// A decimal integer; nil, and the position as it was, when there is none or it needs more than 18 digits.
    @inline(__always)
    mutating func integer() -> Int? {
        var at = position
        var isNegative = false
        if at < end && (bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+")) {
            isNegative = bytes[at] == UInt8(ascii: "-")
            at += 1
        }
        let first = at
        var value = 0
        while at < end {
            let digit = bytes[at] &- 0x30
            if digit > 9 { break }
            if at - first >= 18 { return nil }
            value = value &* 10 &+ Int(digit)
            at += 1
        }
        guard at > first else { return nil }
        position = at
        return isNegative ? -value : value
    }

    /// A decimal number, correctly rounded, or a NaN or an infinity by name; nil, and the position as it was, when there is
    /// none.
    @inline(__always)
    mutating func number() -> Double? {
        var at = position
        var isNegative = false
        if at < end && (bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+")) {
            isNegative = bytes[at] == UInt8(ascii: "-")
            at += 1
        }
        var mantissa: UInt64 = 0
        var exponent = 0
        var hasDigits = false
        var isExact = true
        while at < end {
            let digit = bytes[at] &- 0x30
            if digit > 9 { break }
            hasDigits = true
            if mantissa < 1_000_000_000_000_000_000 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
            } else {
                exponent += 1
                isExact = isExact && digit == 0
            }
            at += 1
        }
        if at < end && bytes[at] == UInt8(ascii: ".") {
            at += 1
            while at < end {
                let digit = bytes[at] &- 0x30
                if digit > 9 { break }
                hasDigits = true
                if mantissa < 1_000_000_000_000_000_000 {
                    mantissa = mantissa &* 10 &+ UInt64(digit)
                    exponent -= 1
                } else {
                    isExact = isExact && digit == 0
                }
                at += 1
            }
        }
        if !hasDigits { return namedNumber() }
        if at < end && (bytes[at] | 0x20 == UInt8(ascii: "e") || bytes[at] | 0x20 == UInt8(ascii: "d")) {
            var copy = self
            copy.position = at + 1
            if let stated = copy.integer() {
                at = copy.position
                exponent += max(-100_000, min(100_000, stated))
            }
        }
        let text = position..<at
        position = at
        // Clinger's fast path (1990): both factors are exact doubles, so one rounding is all there is.
        if isExact && mantissa <= 1 << 53 && exponent >= -22 && exponent <= 22 {
            let value = Double(mantissa)
            let scaled = exponent < 0 ? value / Self.powersOfTen[-exponent] : value * Self.powersOfTen[exponent]
            return isNegative ? -scaled : scaled
        }
        return slowNumber(text)
    }

    private func slowNumber(_ range: Range<Int>) -> Double? {
        let text = bytes[range].map { $0 | 0x20 == UInt8(ascii: "d") ? UInt8(ascii: "e") : $0 }
        return Double(String(decoding: text, as: UTF8.self))
    }

    /// `nan`, `inf` and what C libraries make of them: `-nan(ind)`, `Infinity`.
    private mutating func namedNumber() -> Double? {
        let start = position
        let word = lowercasedWord()
        let name = word.drop { $0 == "-" || $0 == "+" }
        if name.hasPrefix("nan") { return .nan }
        if name == "inf" || name == "infinity" { return word.hasPrefix("-") ? -.infinity : .infinity }
        position = start
        return nil
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]
}
