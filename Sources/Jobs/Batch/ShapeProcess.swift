import Core

/// A program that fits one shape in a process of its own: it may crash, hang or take all memory, and costs its shape only.
///
/// The running program is its own worker: its `main` calls ``runIfRequested(isInterrupted:)`` before anything else.
public struct ShapeWorker: Sendable, Equatable {
    /// The program's file.
    public var executable: String
    public var arguments: [String]

    public init(executable: String, arguments: [String] = [ShapeWorker.request]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The argument that asks a program to be a worker.
    public static let request = "shape-worker"

    /// The running program, started a second time.
    public static var thisProgram: ShapeWorker { ShapeWorker(executable: RunningProgram.startPath) }
}

/// One shape being fitted by a process.
final class ShapeProcess {
    let request: ShapeRequest
    private let process: pid_t
    /// Closed when this process ends, by whatever: the child then ends too.
    private let input: Int32
    /// Becomes readable when the child ends.
    let lifeline: Int32
    private let start = ContinuousClock.now
    private var exitStatus: Int32?
    private var peakBytes = 0

    /// Starts it.
    init(_ request: ShapeRequest, worker: ShapeWorker) throws(FileError) {
        self.request = request
        func failure(_ code: Int32) -> FileError {
            FileError(path: worker.executable, reason: "cannot be started: \(systemMessage(code))")
        }
        var ends: [Int32] = [-1, -1, -1, -1]
        guard ends.withUnsafeMutableBufferPointer({ pipe($0.baseAddress!) }) == 0 else { throw failure(errno) }
        guard ends.withUnsafeMutableBufferPointer({ pipe($0.baseAddress! + 2) }) == 0 else {
            let code = errno
            for end in ends[..<2] { close(end) }
            throw failure(code)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let started = Self.spawn(
            worker, input: ends[0], output: ends[3], errors: request.folder + "/stderr.txt")
        close(ends[0])
        close(ends[3])
        switch started {
        case .failure(let error):
            close(ends[1])
            close(ends[2])
            throw failure(error.code)
        case .success(let process):
            self.process = process
            input = ends[1]
            lifeline = ends[2]
        }
        send()
    }

    deinit {
        if exitStatus == nil {
            kill(-process, SIGKILL)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        }
        close(input)
        close(lifeline)
    }

    var seconds: Double { start.secondsSince }

    /// The request in one line. A child that is gone already says so by its status.
    private func send() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        guard let data = try? encoder.encode(request) else { preconditionFailure("a request has a JSON") }
        let bytes = [UInt8](data) + [UInt8(ascii: "\n")]
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { write(input, $0.baseAddress! + offset, $0.count - offset) }
            if written < 0 && errno == EINTR { continue }
            if written <= 0 { return }
            offset += written
        }
    }

    /// Asks it to write its checkpoint and end.
    func interrupt() { kill(process, SIGTERM) }

    /// Ends it and what it has started.
    func end() { kill(-process, SIGKILL) }

    /// Bytes that it and no file hold in memory now, at most so far.
    func measureMemory() -> Int {
        #if os(Linux)
        // The second number is what is resident, the third what of it is files'; in pages.
        if let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) {
            let numbers = text.split(separator: " ").compactMap { Int($0) }
            if numbers.count > 2 { peakBytes = max(peakBytes, (numbers[1] - numbers[2]) * Int(getpagesize())) }
        }
        #endif
        return peakBytes
    }

    /// The exit status as `waitpid` has it, once the process has ended; nil before.
    func status() -> Int32? {
        if let exitStatus { return exitStatus }
        var status: Int32 = 0
        var usage = rusage()
        let result = wait4(process, &status, WNOHANG, &usage)
        guard result == process || (result < 0 && errno == ECHILD) else { return nil }
        #if canImport(Darwin)
        peakBytes = max(peakBytes, usage.ru_maxrss)
        #else
        peakBytes = max(peakBytes, usage.ru_maxrss * 1024)
        #endif
        exitStatus = status
        // What it started and did not wait for.
        kill(-process, SIGKILL)
        return status
    }

    /// The most memory it held, once it has ended.
    var peakMemoryBytes: Int { peakBytes }

    private struct SpawnError: Error { let code: Int32 }

    private static func spawn(
        _ worker: ShapeWorker, input: Int32, output: Int32, errors: String
    ) -> Result<pid_t, SpawnError> {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGXCPU] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: it ends with everything that it has started, and Ctrl-C reaches it through this process only.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))

        var environment = ProcessInfo.processInfo.environment
        environment[ShapeWorker.environmentMark] = "1"
        // A crash is an answer here, and its first line is enough.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        let words = [worker.executable] + worker.arguments
        var process: pid_t = 0
        let code = withCStrings(words) { words in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawn(&process, worker.executable, &actions, &attributes, words, environment)
            }
        }
        return code == 0 ? .success(process) : .failure(SpawnError(code: code))
    }
}

extension ShapeWorker {
    /// Set in a worker's environment.
    static let environmentMark = "SHAPEFIT_SHAPE_WORKER"
}
