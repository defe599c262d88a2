import Core

/// Where an importer runs.
///
/// Importers of dozens of formats are a large piece of C++ that trusts its input here and there: a damaged file can make
/// one crash, never end, or take all memory. A process of its own turns each of these into a `MeshFileError`.
public enum Isolation: Sendable, Equatable {
    /// In this process, without limits: what crashes the importer ends this process too.
    case none
    /// In a process of its own, within ``ImportLimits``. Costs 20 to 35 ms more (13 000 triangles: 5 and 27 ms; 70 000: 26
    /// and 62 ms), two thirds of it the program's start.
    /// When the worker's program is not there, the importer runs in this process.
    case process(ImportWorker)
}

/// A program that imports one file and hands the mesh back through a pipe.
///
/// Any program can be its own worker: its `main` calls ``runIfRequested()`` before anything else, and then passes
/// ``thisProgram`` to `MeshImport`.
public struct ImportWorker: Sendable, Equatable {
    /// The program's file.
    public var executable: String
    /// Its arguments, before those that tell it what to do.
    public var arguments: [String]

    public init(executable: String, arguments: [String] = [ImportWorker.request]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The argument that asks a program to be a worker.
    public static let request = "import-worker"

    /// The running program, started a second time.
    public static var thisProgram: ImportWorker {
        ImportWorker(executable: RunningProgram.startPath)
    }

    /// Set in a worker's environment, so that a program that ignores the request does not start itself for ever.
    static let environmentMark = "SHAPEFIT_IMPORT_WORKER"

    /// Imports the file in a new process and waits for it.
    func load(path: String, limits: ImportLimits) throws(MeshFileError) -> ImportedMesh {
        guard getenv(Self.environmentMark) == nil else {
            throw .importWorkerFailed(path: path, reason: "\(executable) does not act as an import worker")
        }
        let deadline = ContinuousClock.now + .seconds(limits.seconds)
        guard let child = try start(path: path, limits: limits) else {
            return try MeshImport.loadWithAssimp(path: path)
        }
        var pipe = PipeReader(descriptor: child.output, deadline: deadline)
        let reply: ImportReply
        do {
            reply = try ImportReply(from: &pipe, byteLimit: max(limits.memoryBytes, 0))
        } catch {
            // Kill the child unless it has exited.
            if error != .cutShort { kill(child.process, SIGKILL) }
            let status = child.finish()
            throw Self.error(for: error, status: status, path: path, limits: limits)
        }
        _ = child.finish()
        return try reply.result.get()
    }

    private static func error(
        for failure: PipeReader.Failure, status: Int32, path: String, limits: ImportLimits
    ) -> MeshFileError {
        let signal = status & 0x7f
        switch failure {
        case .outOfTime:
            return .importTooSlow(path: path, limitSeconds: limits.seconds)
        case .nonsense:
            return .importWorkerFailed(path: path, reason: "it sent something else than a mesh")
        case .cutShort where signal == SIGXCPU:
            return .importTooSlow(path: path, limitSeconds: limits.seconds)
        case .cutShort where [SIGINT, SIGTERM, SIGHUP].contains(signal):
            return .importWorkerFailed(path: path, reason: "it was interrupted")
        case .cutShort where signal != 0:
            return .importerCrashed(path: path, signal: signal)
        case .cutShort:
            return .importWorkerFailed(path: path, reason: "it ended early with status \(status >> 8 & 0xff)")
        }
    }

    private struct Child {
        let process: pid_t
        let output: Int32

        /// Closes the pipe and returns the process's exit status once it has one.
        func finish() -> Int32 {
            close(output)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            return status
        }
    }

    /// Starts the program; nil when it is not there.
    private func start(path: String, limits: ImportLimits) throws(MeshFileError) -> Child? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw .importWorkerFailed(path: path, reason: String(cString: strerror(errno)).lowercased())
        }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        let words = [executable] + arguments + [path, String(limits.memoryBytes), String(limits.seconds)]
        var environment = ProcessInfo.processInfo.environment
        environment[Self.environmentMark] = "1"
        // A crash is an answer here; nobody reads its backtrace.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        let failure = spawn(words, environment.map { "\($0.key)=\($0.value)" }, output: writing)
        close(writing)
        switch failure {
        case .success(let process): return Child(process: process, output: reading)
        case .failure(let error):
            close(reading)
            if error.code == ENOENT { return nil }
            let reason = String(cString: strerror(error.code)).lowercased()
            throw .importWorkerFailed(path: path, reason: "cannot start \(executable): \(reason)")
        }
    }

    private struct SpawnError: Error { let code: Int32 }

    /// Starts a process with `output` as its standard output, no input and no messages.
    private func spawn(
        _ words: [String], _ environment: [String], output: Int32
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
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Whatever this process does with signals, the worker ends by them.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        var process: pid_t = 0
        let code = withCStrings(words) { words in
            withCStrings(environment) { environment in
                posix_spawn(&process, executable, &actions, &attributes, words, environment)
            }
        }
        return code == 0 ? .success(process) : .failure(SpawnError(code: code))
    }
}
