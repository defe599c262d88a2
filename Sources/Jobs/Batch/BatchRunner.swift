import Core
import Fitting

/// Progress while a batch runs, for whoever shows progress.
package enum BatchEvent: Sendable {
    /// A shard's index is there; `fittedCount` of its shapes were fitted by this run.
    case shard(Int, shapeCount: Int, fittedCount: Int)
    case shape(BatchRow)
    case note(String)
}

/// The outcome of a run of a batch.
package struct BatchRunResult: Sendable, Equatable, Codable {
    /// Shapes that this run fitted, those that failed among them.
    package var fittedCount = 0
    package var failedCount = 0
    /// Whether it was told to stop before its shards were finished.
    package var wasInterrupted = false
}

/// Fits the shapes of shards on this machine, each in a process of its own, several at once.
///
/// One thread starts processes, waits for them and appends their results to the shard's journal; see `ShardJournal` for what
/// survives what.
package struct BatchRunner: Sendable {
    /// Holds `batch.json`; gets the shards.
    package var folder: String
    /// Fits at once.
    package var jobCount: Int
    /// Of each fit.
    package var threadCount: Int
    /// Seconds that a shape may take.
    package var shapeTimeout: Double?
    /// Bytes that a shape may hold.
    package var shapeMemoryBytes: Int?
    /// Seconds of training between two checkpoints.
    package var checkpointInterval = 20.0
    package var worker: ShapeWorker
    /// On this machine: where processes write before their results go into the journal.
    package var scratchFolder: String

    /// Seconds for a process to write its checkpoint and end. Slurm sends SIGKILL 30 s after SIGTERM where it is not told
    /// otherwise.
    static let graceSeconds = 20.0
    /// How often a shape is tried whose process the system ended.
    static let killedLimit = 3

    package init(folder: String, jobCount: Int, threadCount: Int, worker: ShapeWorker, scratchFolder: String) {
        self.folder = folder
        self.jobCount = jobCount
        self.threadCount = threadCount
        self.worker = worker
        self.scratchFolder = scratchFolder
    }

    /// Fits at once and threads of each for a machine.
    ///
    /// A thread a fit: fits side by side share nothing and wait for nobody, while the threads of one fit wait for each
    /// other at every step, the more of them the longer. On two cores the two ways were equally fast. With fewer shapes
    /// than processors the rest of the processors helps.
    package static func usualShares(processors: Int, shapeCount: Int) -> (jobs: Int, threads: Int) {
        let jobs = max(1, min(processors, shapeCount))
        return (jobs, max(1, processors / jobs))
    }

    /// Fits what is missing of some shards.
    ///
    /// - Parameters:
    ///   - shards: nil for all.
    ///   - isInterrupted: asked ten times a second and more; true makes every process write its checkpoint and end.
    ///   - notify: told of every shape and shard.
    /// - Throws: ``BatchError`` when the batch as a whole cannot go on: a folder that cannot be written, a full disk.
    package func run(
        shards: [Int]? = nil, isInterrupted: () -> Bool = { false },
        notify: @escaping (BatchEvent) -> Void = { _ in }
    ) throws(BatchError) -> BatchRunResult {
        let one = shards?.count == 1 ? shards?.first : nil
        let (plan, shapeCount) = try BatchPlan.read(folder: folder, shard: one)
        let state = BatchRunState(self, plan: plan, shapeCount: shapeCount, isPartial: one != nil, notify: notify)
        do throws(FileError) {
            return try state.run(shards ?? Array(0..<plan.shardCount), isInterrupted: isInterrupted)
        } catch {
            throw .file(error)
        }
    }
}
