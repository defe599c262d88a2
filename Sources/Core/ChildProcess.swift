/// Programs as children of this one, started afresh: they inherit no open file, no blocked signal and no handler.
package enum ChildProcess {
    /// One of a child's standard streams.
    package enum Stream: Sendable {
        /// Empty, or thrown away.
        case nothing
        case descriptor(Int32)
        /// A new file, or one that is replaced.
        case file(String)
    }

    /// The system's number for why a program could not be started; `ENOENT` where it is not there.
    package struct StartError: Error {
        package let code: Int32
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: its file.
    ///   - arguments: after its name; names of files as ``FileName`` has them.
    ///   - environment: in place of or beside this program's own.
    ///   - input: standard input.
    ///   - output: standard output.
    ///   - errors: standard error.
    ///   - leadsGroup: whether it leads a process group of its own: it can then be ended with all that it has started, and
    ///     Ctrl-C reaches it through this program only.
    /// - Returns: its process, for `waitpid`.
    package static func start(
        _ program: String, _ arguments: [String], environment: [String: String], input: Stream = .nothing,
        output: Stream, errors: Stream = .nothing, leadsGroup: Bool = false
    ) throws(StartError) -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in [input, output, errors].enumerated() {
            let flags = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC
            switch stream {
            case .nothing: posix_spawn_file_actions_addopen(&actions, Int32(number), "/dev/null", O_RDWR, 0)
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
            case .file(let path):
                path.withFileName { _ = posix_spawn_file_actions_addopen(&actions, Int32(number), $0, flags, 0o644) }
            }
        }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGXCPU] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        if leadsGroup { posix_spawnattr_setpgroup(&attributes, 0) }
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
                | (leadsGroup ? Int16(POSIX_SPAWN_SETPGROUP) : 0))

        // Its crash is an answer here; nobody reads a backtrace.
        let own = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let variables = own.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        var process: pid_t = 0
        let code = withCStrings([program] + arguments) { words in
            withCStrings(variables) { posix_spawn(&process, program, &actions, &attributes, words, $0) }
        }
        guard code == 0 else { throw StartError(code: code) }
        return process
    }
}

/// Calls `body` with a null-terminated array of C strings, names of files as ``FileName`` has them.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { $0.withFileName { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
