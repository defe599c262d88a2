/// Decompresses DEFLATE data (RFC 1951).
///
/// Canonical Huffman codes are decoded length by length, from the counts of codes of each length (after the RFC's section
/// 3.2.2). Never reads outside its input and never writes more than it was told to expect.
struct Inflate {
    enum Failure: Error { case damaged, tooLong }

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var bits: UInt64 = 0
    private var bitCount = 0
    private var output: [UInt8] = []
    private let expectedBytes: Int

    private init(_ bytes: ArraySlice<UInt8>, expectedBytes: Int) {
        self.bytes = bytes
        self.expectedBytes = expectedBytes
        position = bytes.startIndex
    }

    /// The content of `bytes`.
    ///
    /// - Parameter expectedBytes: of the content; more is an error.
    static func decompressed(_ bytes: ArraySlice<UInt8>, expectedBytes: Int) throws(Failure) -> [UInt8] {
        var inflate = Inflate(bytes, expectedBytes: expectedBytes)
        // DEFLATE cannot shrink by more than 1032 : 1, whatever a header promises.
        inflate.output.reserveCapacity(min(expectedBytes, 1032 * bytes.count))
        while try inflate.readBlock() {}
        return inflate.output
    }

    /// Whether more blocks follow.
    private mutating func readBlock() throws(Failure) -> Bool {
        let isLast = try take(1) == 1
        switch try take(2) {
        case 0: try copyStored()
        case 1: try expand(Self.fixedLengths, Self.fixedDistances)
        case 2:
            let (lengths, distances) = try readCodes()
            try expand(lengths, distances)
        default: throw .damaged
        }
        return !isLast
    }

    private mutating func fill(_ count: Int) throws(Failure) {
        while bitCount < count {
            guard position < bytes.endIndex else { throw .damaged }
            bits |= UInt64(bytes[position]) << UInt64(bitCount)
            position += 1
            bitCount += 8
        }
    }

    private mutating func take(_ count: Int) throws(Failure) -> Int {
        if count == 0 { return 0 }
        try fill(count)
        let value = bits & (1 << UInt64(count) - 1)
        bits >>= UInt64(count)
        bitCount -= count
        return Int(value)
    }

    private mutating func append(_ byte: UInt8) throws(Failure) {
        guard output.count < expectedBytes else { throw .tooLong }
        output.append(byte)
    }

    private mutating func copyStored() throws(Failure) {
        _ = try take(bitCount % 8)
        let length = try take(16)
        guard try take(16) == length ^ 0xFFFF else { throw .damaged }
        for _ in 0..<length { try append(UInt8(truncatingIfNeeded: try take(8))) }
    }

    // MARK: Huffman codes

    /// A canonical code: how many symbols have each length, and the symbols in the order of their codes.
    private struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        init(lengths: ArraySlice<UInt8>) {
            for length in lengths where length > 0 { counts[Int(length)] += 1 }
            for length in 1...15 as ClosedRange<UInt8> {
                for (symbol, stated) in lengths.enumerated() where stated == length { symbols.append(symbol) }
            }
        }

        /// More codes than their lengths have room for cannot be told apart.
        var isOversubscribed: Bool {
            var left = 1
            for length in 1...15 {
                left = left << 1 - counts[length]
                if left < 0 { return true }
            }
            return false
        }
    }

    private mutating func symbol(of code: borrowing Code) throws(Failure) -> Int {
        var value = 0
        var first = 0
        var index = 0
        for length in 1...15 {
            value |= try take(1)
            let count = code.counts[length]
            if value - count < first { return code.symbols[index + (value - first)] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw .damaged
    }

    private static let fixedLengths = Code(
        lengths: ([UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
            + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8))[...])
    private static let fixedDistances = Code(lengths: [UInt8](repeating: 5, count: 30)[...])

    private static let lengthBase = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBase = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145,
        8193, 12289, 16385, 24577,
    ]
    private static let distanceBits = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
    private static let codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private mutating func readCodes() throws(Failure) -> (Code, Code) {
        let lengthCount = try take(5) + 257
        let distanceCount = try take(5) + 1
        let codeCount = try take(4) + 4
        guard lengthCount <= 286, distanceCount <= 30 else { throw .damaged }
        var codeLengths = [UInt8](repeating: 0, count: 19)
        for index in 0..<codeCount { codeLengths[Self.codeOrder[index]] = UInt8(try take(3)) }
        let code = Code(lengths: codeLengths[...])
        guard !code.isOversubscribed else { throw .damaged }

        var lengths: [UInt8] = []
        while lengths.count < lengthCount + distanceCount {
            let symbol = try symbol(of: code)
            var repeated: UInt8 = 0
            var count = 1
            switch symbol {
            case 16:
                guard let last = lengths.last else { throw .damaged }
                repeated = last
                count = 3 + (try take(2))
            case 17: count = 3 + (try take(3))
            case 18: count = 11 + (try take(7))
            default: repeated = UInt8(symbol)
            }
            for _ in 0..<count { lengths.append(repeated) }
        }
        guard lengths.count == lengthCount + distanceCount, lengths[256] != 0 else { throw .damaged }
        let codes = (Code(lengths: lengths[..<lengthCount]), Code(lengths: lengths[lengthCount...]))
        guard !codes.0.isOversubscribed, !codes.1.isOversubscribed else { throw .damaged }
        return codes
    }

    private mutating func expand(_ lengths: Code, _ distances: Code) throws(Failure) {
        while true {
            let symbol = try symbol(of: lengths)
            if symbol < 256 {
                try append(UInt8(truncatingIfNeeded: symbol))
                continue
            }
            if symbol == 256 { return }
            guard symbol - 257 < Self.lengthBase.count else { throw .damaged }
            let length = Self.lengthBase[symbol - 257] + (try take(Self.lengthBits[symbol - 257]))
            let distanceSymbol = try self.symbol(of: distances)
            guard distanceSymbol < Self.distanceBase.count else { throw .damaged }
            let distance = Self.distanceBase[distanceSymbol] + (try take(Self.distanceBits[distanceSymbol]))
            guard distance <= output.count else { throw .damaged }
            guard output.count + length <= expectedBytes else { throw .tooLong }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}
