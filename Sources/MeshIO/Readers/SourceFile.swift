import Core
import Geometry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A mesh file's bytes in memory, and the errors that name it.
///
/// Read, not mapped: a mapped file that another program cuts short ends the reader with a signal.
struct SourceFile {
    let path: String
    let bytes: [UInt8]

    /// Bytes that one task reads.
    private static let pieceSize = 16 << 20

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Reads the whole file, in pieces on all workers.
    ///
    /// - Throws: `fileUnreadable`; also when the file shrinks meanwhile.
    init(readingFrom path: String, workers: Workers) throws(MeshFileError) {
        let descriptor = path.withFileName { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw Self.systemError(path: path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.systemError(path: path) }
        let size = Int(status.st_size)

        var failure: Int32?
        let pieceCount = (size + Self.pieceSize - 1) / Self.pieceSize
        var failures = [Int32](repeating: 0, count: pieceCount)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            failures.withUnsafeMutableBufferPointer { failures in
                workers.forEach(pieceCount) { piece, _ in
                    let offset = piece * Self.pieceSize
                    let length = min(Self.pieceSize, size - offset)
                    failures[piece] = Self.fill(start + offset, length, descriptor, at: offset)
                }
            }
            failure = failures.first { $0 != 0 }
            count = failure == nil ? size : 0
        }
        if let failure {
            let reason =
                failure < 0 ? "it became shorter while it was read" : String(cString: strerror(failure)).lowercased()
            throw .fileUnreadable(path: path, reason: reason)
        }
        self.init(path: path, bytes: bytes)
    }

    /// Reads `length` bytes at `offset`; 0, or the system's error number, or −1 when the file ends before.
    private static func fill(_ start: UnsafeMutablePointer<UInt8>, _ length: Int, _ descriptor: Int32, at offset: Int)
        -> Int32
    {
        var filled = 0
        while filled < length {
            let count = pread(descriptor, start + filled, length - filled, off_t(offset + filled))
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return errno }
            if count == 0 { return -1 }
            filled += count
        }
        return 0
    }

    private static func systemError(path: String) -> MeshFileError {
        .fileUnreadable(path: path, reason: String(cString: strerror(errno)).lowercased())
    }

    /// The error of a file that is not what its format asks for.
    func malformed(_ reason: String) -> MeshFileError { .malformedFile(path: path, reason: reason) }

    /// The error of a sound file that says something which is not read here.
    func unsupported(_ feature: String) -> MeshFileError { .unsupportedFeature(path: path, feature: feature) }

    /// Whether the file begins with `text`.
    func begins(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard bytes.count >= length else { return false }
        return (0..<length).allSatisfy { bytes[$0] == text.utf8Start[$0] }
    }

    /// The number of the first byte behind a UTF-8 byte-order mark.
    ///
    /// - Throws: when the marks of UTF-16 or UTF-32 stand there instead.
    func startOfText() throws(MeshFileError) -> Int {
        if bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF { return 3 }
        if bytes.count >= 2 && (bytes[0] == 0xFF && bytes[1] == 0xFE || bytes[0] == 0xFE && bytes[1] == 0xFF) {
            throw malformed("it is text in UTF-16; save it as UTF-8 or ASCII")
        }
        return 0
    }

    /// The number of the line in which byte `position` stands, from 1.
    func lineNumber(at position: Int) -> Int {
        var count = 1
        var index = 0
        let end = min(position, bytes.count)
        while index < end {
            if bytes[index] == 0x0A || bytes[index] == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A) {
                count += 1
            }
            index += 1
        }
        return count
    }
}

/// Whether files are there.
enum RegularFile {
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return path.withFileName { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
