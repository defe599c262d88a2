/// Sets that merge (union–find with path halving), each element with a parity against its set's representative.
struct DisjointSets {
    /// Parent in the upper bits, parity against it in the lowest.
    private var links: [UInt32]

    /// - Precondition: at most 2³¹ elements.
    init(count: Int) {
        precondition(count <= 1 << 31, "elements that 31 bits can number")
        links = (0..<UInt32(count)).map { $0 << 1 }
    }

    /// The representative of `element`'s set, and whether the two differ in parity.
    @inline(__always)
    mutating func find(_ element: Int) -> (root: Int, parity: UInt32) {
        links.withUnsafeMutableBufferPointer { links in
            var at = UInt32(element)
            var parity: UInt32 = 0
            while true {
                let link = links[Int(at)]
                if link >> 1 == at { return (Int(at), parity) }
                let next = links[Int(link >> 1)]
                // The grandparent's parity against `at` is the sum of both steps.
                let shortcut = next ^ (link & 1)
                if next >> 1 != link >> 1 { links[Int(at)] = shortcut }
                parity ^= shortcut & 1
                at = next >> 1
            }
        }
    }

    /// Merges the sets of `a` and `b` such that the two differ by `parity`.
    ///
    /// - Returns: false when they were in one set already with the other parity.
    @inline(__always)
    @discardableResult
    mutating func unite(_ a: Int, _ b: Int, parity: UInt32 = 0) -> Bool {
        let first = find(a)
        let second = find(b)
        let difference = first.parity ^ second.parity ^ parity
        if first.root == second.root { return difference == 0 }
        // The lower number represents, so that results do not depend on the order of unions.
        let (low, high) = first.root < second.root ? (first.root, second.root) : (second.root, first.root)
        links[high] = UInt32(low) << 1 | difference
        return true
    }
}
