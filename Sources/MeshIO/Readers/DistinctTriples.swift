import Core

/// A numbered list of triples of 32-bit words.
protocol TripleList {
    var count: Int { get }
    func triple(at index: Int) -> SIMD3<UInt32>
}

/// Finds equal triples among many, on all threads: vertices at one place, triangles on the same corners.
///
/// Radix partitioning before hashing (Manegold, Boncz and Kersten, "What happens during a join?", VLDB 2000): entries are
/// first dealt into parts by their hash, so that each part's table stays in a core's cache.
enum DistinctTriples {
    /// Entries dealt by one task.
    private static let chunkSize = 1 << 16
    /// Entries that a part has on average, as far as the number of parts allows.
    private static let partSize = 1 << 13
    /// More parts than this, and dealing them out misses the cache's address table.
    private static let mostPartBits = 10

    /// For each triple the number of the first one equal to it: its own number for what is new.
    ///
    /// The same on any number of workers.
    ///
    /// - Complexity: O(n) time; 20 bytes an entry.
    static func firstOccurrences<List: TripleList>(in list: List, workers: Workers) -> [UInt32] {
        precondition(list.count < Int(UInt32.max), "numbers of 32 bits")
        var partBits = 0
        while partBits < mostPartBits && list.count >> partBits > partSize { partBits += 1 }
        let partCount = 1 << partBits
        let chunkCount = (list.count + chunkSize - 1) / chunkSize
        var offsets = histogram(of: list, partBits: partBits, chunkCount: chunkCount, workers)

        // From counts to where each chunk puts its entries of each part; part after part, so that a part's are in order.
        var partStarts = [Int](repeating: list.count, count: partCount + 1)
        var next: UInt32 = 0
        for part in 0..<partCount {
            partStarts[part] = Int(next)
            for chunk in 0..<chunkCount {
                let count = offsets[chunk * partCount + part]
                offsets[chunk * partCount + part] = next
                next += count
            }
        }
        let entries = dealt(list, partBits: partBits, chunkCount: chunkCount, &offsets, workers)
        return [UInt32](unsafeUninitializedCapacity: list.count) { first, count in
            entries.withUnsafeBufferPointer { entries in
                workers.forEach(partCount) { part, _ in
                    matchEntries(
                        UnsafeBufferPointer(rebasing: entries[partStarts[part]..<partStarts[part + 1]]),
                        partBits: partBits, first)
                }
            }
            count = list.count
        }
    }

    private static func histogram<List: TripleList>(
        of list: List, partBits: Int, chunkCount: Int, _ workers: Workers
    ) -> [UInt32] {
        let partCount = 1 << partBits
        var counts = [UInt32](repeating: 0, count: chunkCount * partCount)
        counts.withUnsafeMutableBufferPointer { counts in
            workers.forEachChunk(of: list.count, chunkSize: chunkSize) { range, _ in
                let base = range.lowerBound / chunkSize * partCount
                for index in range { counts[base + part(of: hash(list.triple(at: index)), partBits)] += 1 }
            }
        }
        return counts
    }

    /// The triples with their numbers, sorted by part.
    private static func dealt<List: TripleList>(
        _ list: List, partBits: Int, chunkCount: Int, _ offsets: inout [UInt32], _ workers: Workers
    ) -> [SIMD4<UInt32>] {
        let partCount = 1 << partBits
        return offsets.withUnsafeMutableBufferPointer { offsets in
            [SIMD4<UInt32>](unsafeUninitializedCapacity: list.count) { entries, count in
                workers.forEachChunk(of: list.count, chunkSize: chunkSize) { range, _ in
                    let base = range.lowerBound / chunkSize * partCount
                    for index in range {
                        let triple = list.triple(at: index)
                        let slot = base + part(of: hash(triple), partBits)
                        (entries.baseAddress! + Int(offsets[slot])).initialize(
                            to: SIMD4(triple, UInt32(truncatingIfNeeded: index)))
                        offsets[slot] += 1
                    }
                }
                count = list.count
            }
        }
    }

    /// Writes for each entry of a part the number of the first entry equal to it.
    private static func matchEntries(
        _ entries: UnsafeBufferPointer<SIMD4<UInt32>>, partBits: Int, _ first: UnsafeMutableBufferPointer<UInt32>
    ) {
        var tableBits = 4
        while 1 << tableBits < 2 * entries.count { tableBits += 1 }
        let mask = 1 << tableBits - 1
        // Place of an entry in the part, plus one; 0 is a free slot.
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1 << tableBits) { table in
            table.initialize(repeating: 0)
            for (place, entry) in entries.enumerated() {
                let triple = SIMD3(entry.x, entry.y, entry.z)
                var slot = Int(truncatingIfNeeded: hash(triple) >> 20) & mask
                while true {
                    let found = table[slot]
                    if found == 0 {
                        table[slot] = UInt32(truncatingIfNeeded: place + 1)
                        first[Int(entry.w)] = entry.w
                        break
                    }
                    let other = entries[Int(found) - 1]
                    if SIMD3(other.x, other.y, other.z) == triple {
                        first[Int(entry.w)] = other.w
                        break
                    }
                    slot = (slot + 1) & mask
                }
            }
        }
    }

    @inline(__always)
    private static func part(of hash: UInt64, _ partBits: Int) -> Int {
        // Two shifts: one of 64 would be too far.
        Int(truncatingIfNeeded: (hash >> 1) >> UInt64(63 - partBits))
    }

    @inline(__always)
    private static func hash(_ key: SIMD3<UInt32>) -> UInt64 {
        // Odd multipliers from the golden ratio and its powers; the product's high bits are the mixed ones.
        let mixed =
            UInt64(key.x) &* 0x9E37_79B9_7F4A_7C15
            ^ UInt64(key.y) &* 0xC2B2_AE3D_27D4_EB4F
            ^ UInt64(key.z) &* 0x1656_67B1_9E37_79F9
        return (mixed ^ mixed >> 32) &* 0x9E37_79B9_7F4A_7C15
    }
}
