/// Why a file could not be read or written: one line that names it and says what to do.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(FileName.display(path)): \(reason)" }
}
