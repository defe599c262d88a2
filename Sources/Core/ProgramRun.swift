/// What another program printed, and how it ended.
package struct ProgramRun: Sendable {
    /// The exit status; 128 and the signal's number where one ended it.
    package let status: Int32
    package let output: String
    package let errors: String

    package enum Failure: Error {
        /// No program of that name is on the search path.
        case notFound
        /// It could not be started, for a reason that the system numbers.
        case system(Int32)
    }

    /// Starts a program of the search path, without input, and waits for its end.
    ///
    /// - Parameter words: the program's name and its arguments; what it writes to standard error fits a pipe's buffer.
    package static func run(_ words: [String]) -> Result<ProgramRun, Failure> {
        var ends: [Int32] = [-1, -1, -1, -1]
        defer { for end in ends where end >= 0 { close(end) } }
        guard pipe(&ends) == 0, ends.withUnsafeMutableBufferPointer({ pipe($0.baseAddress! + 2) }) == 0 else {
            return .failure(.system(errno))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process: pid_t
        switch start(words, output: ends[1], errors: ends[3]) {
        case .failure(let failure): return .failure(failure)
        case .success(let started): process = started
        }
        for index in [1, 3] {
            close(ends[index])
            ends[index] = -1
        }
        let output = FileDescriptor.bytes(from: ends[0]) ?? []
        let errors = FileDescriptor.bytes(from: ends[2]) ?? []
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return .success(
            ProgramRun(
                status: signal == 0 ? status >> 8 & 0xff : 128 + signal,
                output: String(decoding: output, as: UTF8.self),
                errors: String(decoding: errors, as: UTF8.self)))
    }

    private static func start(_ words: [String], output: Int32, errors: Int32) -> Result<pid_t, Failure> {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        var process: pid_t = 0
        let code = withCStrings(words) { words in
            withCStrings(environment) { posix_spawnp(&process, words[0]!, &actions, nil, words, $0) }
        }
        if code == ENOENT { return .failure(.notFound) }
        return code == 0 ? .success(process) : .failure(.system(code))
    }
}

/// Calls `body` with a null-terminated array of C strings, names of files as ``FileName`` has them.
package func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { $0.withFileName { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
