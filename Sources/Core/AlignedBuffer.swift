/// Zeroed memory that starts at a cache line, for kernels, freed with its owner.
///
/// Workers write disjoint parts of one buffer; who writes what is its owner's contract.
package final class AlignedBuffer<Element: BitwiseCopyable & AdditiveArithmetic>: @unchecked Sendable {
    package let pointer: UnsafeMutablePointer<Element>
    package let count: Int

    /// Zeros. Memory for a cache line at least, so that there is always an address.
    package init(count: Int) {
        let capacity = max(count, 64 / MemoryLayout<Element>.stride)
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: capacity * MemoryLayout<Element>.stride, alignment: 64)
        pointer = raw.bindMemory(to: Element.self, capacity: capacity)
        pointer.initialize(repeating: .zero, count: capacity)
        self.count = count
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    package subscript(offset: Int) -> UnsafeMutablePointer<Element> { pointer + offset }

    /// A copy of what is in it, or as many elements to replace it.
    package var elements: [Element] {
        get { Array(UnsafeBufferPointer(start: pointer, count: count)) }
        set {
            precondition(newValue.count == count, "as many elements as there is room for")
            newValue.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { pointer.update(from: base, count: count) }
            }
        }
    }
}
