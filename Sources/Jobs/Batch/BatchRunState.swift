import Core
import Fitting

/// A run of ``BatchRunner``: what is open, what is running.
final class BatchRunState {
    /// A shard of which shapes are missing.
    private final class OpenShard {
        let files: ShardFiles
        let shapes: [BatchPlan.Shape]
        let journal: ShardJournal
        /// Numbers in the shard, the next one last.
        var missing: [Int]
        var running = 0
        var fitted = 0
        /// By number.
        var checkpoints: [Int: String]
        /// By number: how often the system ended its process.
        var killed: [Int: Int] = [:]

        init(_ files: ShardFiles, shapes: [BatchPlan.Shape], journal: ShardJournal) {
            self.files = files
            self.shapes = shapes
            self.journal = journal
            checkpoints = files.checkpoints
            missing = shapes.indices.reversed().filter { !journal.has(shapes[$0].key) }
        }
    }

    private struct Task {
        var shard: OpenShard
        var number: Int
        var process: ShapeProcess
        var lastCheckpoint = 0.0
        /// Why this run ended it.
        var verdict: BatchRow.Failure?

        var shape: BatchPlan.Shape { shard.shapes[number] }
    }

    private let runner: BatchRunner
    private let plan: BatchPlan
    private let shapeCount: Int
    /// Whether the plan has the shapes of one shard only.
    private let isPartial: Bool
    private let notify: (BatchEvent) -> Void
    private let scratch: String
    private var scratchCount = 0
    private var tasks: [Task] = []
    private var open: [OpenShard] = []
    private var waiting: [Int] = []
    private var result = BatchRunResult()

    init(
        _ runner: BatchRunner, plan: BatchPlan, shapeCount: Int, isPartial: Bool, notify: @escaping (BatchEvent) -> Void
    ) {
        self.runner = runner
        self.plan = plan
        self.shapeCount = shapeCount
        self.isPartial = isPartial
        self.notify = notify
        scratch = runner.scratchFolder + "/shapefit-" + Attempt.current
    }

    func run(_ shards: [Int], isInterrupted: () -> Bool) throws(FileError) -> BatchRunResult {
        defer { removeScratch() }
        waiting = shards.reversed()
        var stopped: ContinuousClock.Instant?
        while true {
            if stopped == nil, isInterrupted() {
                stopped = .now
                for task in tasks { task.process.interrupt() }
            }
            if stopped == nil {
                while tasks.count < runner.jobCount, let (shard, number) = try next() { try start(shard, number) }
            }
            if tasks.isEmpty { break }
            if let stopped, stopped.secondsSince > BatchRunner.graceSeconds { for task in tasks { task.process.end() } }
            wait()
            enforceLimits()
            try collect(isStopping: stopped != nil)
        }
        result.wasInterrupted = stopped != nil && (!waiting.isEmpty || !open.isEmpty)
        return result
    }

    // MARK: What to do next

    /// The next shape that is missing; shards are opened as they are reached, so that the end of one leaves no processor idle.
    private func next() throws(FileError) -> (OpenShard, Int)? {
        while true {
            for shard in open {
                if !shard.missing.isEmpty, shard.files.isFinished {
                    // Another run has it.
                    shard.missing = []
                    if shard.running == 0 { close(shard) }
                    continue
                }
                if let number = shard.missing.popLast() { return (shard, number) }
            }
            guard let number = waiting.popLast() else { return nil }
            try openShard(number)
        }
    }

    private func openShard(_ number: Int) throws(FileError) {
        let files = ShardFiles(folder: runner.folder, number: number)
        let range = BatchPlan.range(ofShard: number, of: plan.shardCount, shapeCount)
        if files.isFinished {
            notify(.shard(number, shapeCount: range.count, fittedCount: 0))
            return
        }
        let shapes = isPartial ? plan.shapes : Array(plan.shapes[range])
        let keys = shapes.map(\.key)
        if access(files.tar, F_OK) == 0 {
            // An attempt ended between the two.
            try ShardJournal.publishIndex(of: files, keys: keys, attempt: Attempt.current)
            files.removeWork()
            notify(.shard(number, shapeCount: range.count, fittedCount: 0))
            return
        }
        let journal = ShardJournal(files, keys: keys, attempt: Attempt.current)
        journal.readEarlier()
        let shard = OpenShard(files, shapes: shapes, journal: journal)
        if shard.missing.isEmpty {
            try journal.publish()
            notify(.shard(number, shapeCount: range.count, fittedCount: 0))
        } else {
            open.append(shard)
        }
    }

    private func close(_ shard: OpenShard) {
        open.removeAll { $0 === shard }
        notify(.shard(shard.files.number, shapeCount: shard.shapes.count, fittedCount: shard.fitted))
    }

    private func start(_ shard: OpenShard, _ number: Int) throws(FileError) {
        let shape = shard.shapes[number]
        scratchCount += 1
        let folder = "\(scratch)/\(scratchCount)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: folder, reason: "the folder for unfinished fits cannot be made; choose another")
        }
        let request = ShapeRequest(
            key: shape.key, path: shape.path, folder: folder, settings: plan.settings(of: shape), options: plan.options,
            threads: runner.threadCount, checkpoint: shard.checkpoints[number],
            checkpointInterval: runner.checkpointInterval, memoryBytes: runner.shapeMemoryBytes)
        tasks.append(Task(shard: shard, number: number, process: try ShapeProcess(request, worker: runner.worker)))
        shard.running += 1
    }

    // MARK: Processes

    /// Until a process ends, for a tenth of a second at most, or a fiftieth where memory is watched.
    private func wait() {
        var ends = tasks.map { pollfd(fd: $0.process.lifeline, events: Int16(POLLIN), revents: 0) }
        poll(&ends, nfds_t(ends.count), runner.shapeMemoryBytes == nil ? 100 : 20)
    }

    private func enforceLimits() {
        for index in tasks.indices where tasks[index].verdict == nil {
            let process = tasks[index].process
            if let limit = runner.shapeTimeout, process.seconds > limit {
                tasks[index].verdict = .timeout
            } else if let limit = runner.shapeMemoryBytes, process.measureMemory() > limit {
                tasks[index].verdict = .memory
            }
            if tasks[index].verdict != nil { process.end() }
            if process.seconds - tasks[index].lastCheckpoint > runner.checkpointInterval {
                tasks[index].lastCheckpoint = process.seconds
                keepCheckpoint(of: tasks[index])
            }
        }
    }

    /// Copies a process's checkpoint to where the next attempt looks for it. A full disk is no reason to end a training.
    private func keepCheckpoint(of task: Task) {
        let written = ShapeFile.paths(in: task.process.request.folder)("checkpoint.safetensors")
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: written)) else { return }
        mkdir(task.shard.files.workFolder, 0o755)
        let path = task.shard.files.checkpoint(ofShape: task.number, Attempt.current)
        if (try? AtomicFile.write([UInt8](data).span, to: path)) != nil { task.shard.checkpoints[task.number] = path }
    }

    private func collect(isStopping: Bool) throws(FileError) {
        var index = 0
        while index < tasks.count {
            guard let status = tasks[index].process.status() else {
                index += 1
                continue
            }
            let task = tasks.remove(at: index)
            task.shard.running -= 1
            defer { try? FileManager.default.removeItem(atPath: task.process.request.folder) }
            try take(task, status, isStopping)
            if task.shard.missing.isEmpty, task.shard.running == 0 {
                if task.shard.files.isFinished || task.shard.journal.isComplete {
                    try task.shard.journal.publish()
                    close(task.shard)
                }
            }
        }
    }

    private func take(_ task: Task, _ status: Int32, _ isStopping: Bool) throws(FileError) {
        switch ShapeVerdict(task.process, status: status, limit: task.verdict, runner) {
        case .finished(let outcome):
            try add(task, outcome)
        case .cannotWrite(let reason):
            // Another attempt that has finished the shard clears up under this one.
            if task.shard.files.isFinished { return }
            throw FileError(path: task.process.request.folder, reason: reason)
        case .interrupted,
            .killed where isStopping:
            keepCheckpoint(of: task)
            task.shard.missing.append(task.number)
        case .interrupted, .killed:
            // Somebody else ended the process: again, a few times.
            keepCheckpoint(of: task)
            let count = task.shard.killed[task.number, default: 0] + 1
            task.shard.killed[task.number] = count
            if count < BatchRunner.killedLimit {
                task.shard.missing.append(task.number)
            } else {
                var outcome = ShapeOutcome()
                outcome.failure = .killed
                outcome.error = "its process was ended \(count) times by the system, as happens when memory runs out"
                try add(task, outcome)
            }
        }
    }

    private func add(_ task: Task, _ outcome: ShapeOutcome) throws(FileError) {
        let (shape, settings) = (task.shape, task.process.request.settings)
        var row = BatchRow(
            key: shape.key, path: shape.path, status: outcome.error == nil ? .ok : .failed, settings: shape.settings,
            seed: settings.configuration.seed, seconds: milliseconds(task.process.seconds),
            finished: milliseconds(Date().timeIntervalSince1970), attempt: Attempt.current)
        outcome.fill(&row)
        row.peakMemoryBytes = row.peakMemoryBytes ?? task.process.peakMemoryBytes
        var files: [(fileExtension: String, bytes: [UInt8])] = []
        if outcome.error == nil {
            let paths = ShapeFile.paths(in: task.process.request.folder)
            for fileExtension in ShapeFile.extensions {
                let path = paths(fileExtension)
                guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else { continue }
                files.append((fileExtension, [UInt8](data)))
            }
        }
        do {
            try task.shard.journal.append(ShapeResult(row: row, files: files))
        } catch {
            if task.shard.files.isFinished { return }
            throw error
        }
        result.fittedCount += 1
        if row.status == .failed { result.failedCount += 1 }
        task.shard.fitted += 1
        notify(.shape(row))
    }

    private func removeScratch() {
        tasks.removeAll()
        try? FileManager.default.removeItem(atPath: scratch)
    }
}

/// A time to a thousandth: more digits say nothing.
private func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
