/// The files that a job will write, looked at before it begins: nothing of the user's is replaced unasked.
///
/// An existing file may be replaced when it bears this program's mark (`OutputMark`), or when the user allows it. An
/// input, a folder and a read-only file never are.
public struct OutputFiles: Sendable {
    /// Files that the job reads.
    public var inputs: [String]
    /// Whether the user allows that files which this program did not write are replaced.
    public var replacesForeignFiles: Bool

    public init(inputs: [String], replacesForeignFiles: Bool = false) {
        self.inputs = inputs
        self.replacesForeignFiles = replacesForeignFiles
    }

    /// Makes the folders of `paths` and finds out whether every one of them will be written.
    ///
    /// - Throws: ``OutputError`` for the first that will not.
    public func prepare(_ paths: [String]) throws(OutputError) {
        var folders: Set<String> = []
        for path in paths {
            let folder = folder(of: path)
            if folders.insert(folder).inserted { try Self.makeFolder(folder) }
            try check(path)
        }
    }

    private static func makeFolder(_ path: String) throws(OutputError) {
        var status = stat()
        if path.withFileName({ stat($0, &status) }) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .noFolder(path: path, reason: "is not a folder") }
            return
        }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .noFolder(path: path, reason: "the output folder cannot be made")
        }
    }

    private func check(_ path: String) throws(OutputError) {
        var status = stat()
        if path.withFileName({ stat($0, &status) }) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw .isFolder(path: path) }
            for input in inputs {
                var other = stat()
                if input.withFileName({ stat($0, &other) }) == 0, other.st_ino == status.st_ino,
                    other.st_dev == status.st_dev
                {
                    throw .isInput(path: path)
                }
            }
            guard FileAccess.isWritable(path, mode: status.st_mode) else { throw .readOnly(path: path) }
            // Pipes and devices are written into and keep their name.
            if status.st_mode & S_IFMT != S_IFREG { return }
            guard replacesForeignFiles || status.st_size == 0 || OutputMark.isPresent(inFile: path) else {
                throw .isForeign(path: path)
            }
        } else if errno == ENAMETOOLONG {
            throw .unwritable(FileError(path: path, reason: "the file name is too long"))
        }
        do {
            try AtomicFile.tryFolder(of: path)
        } catch {
            throw .unwritable(error)
        }
    }
}

/// Why a result will not be written where it was to go: one line.
public enum OutputError: Error, Sendable, Equatable, CustomStringConvertible {
    case noFolder(path: String, reason: String)
    case isFolder(path: String)
    /// It is one of the job's inputs, by whatever name.
    case isInput(path: String)
    case readOnly(path: String)
    /// It exists and lacks the program's mark.
    case isForeign(path: String)
    case unwritable(FileError)

    public var description: String {
        switch self {
        case .noFolder(let path, let reason): "\(path): \(reason)"
        case .isFolder(let path): "\(path): is a folder; the result needs a file's name"
        case .isInput(let path): "\(path): the result would overwrite the input"
        case .readOnly(let path): FileAccess.readOnly(path).description
        case .isForeign(let path): "\(path): exists and was not written by shapefit; it is not replaced unasked"
        case .unwritable(let error): error.description
        }
    }
}

package enum FileAccess {
    /// Whether a folder is there, or a link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return path.withFileName { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether anything of this name is there.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return path.withFileName { stat($0, &status) } == 0
    }

    /// Whether a file lets itself be written. A file without any write permission is read-only for root too.
    static func isWritable(_ path: String, mode: mode_t) -> Bool {
        mode & 0o222 != 0 && path.withFileName { access($0, W_OK) } == 0
    }

    static func readOnly(_ path: String) -> FileError {
        FileError(path: path, reason: "is read-only and is not replaced")
    }
}
