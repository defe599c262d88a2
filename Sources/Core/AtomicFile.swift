import Foundation

/// Why a file could not be read or written: one line that names it and says what to do.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}

/// Files that appear whole or not at all: the bytes go into a temporary file in the same folder, which then takes the
/// final name. What had that name before stays as it was until then, and for good when anything fails.
public enum AtomicFile {
    /// Writes `bytes` to `path`, replacing what is there.
    ///
    /// - Throws: ``FileError`` when the folder or the file cannot be written or the disk is full.
    public static func write(_ bytes: Span<UInt8>, to path: String) throws(FileError) {
        let temporary = "\(path).\(getpid()).partial"
        func failure(_ action: String) -> FileError {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            return FileError(path: path, reason: "cannot \(action): \(reason.lowercased())")
        }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("be written") }
        var offset = 0
        while offset < bytes.count {
            // One call writes 2 GiB at most.
            let written = bytes.extracting(offset...).withUnsafeBytes {
                systemWrite(descriptor, $0.baseAddress!, min($0.count, 1 << 30))
            }
            if written < 0 {
                if errno == EINTR { continue }
                let error = failure("be written")
                close(descriptor)
                throw error
            }
            offset += written
        }
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            let error = failure("be written")
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw failure("be written") }
        guard rename(temporary, path) == 0 else { throw failure("be replaced") }
    }

    /// Writes `text` as UTF-8 to `path`, replacing what is there.
    public static func write(_ text: String, to path: String) throws(FileError) {
        try write(Array(text.utf8).span, to: path)
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
