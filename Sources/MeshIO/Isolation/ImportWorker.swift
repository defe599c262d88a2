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

        let words = arguments + [path, String(limits.memoryBytes), String(limits.seconds)]
        let started = Result { () throws(ChildProcess.StartError) in
            try ChildProcess.start(
                executable, words, environment: [Self.environmentMark: "1"], output: .descriptor(writing))
        }
        close(writing)
        switch started {
        case .success(let process): return Child(process: process, output: reading)
        case .failure(let error):
            close(reading)
            if error.code == ENOENT { return nil }
            let reason = String(cString: strerror(error.code)).lowercased()
            throw .importWorkerFailed(path: path, reason: "cannot start \(executable): \(reason)")
        }
    }
}
