import Foundation

/// Writing to open files, all of it.
package enum FileDescriptor {
    /// Writes all bytes, however many calls it takes.
    ///
    /// - Returns: false when they could not all be written; `errno` then says why.
    package static func write(_ bytes: Span<UInt8>, to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            // One call writes 2 GiB at most.
            let written = bytes.extracting(offset...).withUnsafeBytes {
                systemWrite(descriptor, $0.baseAddress!, min($0.count, 1 << 30))
            }
            if written < 0 {
                if errno == EINTR { continue }
                return false
            }
            offset += written
        }
        return true
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
