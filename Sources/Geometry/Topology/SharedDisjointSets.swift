import Core
import Synchronization

/// Sets that several threads merge at once, each element with a parity against its set's representative.
///
/// ``DisjointSets`` with compare-and-exchange (Anderson and Woll, "Wait-free parallel algorithms for the union-find
/// problem", STOC 1991): a representative is linked below a lower one only while it is one. Which sets there are, and that
/// the lowest element represents, does not depend on the order of merges; nor does whether any merge contradicts another.
final class SharedDisjointSets: Sendable {
    let count: Int
    /// Parent in the upper bits, parity against it in the lowest.
    private nonisolated(unsafe) let links: UnsafeMutablePointer<Atomic<UInt32>>

    /// - Precondition: at most 2³¹ elements.
    init(count: Int, workers: Workers) {
        precondition(count <= 1 << 31, "elements that 31 bits can number")
        self.count = count
        let links = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: max(count, 1))
        workers.forEachChunk(of: count, chunkSize: 1 << 16) { range, _ in
            for element in range { (links + element).initialize(to: Atomic(UInt32(element) << 1)) }
        }
        self.links = links
    }

    deinit {
        links.deinitialize(count: count)
        links.deallocate()
    }

    /// The representative of `element`'s set, and whether the two differ in parity.
    @inline(__always)
    func find(_ element: Int) -> (root: Int, parity: UInt32) {
        var at = UInt32(element)
        var parity: UInt32 = 0
        while true {
            let link = links[Int(at)].load(ordering: .relaxed)
            if link >> 1 == at { return (Int(at), parity) }
            let next = links[Int(link >> 1)].load(ordering: .relaxed)
            // The grandparent's parity against `at` is the sum of both steps.
            let shortcut = next ^ (link & 1)
            if next >> 1 != link >> 1 {
                // Another thread may have shortened the path already: then it stays as that one left it.
                _ = links[Int(at)].weakCompareExchange(expected: link, desired: shortcut, ordering: .relaxed)
            }
            parity ^= shortcut & 1
            at = next >> 1
        }
    }

    /// Merges the sets of `a` and `b` such that the two differ by `parity`.
    ///
    /// - Returns: false when they were in one set already with the other parity.
    @inline(__always)
    @discardableResult
    func unite(_ a: Int, _ b: Int, parity: UInt32 = 0) -> Bool {
        while true {
            let first = find(a)
            let second = find(b)
            let difference = first.parity ^ second.parity ^ parity
            if first.root == second.root { return difference == 0 }
            let (low, high) = first.root < second.root ? (first.root, second.root) : (second.root, first.root)
            let result = links[high].compareExchange(
                expected: UInt32(high) << 1, desired: UInt32(low) << 1 | difference, ordering: .acquiringAndReleasing)
            if result.exchanged { return true }
        }
    }
}
