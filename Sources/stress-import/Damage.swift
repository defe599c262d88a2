import Core

/// One way to damage a file, chosen by number.
struct Damage {
    private let random: RandomStream
    private var next: UInt64 = 0

    /// - Parameter number: the same number does the same damage to the same file.
    init(seed: UInt64, number: Int) {
        random = RandomStream(seed: seed, stream: UInt64(number))
    }

    /// `bytes`, damaged.
    mutating func apply(to bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return bytes }
        var bytes = bytes
        switch below(8) {
        case 0: return Array(bytes.prefix(below(bytes.count)))
        case 1: flipBits(in: &bytes, count: 1 + below(8))
        case 2: flipBits(in: &bytes, count: 1 + bytes.count / 100)
        case 3: hugeCounts(in: &bytes, range: 0..<min(bytes.count, 512))
        case 4: hugeCounts(in: &bytes, range: 0..<bytes.count)
        case 5: bytes.removeSubrange(somewhere(in: bytes))
        case 6:
            let piece = bytes[somewhere(in: bytes)]
            bytes.insert(contentsOf: piece, at: below(bytes.count))
        default: hugeNumbers(in: &bytes)
        }
        return bytes
    }

    private mutating func below(_ bound: Int) -> Int {
        defer { next += 1 }
        return random.integer(below: max(bound, 1), at: next)
    }

    private mutating func somewhere(in bytes: [UInt8]) -> Range<Int> {
        let start = below(bytes.count)
        return start..<min(bytes.count, start + 1 + below(min(bytes.count, 4096)))
    }

    private mutating func flipBits(in bytes: inout [UInt8], count: Int) {
        for _ in 0..<count { bytes[below(bytes.count)] ^= 1 << UInt8(below(8)) }
    }

    /// Four bytes that read as a count, an offset or a size become one that nothing holds.
    private mutating func hugeCounts(in bytes: inout [UInt8], range: Range<Int>) {
        let values: [UInt32] = [.max, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0x0FFF_FFFF, 0x1000_0000, 0]
        for _ in 0..<(1 + below(3)) {
            let offset = range.lowerBound + below(range.count - 3)
            let value = values[below(values.count)]
            for byte in 0..<4 where offset + byte < bytes.count {
                bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))
            }
        }
    }

    /// A number in text becomes another that reads well and means trouble.
    private mutating func hugeNumbers(in bytes: inout [UInt8]) {
        let texts = ["4294967295", "-1", "1e38", "nan", "99999999999999999999999", "0", "2147483648", "-1e-45", ""]
        for _ in 0..<(1 + below(3)) {
            let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
            guard let start = bytes[below(bytes.count)...].firstIndex(where: isDigit) else { continue }
            let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
            bytes.replaceSubrange(start..<end, with: Array(texts[below(texts.count)].utf8))
            if bytes.isEmpty { return }
        }
    }
}
