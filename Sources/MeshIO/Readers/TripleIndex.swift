/// Numbers distinct triples of 32-bit words in the order in which they first appear: vertices by the bits of their
/// coordinates, triangles by their corners.
///
/// Open addressing with linear probing, at most half full.
struct TripleIndex {
    /// The distinct triples, by number.
    private(set) var keys: [SIMD3<UInt32>] = []
    /// Number of the triple in a slot, plus one; 0 is a free slot. The count is a power of two.
    private var slots: [UInt32]
    private var shift: UInt64

    /// - Parameter capacity: distinct triples that fit before the table grows.
    init(capacity: Int) {
        var bits: UInt64 = 4
        while 1 << bits < 2 * capacity { bits += 1 }
        slots = [UInt32](repeating: 0, count: 1 << bits)
        shift = 64 - bits
        keys.reserveCapacity(capacity)
    }

    /// The number of `key`, and whether it is new.
    ///
    /// - Precondition: fewer than 2³² − 1 distinct triples.
    mutating func number(of key: SIMD3<UInt32>) -> (number: UInt32, isNew: Bool) {
        var slot = home(of: key)
        while slots[slot] != 0 {
            let number = slots[slot] - 1
            if keys[Int(number)] == key { return (number, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        keys.append(key)
        slots[slot] = UInt32(keys.count)
        if 2 * keys.count > slots.count { grow() }
        return (UInt32(keys.count - 1), true)
    }

    private func home(of key: SIMD3<UInt32>) -> Int {
        // Odd multipliers from the golden ratio and its powers; the product's high bits are the mixed ones.
        let mixed =
            UInt64(key.x) &* 0x9E37_79B9_7F4A_7C15
            ^ UInt64(key.y) &* 0xC2B2_AE3D_27D4_EB4F
            ^ UInt64(key.z) &* 0x1656_67B1_9E37_79F9
        return Int(((mixed ^ mixed >> 32) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    private mutating func grow() {
        shift -= 1
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for (number, key) in keys.enumerated() {
            var slot = home(of: key)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number + 1)
        }
    }
}
