import Core

/// A batch over a Slurm cluster: a script that a person can read and run, and its submission as arrays, a task a shard.
///
/// Slurm is asked to start things and never what became of them: a shard is finished when its index is there. What is
/// queued or running is looked up only so that it is not submitted twice, which would do no harm.
package struct SlurmEngine: Sendable {
    /// Absolute; on every node the same.
    package var folder: String
    /// The words of a task's command, on every node the same; what follows them is the task's shard, as `17/1000`.
    package var command: [String]
    /// Options of `sbatch`, as one would type them.
    package var options: String
    /// Tasks at once.
    package var taskLimit: Int?
    package var processorCount: Int

    package init(
        folder: String, command: [String], options: String = "", taskLimit: Int? = nil, processorCount: Int = 1
    ) {
        self.folder = folder
        self.command = command
        self.options = options
        self.taskLimit = taskLimit
        self.processorCount = processorCount
    }

    /// The outcome of a submission.
    package struct Submission: Sendable, Equatable, Codable {
        /// Of Slurm, one an array.
        package var jobs: [String] = []
        package var submittedCount = 0
        /// Queued or running already.
        package var queuedCount = 0
        /// More than Slurm takes now: to be submitted later.
        package var heldBackCount = 0
    }

    /// The file of the running program.
    package static var thisProgram: String { RunningProgram.path ?? "shapefit" }

    package var scriptPath: String { folder + "/batch.sbatch" }

    /// A name for the batch's jobs that no other folder's have.
    var jobName: String { "shapefit-" + SHA256.hexadecimal(Array(folder.utf8).span).prefix(10) }

    /// `batch.sbatch`.
    ///
    /// - Parameters:
    ///   - maximumArraySize: a task's number is below it.
    ///   - shardCount: of the batch.
    package func script(shardCount: Int, maximumArraySize: Int) -> String {
        let limit = taskLimit.map { "%\($0)" } ?? ""
        let last = min(shardCount, maximumArraySize) - 1
        let more =
            shardCount > maximumArraySize
            ? "# Slurm takes \(maximumArraySize) tasks an array here: `sbatch --array=0-\(min(shardCount, 2 * maximumArraySize) - maximumArraySize - 1)\(limit) \(shellWord(scriptPath)) \(maximumArraySize)` is the next, and so on.\n"
            : ""
        return """
            #!/bin/bash
            # Fits the shapes of batch.json beside this file, a shard a task. It may be run again at any time: shards that
            # are finished are left alone, and what a task had done before it was stopped is not done again.
            \(more)#SBATCH --job-name=\(jobName)
            #SBATCH --array=0-\(last)\(limit)
            #SBATCH --cpus-per-task=\(processorCount)
            #SBATCH --output=\(folder)/logs/%A_%a.log
            #SBATCH --open-mode=append
            # A task on a node that fails goes back into the queue, and so does one that is near its time limit: it gets
            # USR1, keeps the checkpoints of its fits and asks for another turn.
            #SBATCH --requeue
            #SBATCH --signal=B:USR1@60
            \(options.isEmpty ? "" : "#SBATCH \(options)\n")
            # The first argument is the number of the array's first shard, where one array cannot have them all.
            shard=$((${1:-0} + SLURM_ARRAY_TASK_ID))
            exec \(command.map(shellWord).joined(separator: " ")) $shard/\(shardCount)

            """
    }

    /// Writes the script and submits the shards that are not finished.
    ///
    /// - Throws: ``BatchError/scheduler(command:reason:)`` when Slurm cannot be asked or refuses.
    package func submit(shardCount: Int, unfinished: [Int]) throws(BatchError) -> Submission {
        let limits = try limits()
        do {
            try AtomicFile.write(
                script(shardCount: shardCount, maximumArraySize: limits.maximumArraySize), to: scriptPath)
            try FileManager.default.createDirectory(atPath: folder + "/logs", withIntermediateDirectories: true)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .file(FileError(path: folder + "/logs", reason: "cannot be made"))
        }
        var submission = Submission()
        if unfinished.isEmpty { return submission }
        let queued = try queuedShards()
        let wanted = unfinished.filter { !queued.contains($0) }
        submission.queuedCount = unfinished.count - wanted.count
        // Slurm counts every task of an array as a job, and with too many sbatch would wait and try again for minutes.
        let room = max(0, limits.maximumJobCount - (try jobCount()) - 1)
        submission.heldBackCount = max(0, wanted.count - room)
        let blocks = Dictionary(grouping: wanted.prefix(room)) { $0 / limits.maximumArraySize }
        for (block, shards) in blocks.sorted(by: { $0.key < $1.key }) {
            let first = block * limits.maximumArraySize
            let list = Self.ranges(shards.map { $0 - first }) + (taskLimit.map { "%\($0)" } ?? "")
            let output = try Self.ask(
                ["sbatch", "--parsable", "--job-name=\(jobName)-\(first)", "--array=\(list)", scriptPath, "\(first)"])
            submission.jobs.append(String(output.prefix { $0 != ";" && !$0.isWhitespace }))
            submission.submittedCount += shards.count
        }
        return submission
    }

    package struct Limits: Equatable {
        package var maximumArraySize: Int
        package var maximumJobCount: Int

        package init(maximumArraySize: Int, maximumJobCount: Int) {
            self.maximumArraySize = maximumArraySize
            self.maximumJobCount = maximumJobCount
        }
    }

    func limits() throws(BatchError) -> Limits {
        try Self.limits(inConfiguration: try Self.ask(["scontrol", "show", "config"]))
    }

    package static func limits(inConfiguration text: String) throws(BatchError) -> Limits {
        func number(_ name: String) throws(BatchError) -> Int {
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: "=", maxSplits: 1).map { trimmed($0) }
                if parts.count == 2, parts[0] == name, let number = Int(parts[1]), number > 0 { return number }
            }
            throw .scheduler(command: "scontrol show config", reason: "says no \(name)")
        }
        return Limits(
            maximumArraySize: try number("MaxArraySize"), maximumJobCount: try number("MaxJobCount"))
    }

    /// Jobs of everybody, each task of an array counting, and those that have ended until Slurm forgets them (MinJobAge).
    private func jobCount() throws(BatchError) -> Int {
        try Self.ask(["squeue", "--noheader", "--array", "--states=all", "--format=%i"]).split(
            whereSeparator: \.isNewline
        ).count
    }

    /// Shards of this batch that are queued or running. One that is on its way out does not count, and neither does one that
    /// Slurm holds until somebody acts.
    private func queuedShards() throws(BatchError) -> Set<Int> {
        let lines = try Self.ask([
            "squeue", "--noheader", "--array", "--states=PENDING,RUNNING,CONFIGURING", "--format=%K|%r|%j",
        ])
        return Self.queuedShards(lines, jobName: jobName)
    }

    package static func queuedShards(_ lines: String, jobName: String) -> Set<Int> {
        var shards: Set<Int> = []
        for line in lines.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map { trimmed($0) }
            guard parts.count == 3, let task = Int(parts[0]), !parts[1].lowercased().contains("held") else { continue }
            if parts[2] == jobName {
                shards.insert(task)
            } else if parts[2].hasPrefix(jobName + "-"), let first = Int(parts[2].dropFirst(jobName.count + 1)) {
                shards.insert(first + task)
            }
        }
        return shards
    }

    /// Sends this task back into the queue. Does nothing outside one.
    package static func requeueThisTask() {
        let environment = ProcessInfo.processInfo.environment
        guard let job = environment["SLURM_JOB_ID"] else { return }
        let task = environment["SLURM_ARRAY_JOB_ID"].flatMap { array in
            environment["SLURM_ARRAY_TASK_ID"].map { "\(array)_\($0)" }
        }
        _ = try? ask(["scontrol", "requeue", task ?? job])
    }

    /// Numbers as Slurm lists them: `0-3,7`.
    package static func ranges(_ numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    /// Runs a program and returns what it prints.
    private static func ask(_ words: [String]) throws(BatchError) -> String {
        let name = words.prefix(1).joined()
        switch ProgramRun.run(words) {
        case .failure(.notFound):
            throw .scheduler(command: name, reason: "is not there: run this where Slurm's programs are")
        case .failure(.system(let code)):
            throw .scheduler(command: name, reason: "cannot be started: \(systemMessage(code))")
        case .success(let run) where run.status != 0:
            throw .scheduler(command: name, reason: BatchRow.oneLine(run.errors.isEmpty ? run.output : run.errors))
        case .success(let run):
            return run.output
        }
    }
}

/// A word as a shell takes it.
func shellWord(_ word: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./,:@%")
    if !word.isEmpty && word.allSatisfy(plain.contains) { return word }
    return "'" + word.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
}
