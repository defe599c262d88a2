import ArgumentParser
import Core

/// Results go to standard output, which is checked: a result that was not delivered is an error.
enum StandardOutput {
    /// Writes a text and a line feed.
    ///
    /// - Throws: `FileError` when it cannot be written. Where nobody reads any more, which is no fault of the command, an
    ///   exit status without a message: 141, as of a program that SIGPIPE ended.
    static func line(_ text: String) throws {
        try write(Array((text + "\n").utf8))
    }

    static func write(_ bytes: [UInt8]) throws {
        guard !FileDescriptor.write(bytes.span, to: STDOUT_FILENO) else { return }
        if errno == EPIPE { throw ExitCode(128 + SIGPIPE) }
        throw FileError(
            path: "standard output", reason: "cannot be written: \(String(cString: strerror(errno)).lowercased())")
    }
}

/// Progress, notes and errors go to standard error. What cannot be written there is lost, and the work goes on.
func writeToStandardError(_ text: String) {
    let bytes = Array(FileName.display(text).utf8)
    _ = FileDescriptor.write(bytes.span, to: STDERR_FILENO)
}
