import Core

/// A program that fits one shape in a process of its own: it may crash, hang or take all memory, and costs its shape only.
///
/// The running program is its own worker: its `main` calls ``runIfRequested()`` before anything else.
package struct ShapeWorker: Sendable, Equatable {
    /// The program's file.
    package var executable: String
    package var arguments: [String]

    package init(executable: String, arguments: [String] = [ShapeWorker.request]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The argument that asks a program to be a worker.
    package static let request = "shape-worker"

    /// The running program, started a second time.
    package static var thisProgram: ShapeWorker { ShapeWorker(executable: RunningProgram.startPath) }
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
        let started = Result { () throws(ChildProcess.StartError) in
            try ChildProcess.start(
                worker.executable, worker.arguments, environment: [ShapeWorker.environmentMark: "1"],
                input: .descriptor(ends[0]), output: .descriptor(ends[3]),
                errors: .file(request.folder + "/stderr.txt"),
                leadsGroup: true)
        }
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
        // Processes that it started and did not wait for.
        kill(-process, SIGKILL)
        return status
    }

    /// The most memory it held, once it has ended.
    var peakMemoryBytes: Int { peakBytes }
}

extension ShapeWorker {
    /// Set in a worker's environment.
    static let environmentMark = "SHAPEFIT_SHAPE_WORKER"
}
