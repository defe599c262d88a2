import ArgumentParser
import Core
import Jobs

/// `shapefit batch <meshes>`: fits of many shapes, on this machine or over a cluster.
struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Fit many meshes, on this machine or over a Slurm cluster.",
        discussion: """
            shapefit batch 'meshes/**/*.stl' --output fields fits every mesh that matches, each in a process of its own. \
            The same command again goes on where it was stopped and does nothing when all is done; a mesh that cannot be \
            fitted is a line with its error and keeps no other from it. Results are shards: fields/00000.tar with models, \
            reports and pictures, and fields/00000.jsonl with a line a shape; fields/00000.tar::key names one for extract, \
            evaluate, render, info and export.

            The first call freezes the list and every setting in fields/batch.json; a later call may leave them out, and is \
            refused when they are others. Exit status: 0 done, failed shapes or not; 75 stopped before the end (SIGTERM, \
            SIGINT, SIGUSR1), to be called again; 1 for what no shape is to blame for.
            """)

    enum Engine: String, ExpressibleByArgument, CaseIterable {
        case local, slurm
    }

    @Argument(
        help:
            "Mesh files or patterns in quotes: *, ?, [a-z], {stl,obj}, and ** for any folders. Keys are paths below the pattern's fixed part."
    )
    var meshes: [String] = []

    @Option(
        help: ArgumentHelp(
            "More meshes: a CSV file with a heading, or JSON Lines: path, and if wanted key and settings of that shape by the names of these options (sigma, seed, preset, …).",
            valueName: "list"))
    var manifest: [String] = []

    @Option(help: ArgumentHelp("Folder of the batch.", valueName: "folder"))
    var output = "fields"

    @OptionGroup(title: "Every fit (--sigma 1,5,25 and --seed 0..9 fit each mesh with each)") var options: FitOptions
    @OptionGroup(title: "Every fit's results") var surface: SurfaceOptions
    @OptionGroup(title: "Every scan") var scan: ScanOptions

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            "Start every fit from this model's weights instead of random ones; its network must be that of the settings.",
            valueName: "model"))
    var start: String?

    @Flag(help: "Do not score the results.")
    var noEvaluate = false

    @Flag(help: "Do not draw a picture of each.")
    var noPreview = false

    @Flag(help: "Keep each surface in the shard too.")
    var keepSurface = false

    @Option(
        help: ArgumentHelp(
            "Fits at once on this machine, or in a task of the cluster (default: one a processor here, one there).",
            valueName: "n"))
    var jobs: Int?

    @Option(help: ArgumentHelp("A shape that takes longer fails.", valueName: "seconds"))
    var shapeTimeout: Double?

    @Option(help: ArgumentHelp("A shape whose process holds more fails, such as 800M or 4G.", valueName: "bytes"))
    var shapeMemory: ByteCount?

    @Option(
        help: ArgumentHelp(
            "Seconds of training between two checkpoints, from which a shape goes on after its machine was lost.",
            valueName: "seconds"))
    var checkpointEvery = 20.0

    @Option(help: ArgumentHelp("Shards, with the first call (default: of 64 shapes, at most 2000).", valueName: "n"))
    var shards: Int?

    @Option(help: ArgumentHelp("Only this shard, counted from 0: for launchers of any kind.", valueName: "i/n"))
    var shard: ShardChoice?

    @Option(help: "Where fits run: local, or slurm for an array with a task a shard.")
    var engine: Engine = .local

    @Option(help: ArgumentHelp("Options for sbatch, such as '--partition=cpu --time=4:00:00'.", valueName: "options"))
    var sbatch: String?

    @Option(help: ArgumentHelp("Tasks of the cluster at once.", valueName: "n"))
    var atOnce: Int?

    @Option(
        help: ArgumentHelp(
            "Folder on the machine's own disk for what fits write on the way (default: $TMPDIR or /tmp).",
            valueName: "folder"))
    var scratch: String?

    @Flag(help: "Say how far the batch is, and do nothing else. Exit status 75 while shards are missing.")
    var status = false

    @Flag(
        help:
            "Join what is finished into <output>/summary: index.jsonl, summary.json, index.html and pictures of the worst."
    )
    var collect = false

    @Flag(help: "Fit the shapes that failed again.")
    var retryFailed = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        func require(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
            if let value, !range.contains(value) {
                throw ValidationError("--\(name) \(value): must be between \(range.lowerBound) and \(range.upperBound)")
            }
        }
        try require("jobs", jobs, 1...4096)
        try require("shards", shards, 1...(1 << 24))
        try require("at-once", atOnce, 1...(1 << 24))
        for (name, value) in [("shape-timeout", shapeTimeout), ("checkpoint-every", checkpointEvery)] {
            if let value, !(value > 0 && value.isFinite) {
                throw ValidationError("--\(name) \(value): must be a positive number of seconds")
            }
        }
        if let shard, let shards, shards != shard.count {
            throw ValidationError(
                "--shards \(shards) and --shard \(shard.number)/\(shard.count): give one number of shards")
        }
        if engine == .slurm, shard != nil {
            throw ValidationError("--engine slurm submits all shards; --shard is one on this machine")
        }
        if engine == .local, sbatch != nil || atOnce != nil {
            throw ValidationError("--sbatch and --at-once go with --engine slurm")
        }
        if status && (collect || retryFailed) || collect && retryFailed {
            throw ValidationError("--status, --collect and --retry-failed exclude each other")
        }
    }

    func run() throws {
        if status { return try printStatus() }
        if collect { return try printCollection() }
        try freeze()
        let plan = try BatchHead(folder: output)
        if let shard, shard.count != plan.shardCount {
            throw BatchError.badShard("\(output): has \(plan.shardCount) shards and not \(shard.count)")
        }
        if retryFailed {
            let shards = try BatchStatus.forgetFailures(folder: output)
            say("\(shards.count) \(shards.count == 1 ? "shard has" : "shards have") shapes to fit again")
        }
        switch engine {
        case .local: try runHere(plan)
        case .slurm: try submit(plan)
        }
    }

    // MARK: Parts

    private func say(_ text: String) {
        if !common.quiet { writeToStandardError("shapefit batch: \(text)\n") }
    }

    private func printStatus() throws {
        let status = try BatchStatus(folder: output)
        try common.report(status, of: "batch", text: status.text)
        if !status.isComplete { throw ExitCode(ShapeProcessStatus.interrupted) }
    }

    private func printCollection() throws {
        let collection = BatchCollection(folder: output, workers: common.workers)
        let summary = try collection.run()
        try common.report(
            summary, of: "batch", text: summary.text + "\npage          \(collection.summaryFolder)/index.html")
        let missing = summary.shapeCount - summary.okCount - summary.failedCount
        if missing > 0 { say("\(missing) shapes are not finished and not in it") }
    }

    /// Writes `batch.json`, or makes sure that what was asked for is what it says.
    private func freeze() throws {
        if meshes.isEmpty && manifest.isEmpty {
            // Without shapes the batch is the one that is there; settings beside it would be a mistake.
            let flags = [
                noEvaluate ? "--no-evaluate" : nil, noPreview ? "--no-preview" : nil,
                keepSurface ? "--keep-surface" : nil,
                start.map { _ in "--init" },
            ].compactMap { $0 }
            if let word = (FitWords(of: CommandLine.arguments).words + flags).first {
                throw BatchError.badShard(
                    "\(word): name the meshes as well, or leave all settings to \(output)/batch.json")
            }
            return
        }
        let plan = try BatchRequest(
            meshes: meshes, manifests: manifest, words: FitWords(of: CommandLine.arguments).words, options: options,
            start: start, shardCount: shard?.count ?? shards ?? (try? BatchHead(folder: output))?.shardCount,
            evaluates: !noEvaluate, drawsPreview: !noPreview, keepsSurface: keepSurface
        ).plan()
        // Only now: of a batch that makes no sense nothing is begun.
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: output, reason: "the output folder cannot be made; choose another --output")
        }
        try plan.freeze(in: output)
    }

    private func runHere(_ head: BatchHead) throws {
        let processors =
            ProcessInfo.processInfo.environment["SLURM_CPUS_PER_TASK"].flatMap { Int($0) }
            ?? ProcessInfo.processInfo.activeProcessorCount
        let usual = BatchRunner.usualShares(processors: processors, shapeCount: head.shapeCount)
        var runner = BatchRunner(
            folder: output, jobCount: jobs ?? (common.threads.map { max(1, processors / $0) } ?? usual.jobs),
            threadCount: common.threads ?? (jobs.map { max(1, processors / $0) } ?? usual.threads),
            worker: .thisProgram, scratchFolder: scratch ?? ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp")
        runner.shapeTimeout = shapeTimeout
        runner.shapeMemoryBytes = shapeMemory?.value
        runner.checkpointInterval = checkpointEvery
        let interruption = Interruption(alsoNoticing: SIGUSR1)
        var progress = BatchProgress(isQuiet: common.quiet, shapeCount: head.shapeCount)
        let result = try runner.run(
            shards: shard.map { [$0.number] }, isInterrupted: { interruption.isRequested },
            notify: { progress.show($0) })
        if result.wasInterrupted {
            say("stopped; the same command again goes on")
            if interruption.number == SIGUSR1 { SlurmEngine.requeueThisTask() }
            throw ExitCode(ShapeProcessStatus.interrupted)
        }
        try common.report(
            result, of: "batch",
            text: "\(result.fittedCount) fitted now, \(result.failedCount) of them failed  \(output)")
    }

    private func submit(_ head: BatchHead) throws {
        let folder = absolutePath(output)
        var arguments = ["batch", "--output", folder]
        if let jobs { arguments += ["--jobs", "\(jobs)"] }
        if let threads = common.threads { arguments += ["--threads", "\(threads)"] }
        if let shapeTimeout { arguments += ["--shape-timeout", "\(shapeTimeout)"] }
        if let shapeMemory { arguments += ["--shape-memory", "\(shapeMemory.value)"] }
        if let scratch { arguments += ["--scratch", scratch] }
        arguments += ["--checkpoint-every", "\(checkpointEvery)", "--shard"]
        let engine = SlurmEngine(
            folder: folder, command: [SlurmEngine.thisProgram] + arguments, options: sbatch ?? "", taskLimit: atOnce,
            processorCount: (jobs ?? 1) * (common.threads ?? 1))
        let unfinished = BatchStatus.unfinishedShards(folder: output, shardCount: head.shardCount)
        let submission = try engine.submit(shardCount: head.shardCount, unfinished: unfinished)
        let counts =
            "\(submission.submittedCount) of \(head.shardCount) shards submitted, \(head.shardCount - unfinished.count) "
            + "finished, \(submission.queuedCount) in the queue  \(engine.scriptPath)"
        try common.report(
            submission, of: "batch", text: ([counts] + submission.jobs.map { "job \($0)" }).joined(separator: "\n"))
        if submission.heldBackCount > 0 {
            say(
                "\(submission.heldBackCount) more than Slurm takes now (MaxJobCount); the same command again submits them"
            )
        }
    }
}

/// One shard of how many, as in 17/1000.
struct ShardChoice: ExpressibleByArgument {
    let number: Int
    let count: Int

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], count >= 1, count <= 1 << 24,
            (0..<count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }
}

/// A number of bytes, as in 800M or 4G.
struct ByteCount: ExpressibleByArgument {
    let value: Int

    init?(argument: String) {
        let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let text = argument.uppercased()
        let shift = text.last.flatMap { units[$0] }
        guard let number = Double(shift == nil ? text[...] : text.dropLast()), number > 0, number < 1e6 || shift == nil,
            number < 1e15
        else { return nil }
        value = Int(number * Double(1 << (shift ?? 0)))
    }
}

/// Progress, a line a shape.
struct BatchProgress {
    let isQuiet: Bool
    let shapeCount: Int
    private var done = 0

    init(isQuiet: Bool, shapeCount: Int) {
        self.isQuiet = isQuiet
        self.shapeCount = shapeCount
    }

    mutating func show(_ event: BatchEvent) {
        if isQuiet { return }
        switch event {
        case .shape(let row):
            done += 1
            let result = row.error ?? row.scores.map { "IoU \(formatted($0.iouUniform, digits: 4))" } ?? "ok"
            writeToStandardError("\(done)  \(row.key)  \(formatted(row.seconds, digits: 1)) s  \(result)\n")
        case .shard(let number, let shapeCount, let fitted):
            writeToStandardError("shard \(number): \(shapeCount) shapes, \(fitted) fitted by this run\n")
        case .note(let text): writeToStandardError("\(text)\n")
        }
    }
}
