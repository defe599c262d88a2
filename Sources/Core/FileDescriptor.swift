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

    /// Writes a text to standard error; what cannot be written there is lost.
    package static func writeToStandardError(_ text: String) { _ = write(Array(text.utf8).span, to: STDERR_FILENO) }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

extension FileDescriptor {
    /// The bytes that a file begins with, `count` of them or all; nil where it cannot be read.
    package static func firstBytes(_ count: Int, of path: String) -> [UInt8]? {
        let descriptor = path.withFileName { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return bytes(from: descriptor, atMost: count)
    }

    /// What can be read from an open file until its end, at most so many bytes; nil where reading fails.
    package static func bytes(from descriptor: Int32, atMost most: Int = .max) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < most {
            let count = read(descriptor, &buffer, min(buffer.count, most - bytes.count))
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
