import Core

/// Why a batch cannot be begun or cannot go on: one line that names the thing and says what to do.
///
/// What is wrong with a single shape is not among these: that is a ``BatchRow``.
package enum BatchError: Error, Sendable, Equatable, CustomStringConvertible {
    case file(FileError)
    /// No file fits the patterns, or the list holds none.
    case noShapes(String)
    /// Two shapes of one key.
    case repeatedKey(String, first: String, second: String)
    /// A line of a manifest that says something else than it should.
    case badLine(path: String, line: Int, reason: String)
    /// The folder holds a batch of other settings.
    case otherBatch(folder: String, difference: String)
    /// The folder holds no batch.
    case noBatch(folder: String)
    case badShard(String)
    /// A program of the scheduler that did not do what it was asked for.
    case scheduler(command: String, reason: String)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .noShapes(let source):
            "\(source): no shapes; give mesh files, patterns such as 'meshes/**/*.stl' or a manifest"
        case .repeatedKey(let key, let first, let second):
            "the key \(key) stands for \(first) and for \(second); give each shape a key of its own in a manifest"
        case .badLine(let path, let line, let reason): "\(path): line \(line): \(reason)"
        case .otherBatch(let folder, let difference):
            "\(folder): holds a batch whose \(difference); ask for the same, or choose another output folder"
        case .noBatch(let folder): "\(folder): holds no batch.json; name the meshes to begin one"
        case .badShard(let reason): reason
        case .scheduler(let command, let reason): "\(command): \(reason)"
        }
    }
}
