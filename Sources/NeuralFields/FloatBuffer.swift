import Foundation

/// Zeroed, cache-line-aligned memory for kernels, freed with its owner.
///
/// Workers write disjoint parts of one buffer; who writes what is its owner's contract.
final class FloatBuffer: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 16) * 4, alignment: 64)
        pointer = raw.bindMemory(to: Float.self, capacity: max(count, 16))
        pointer.initialize(repeating: 0, count: max(count, 16))
        self.count = count
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    subscript(offset: Int) -> UnsafeMutablePointer<Float> { pointer + offset }
}
