/// Reads the little JSON of a safetensors header: objects, strings, and arrays of integers that are not negative.
///
/// Foundation's decoders keep one of two equal keys; a header that has a key twice is refused here. The caller says what comes next, so nothing nests deeper than the caller does.
struct JSONReader {
    enum Failure: Error, CustomStringConvertible {
        /// What is missing, and the byte where it should be.
        case expected(String, byte: Int)
        case unexpected(String)

        var description: String {
            switch self {
            case .expected(let what, let byte): "\(what) expected at byte \(byte) of its header"
            case .unexpected(let what): "its header has \(what)"
            }
        }
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads `{"key": …, …}`, calling `value` to read what follows each key.
    mutating func object(
        _ value: (_ reader: inout JSONReader, _ key: String) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try value(&self, key)
        } while take(",")
        try expect("}")
    }

    /// Reads `[1, 2, …]`.
    mutating func integers() throws(Failure) -> [Int] {
        try expect("[")
        var result: [Int] = []
        if take("]") { return result }
        repeat { result.append(try integer()) } while take(",")
        try expect("]")
        return result
    }

    private mutating func integer() throws(Failure) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, case let digit = bytes[position], (0x30...0x39).contains(digit) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = tens.addingReportingOverflow(Int(digit - 0x30))
            if overflow || overflowToo { throw .unexpected("a number too large at byte \(start)") }
            value = sum
            position += 1
        }
        if position == start { throw .expected("a number", byte: start) }
        return value
    }

    /// Reads a string.
    mutating func string() throws(Failure) -> String {
        try expect("\"")
        let start = position
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else {
                    throw .unexpected("a string at byte \(start) that is not UTF-8")
                }
                return result
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw .unexpected("a control character at byte \(position - 1)")
            default: text.append(byte)
            }
        }
        throw .expected("the end of a string", byte: position)
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard position < bytes.count else { throw .expected("an escaped character", byte: position) }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var value = try codeUnit()
            if (0xd800..<0xdc00).contains(value) {
                try expect("\\", skippingSpace: false)
                try expect("u", skippingSpace: false)
                let low = try codeUnit()
                guard (0xdc00..<0xe000).contains(low) else { throw .expected("a low surrogate", byte: position) }
                value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw .unexpected("half a character at byte \(position)") }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw .expected("an escaped character", byte: position - 1)
        }
    }

    private mutating func codeUnit() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw .expected("a hexadecimal digit", byte: position)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// Reads to the end, where only space may be left.
    mutating func end() throws(Failure) {
        skipSpace()
        if position < bytes.count { throw .expected("the end", byte: position) }
    }

    private mutating func skipSpace() {
        let space: SIMD4<UInt8> = [0x20, 0x09, 0x0a, 0x0d]
        while position < bytes.count, any(space .== bytes[position]) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, skippingSpace: Bool = true) throws(Failure) {
        if skippingSpace { skipSpace() }
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
            throw .expected("\(character)", byte: position)
        }
        position += 1
    }
}
