/// Files that appear whole or not at all.
///
/// The bytes go into a hidden temporary file in the same folder, reach the disk, and only then take the final name. An
/// existing file at `path` is untouched until that rename and survives any failure; it keeps its permissions. A symbolic
/// link stays one: what it points to is replaced.
///
/// Not guaranteed: owner, access-control lists and hard links of the file that is replaced; after a kill a hidden
/// temporary file may stay behind.
public enum AtomicFile {
    /// Writes `bytes` to `path`, replacing what is there. Pipes and devices, which cannot be renamed to, are written into.
    ///
    /// - Throws: ``FileError`` when the folder or the file cannot be written, the file is read-only (for root too) or a
    ///   folder, or the disk is full.
    public static func write(_ bytes: Span<UInt8>, to path: String) throws(FileError) {
        var status = stat()
        let exists = path.withFileName({ stat($0, &status) }) == 0
        if exists {
            if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, reason: "is a folder") }
            guard FileAccess.isWritable(path, mode: status.st_mode) else { throw FileAccess.readOnly(path) }
            if status.st_mode & S_IFMT != S_IFREG { return try writeInto(path, bytes) }
        }
        let target = try linkTarget(of: path)
        var temporary = try TemporaryFile(beside: target, named: path)
        do throws(FileError) {
            if exists { temporary.takePermissions(of: status) }
            try temporary.fill(bytes)
            try temporary.rename(to: target)
        } catch {
            temporary.remove()
            throw error
        }
    }

    /// Writes `text` as UTF-8 to `path`, replacing what is there.
    public static func write(_ text: String, to path: String) throws(FileError) {
        try write(Array(text.utf8).span, to: path)
    }

    /// Finds out whether a new file can be made beside `path`, without leaving one.
    static func tryFolder(of path: String) throws(FileError) {
        try TemporaryFile(beside: linkTarget(of: path), named: path).remove()
    }

    /// Where a chain of symbolic links ends, whether or not a file is there.
    static func linkTarget(of path: String) throws(FileError) -> String {
        var target = path
        // As many as Linux follows.
        for _ in 0..<40 {
            var status = stat()
            guard target.withFileName({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFLNK else {
                return target
            }
            let length = Int(PATH_MAX)
            let link = withUnsafeTemporaryAllocation(of: CChar.self, capacity: length) { buffer in
                let count = target.withFileName { readlink($0, buffer.baseAddress!, length - 1) }
                return count < 0
                    ? nil : FileName.string(from: buffer[..<count].map { UInt8(bitPattern: $0) })
            }
            guard let link else { throw FileError(path: path, reason: "cannot be written: \(systemError())") }
            target = link.hasPrefix("/") ? link : folder(of: target) + "/" + link
        }
        throw FileError(path: path, reason: "is a link to itself")
    }

    private static func writeInto(_ path: String, _ bytes: Span<UInt8>) throws(FileError) {
        let descriptor = path.withFileName { open($0, O_WRONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(path: path, reason: "cannot be written: \(systemError())") }
        defer { close(descriptor) }
        guard FileDescriptor.write(bytes, to: descriptor) else {
            throw FileError(path: path, reason: "cannot be written: \(systemError())")
        }
    }
}

/// A file under a name of its own until it is whole.
private struct TemporaryFile {
    let name: String
    private let path: String
    private var descriptor: Int32

    /// - Parameter path: what errors call it.
    init(beside target: String, named path: String) throws(FileError) {
        self.path = path
        // A name of its own length, so that any name that the final file can have is enough.
        for _ in 0..<16 {
            let name = folder(of: target) + "/.shapefit-\(String(UInt64.random(in: 0 ... .max), radix: 16)).partial"
            let descriptor = name.withFileName { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
            if descriptor >= 0 {
                self.name = name
                self.descriptor = descriptor
                return
            }
            if errno != EEXIST { break }
        }
        throw FileError(path: path, reason: "cannot be written: \(systemError())")
    }

    func takePermissions(of status: stat) { fchmod(descriptor, status.st_mode & 0o7777) }

    func fill(_ bytes: Span<UInt8>) throws(FileError) {
        guard FileDescriptor.write(bytes, to: descriptor), fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileError(path: path, reason: "cannot be written: \(systemError())")
        }
    }

    mutating func rename(to target: String) throws(FileError) {
        let status = close(descriptor)
        descriptor = -1
        guard status == 0, systemRename(name, target) == 0 else {
            throw FileError(path: path, reason: "cannot be written: \(systemError())")
        }
        // The new name itself is on the disk once the folder is.
        let directory = folder(of: target).withFileName { open($0, O_RDONLY | O_CLOEXEC) }
        if directory >= 0 {
            _ = fsync(directory)
            close(directory)
        }
    }

    func remove() {
        let number = errno
        if descriptor >= 0 { close(descriptor) }
        _ = name.withFileName { unlink($0) }
        errno = number
    }
}

/// What the system says of the last call that failed.
func systemError() -> String { String(cString: strerror(errno)).lowercased() }

/// The folder that a path's last part lies in; `.` for a bare name.
func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

private func systemRename(_ old: String, _ new: String) -> Int32 {
    old.withFileName { old in new.withFileName { new in rename(old, new) } }
}
