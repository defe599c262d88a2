import Core

/// A tar archive that grows at its end. The same members in the same order give the same bytes.
package final class TarWriter {
    package let path: String
    private let descriptor: Int32
    private(set) var byteCount = 0
    private var pending: [UInt8] = []

    /// Makes the file, which must not exist.
    package init(path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(path: path, reason: "cannot be written: \(systemMessage())") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds a member; its bytes reach the file by ``flush()`` at the latest.
    ///
    /// - Returns: where the member's bytes start.
    @discardableResult
    package func append(_ name: String, _ bytes: [UInt8]) throws(FileError) -> Int {
        pending += TarHeader.blocks(name: name, size: bytes.count)
        let offset = byteCount + pending.count
        pending += bytes
        pending += [UInt8](repeating: 0, count: TarHeader.padded(bytes.count) - bytes.count)
        if pending.count > 1 << 22 { try write() }
        return offset
    }

    /// Brings everything to the disk.
    package func flush() throws(FileError) {
        try write()
        guard fdatasync(descriptor) == 0 || errno == EINVAL else {
            throw FileError(path: path, reason: "cannot be written: \(systemMessage())")
        }
    }

    /// Writes the archive's end.
    package func finish() throws(FileError) {
        pending += [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)
        try flush()
    }

    private func write() throws(FileError) {
        guard FileDescriptor.write(pending.span, to: descriptor) else {
            throw FileError(path: path, reason: "cannot be written: \(systemMessage())")
        }
        byteCount += pending.count
        pending.removeAll(keepingCapacity: true)
    }
}
