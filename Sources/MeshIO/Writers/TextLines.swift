import Core

/// Many lines of text, formatted by many threads into pieces that follow one another.
enum TextLines {
    /// Lines formatted by one task: enough to make a task worth starting, few enough for its buffer to stay in cache.
    private static let chunkSize = 4096

    /// Lines in the order of their numbers, in pieces; `line` writes one and returns its length.
    static func chunks(
        count: Int, bytesPerLine: Int, _ workers: Workers, _ line: (Int, UnsafeMutablePointer<UInt8>) -> Int
    ) -> [[UInt8]] {
        var chunks = [[UInt8]](repeating: [], count: (count + chunkSize - 1) / chunkSize)
        chunks.withUnsafeMutableBufferPointer { chunks in
            workers.forEachChunk(of: count, chunkSize: chunkSize) { range, _ in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: range.count * bytesPerLine) { buffer in
                    guard let start = buffer.baseAddress else { return }
                    var length = 0
                    for index in range { length += line(index, start + length) }
                    chunks[range.lowerBound / chunkSize] = Array(UnsafeBufferPointer(start: start, count: length))
                }
            }
        }
        return chunks
    }

    /// Pieces one after the other.
    static func joined(_ chunks: [[UInt8]], _ workers: Workers) -> [UInt8] {
        var starts: [Int] = []
        var total = 0
        for chunk in chunks {
            starts.append(total)
            total += chunk.count
        }
        return [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let start = buffer.baseAddress
            workers.forEachChunk(of: chunks.count, chunkSize: 16) { range, _ in
                for index in range {
                    chunks[index].withUnsafeBufferPointer { chunk in
                        guard let start, let bytes = chunk.baseAddress else { return }
                        (start + starts[index]).initialize(from: bytes, count: chunk.count)
                    }
                }
            }
            count = total
        }
    }

    /// A line that is being written to memory with room for it.
    struct Line {
        private let start: UnsafeMutablePointer<UInt8>
        private(set) var count = 0

        init(_ start: UnsafeMutablePointer<UInt8>) { self.start = start }

        mutating func append(_ text: StaticString) {
            for position in 0..<text.utf8CodeUnitCount { start[count + position] = text.utf8Start[position] }
            count += text.utf8CodeUnitCount
        }

        /// For lines that are rare enough to be made as strings.
        mutating func append(text: String) {
            for byte in text.utf8 {
                start[count] = byte
                count += 1
            }
        }

        mutating func append(_ value: Float) { count += DecimalText.write(value, to: start + count) }

        mutating func append(_ number: UInt32) { count += DecimalText.write(UInt64(number), to: start + count) }
    }
}
