import ArgumentParser
import Core

/// Options of every command.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON (docs/json.md has the keys).")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "More progress on standard error, with times.")
    var verbose = false

    @Option(help: "Threads (default: one a processor). Results do not depend on it, but for the last digits of ntk.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): must be between 1 and 1024")
        }
        if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other: give one") }
    }

    var workers: Workers { Workers(count: threads) }
    var verbosity: Verbosity { quiet ? .quiet : verbose ? .verbose : .usual }

    /// Says something that the user should know, on standard error.
    func note(_ text: String) {
        if !quiet { writeToStandardError("shapefit: note: \(text)\n") }
    }

    /// Prints a command's result, as text or as JSON; on standard error where a file went to standard output.
    func report(_ result: some Encodable, of command: String, text: String, beside path: String? = nil) throws {
        // In JSON a backslash is written twice.
        let text = json ? FileName.display(try MarkedJSON(result, command: command).text(), mark: "\\\\x") : text + "\n"
        if path == StandardInput.dash {
            // What it was called is of no interest there.
            if json || !quiet && text != StandardInput.dash + "\n" { writeToStandardError(text) }
        } else {
            try StandardOutput.write(Array(FileName.display(text).utf8))
        }
    }
}

/// Options of every command that writes files.
struct ReplacementOptions: ParsableArguments {
    @Flag(
        name: .shortAndLong,
        help: "Replace files too that shapefit did not write. Inputs and read-only files never are.")
    var force = false

    /// Finds out before the work whether the results can be written.
    func prepare(_ paths: [String], reading inputs: [String?]) throws {
        try OutputFiles(inputs: inputs.compactMap { $0 }, replacesForeignFiles: force).prepare(
            paths.filter { $0 != StandardInput.dash })
    }
}

/// A file that a command wrote.
struct WrittenFile: Encodable {
    let kind: String
    let path: String
}
