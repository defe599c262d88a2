/// Reading whole files, pipes among them.
package enum FileContents {
    /// All that a file holds.
    ///
    /// - Parameter path: bytes that are not UTF-8 as ``FileName`` has them.
    /// - Throws: `FileError` that says why it cannot be read.
    package static func bytes(of path: String) throws(FileError) -> [UInt8] {
        let descriptor = path.withFileName { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw error(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw error(path) }
        if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, reason: "is a folder") }
        return try bytes(of: descriptor, expected: Int(clamping: status.st_size), path)
    }

    /// All that comes from standard input.
    package static func standardInput() throws(FileError) -> [UInt8] {
        try bytes(of: 0, expected: 0, "standard input")
    }

    /// - Parameter expected: a hint: pipes have no size, and a file may grow or shrink meanwhile.
    private static func bytes(of descriptor: Int32, expected: Int, _ path: String) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(expected)
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw error(path)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// As data, for decoders that ask for it.
    package static func data(of path: String) throws(FileError) -> Data { Data(try bytes(of: path)) }

    /// A file's length in bytes; nil where there is none.
    package static func size(of path: String) -> Int? {
        var status = stat()
        guard path.withFileName({ stat($0, &status) }) == 0 else { return nil }
        return Int(status.st_size)
    }

    private static func error(_ path: String) -> FileError {
        let reason =
            errno == ENOENT ? "no such file" : "cannot be read: \(String(cString: strerror(errno)).lowercased())"
        return FileError(path: path, reason: reason)
    }
}
