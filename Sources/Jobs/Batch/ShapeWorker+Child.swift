import Core
import Dispatch
import Fitting
import Geometry
import MeshIO
import Synchronization

extension ShapeWorker {
    /// Fits a shape and ends the process, when that is what it was started for; otherwise does nothing.
    ///
    /// Belongs first in `main`, before anything else looks at the arguments.
    package static func runIfRequested() {
        let words = CommandLine.arguments
        guard words.count == 2, words[1] == request, getenv(environmentMark) != nil else { return }
        unsetenv(environmentMark)
        guard let line = readLine(), let request = try? JSONDecoder().decode(ShapeRequest.self, from: Data(line.utf8))
        else { exit(2) }
        endWithStarter(folder: request.folder)
        exit(ShapeChild(request).run())
    }

    /// Ends this process when its starter's end of the pipe closes, and takes its folder along.
    private static func endWithStarter(folder: String) {
        // A queue of its own, whose thread waits as long as this process lives.
        DispatchQueue(label: "starter").async {
            var byte: UInt8 = 0
            while true {
                let count = read(0, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            try? FileManager.default.removeItem(atPath: folder)
            // The folder of all of the starter's shapes, if this was the last of them.
            if let slash = folder.lastIndex(of: "/") { rmdir(String(folder[..<slash])) }
            _exit(ShapeProcessStatus.interrupted)
        }
    }
}

/// The fit of one shape in its own process.
private struct ShapeChild {
    let request: ShapeRequest

    init(_ request: ShapeRequest) { self.request = request }

    /// - Returns: the process's exit status.
    func run() -> Int32 {
        let interruption = TerminationWatch()
        limitMemory()
        var outcome = ShapeOutcome()
        outcome.sha256 = try? SHA256.hexadecimal(ofFile: request.path)
        do {
            try fit(&outcome, interruption)
        } catch {
            let text = BatchRow.oneLine("\(error)")
            if text.contains(request.folder) {
                FileDescriptor.writeToStandardError(text + "\n")
                return ShapeProcessStatus.cannotWrite
            }
            if interruption.isRequested { return ShapeProcessStatus.interrupted }
            outcome.error = text
            let isInput = error is MeshFileError || error is GeometryError || error is PointCloudError
            outcome.failure = isInput ? .input : .fit
        }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes]
            let json = String(decoding: try encoder.encode(outcome), as: UTF8.self)
            try AtomicFile.write(json, to: request.folder + "/" + ShapeOutcome.fileName)
            return 0
        } catch {
            FileDescriptor.writeToStandardError(BatchRow.oneLine("\(error)") + "\n")
            return ShapeProcessStatus.cannotWrite
        }
    }

    private func fit(_ outcome: inout ShapeOutcome, _ interruption: TerminationWatch) throws {
        var job = FitJob(
            inputPath: request.path, outputFolder: request.folder, configuration: request.settings.configuration,
            workers: Workers(count: request.threads), isolation: .process(.thisProgram))
        job.results = ShapeFile.paths(in: request.folder)
        job.adaptsResolution = request.settings.adaptsResolution
        job.searchesSigma = request.settings.searchesSigma
        job.output = request.settings.output
        job.scanOptions = request.settings.scan
        job.writesSurface = request.options.keepsSurface
        job.drawsPreview = request.options.drawsPreview
        job.scoring = request.options.evaluates ? .quick : nil
        // A grid is solved at once and has none.
        job.checkpointInterval = job.configuration.grid == nil ? request.checkpointInterval : nil
        if let start = request.options.start { job.initial = try NeuralShape(file: start.path).networkToStartFrom() }
        if let path = request.checkpoint, let checkpoint = try? Checkpoint(path: path) {
            job.resumed = checkpoint
            outcome.resumed = true
        }
        var notes: [String] = []
        let report = try job.run { event in
            switch event {
            case .note(let text): notes.append(text)
            case .stage, .training: break
            }
            // Training has ended by now, and its checkpoint is written; what would follow takes too long for a process
            // that was told to go.
            if interruption.isRequested, case .stage = event { exit(ShapeProcessStatus.interrupted) }
            return !interruption.isRequested
        }
        if report.training.wasStopped { exit(ShapeProcessStatus.interrupted) }
        let model = try NeuralShape(file: job.results("safetensors"))
        outcome.describe(report, transform: model.transform, notes: notes)
    }

    /// A process that wants more than that ends by a fault of its own; the starter tells why.
    private func limitMemory() {
        #if os(Linux)
        guard let memoryBytes = request.memoryBytes else { return }
        var bounds = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_DATA.rawValue)
        guard getrlimit(resource, &bounds) == 0 else { return }
        // The starter looks fifty times a second and ends what has grown too large; this is for what grows faster.
        bounds.rlim_cur = min(bounds.rlim_max, rlim_t(memoryBytes + memoryBytes / 4 + 1 << 28))
        setrlimit(resource, &bounds)
        #endif
    }
}

/// The files of a shape in its process's folder.
enum ShapeFile {
    /// In the order in which they go into a shard.
    static func extensions(surface: String) -> [String] {
        ["safetensors", "json", surface, "png", "evidence.png", "html"]
    }

    static func paths(in folder: String) -> ResultPaths { ResultPaths(folder: folder, name: "shape") }
}

/// Notices SIGTERM and SIGINT.
private final class TerminationWatch {
    private let isMade = Request()
    private let sources: [any DispatchSourceSignal]

    private final class Request: Sendable {
        let isMade = Atomic<Bool>(false)
    }

    var isRequested: Bool { isMade.isMade.load(ordering: .relaxed) }

    init() {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue.global())
        }
        for source in sources {
            source.setEventHandler { [isMade] in isMade.isMade.store(true, ordering: .relaxed) }
            source.resume()
        }
    }
}

extension SHA256 {
    /// Of a file's bytes.
    static func hexadecimal(ofFile path: String) throws(FileError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: path, reason: "cannot be read: \(systemMessage())") }
        defer { close(descriptor) }
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(path: path, reason: "cannot be read: \(systemMessage())")
            }
            if count == 0 { return hash.hexadecimal() }
            hash.update(buffer.span.extracting(0..<count))
        }
    }
}
