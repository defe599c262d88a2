/// Memory for kernels: aligned to a cache line, not initialised, written while it is being built and only read
/// afterwards.
///
/// Memory that is managed by hand; who builds a value keeps the buffer to itself until it is complete,
/// which is why it may be `Sendable`.
final class KernelBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let count: Int
    let pointer: UnsafeMutablePointer<Element>

    init(count: Int) {
        self.count = count
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
        pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    var byteCount: Int { count * MemoryLayout<Element>.stride }
}
