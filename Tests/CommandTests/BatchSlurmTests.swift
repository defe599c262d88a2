import Foundation
import Testing

/// A real Slurm on this machine; see scripts/slurm-cluster.
final class SlurmCluster {
    static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../scripts/slurm-cluster").standardizedFileURL.path

    /// The test setup installs it; elsewhere these tests want root and Slurm's programs.
    static let isThere =
        getuid() == 0
        && ["slurmctld", "slurmd", "sbatch", "munged", "unshare"].allSatisfy { program in
            ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"].contains {
                FileManager.default.isExecutableFile(atPath: $0 + program)
            }
        }

    let folder: TemporaryFolder
    private var path: String { folder.url.path }

    init(nodes: Int = 3) throws {
        folder = try TemporaryFolder()
        try call("start", "\(nodes)")
    }

    deinit { try? call("stop") }

    func call(_ words: String...) throws {
        // What it starts keeps its pipes, so nobody waits for their end.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.script)
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(["SLURM_CLUSTER": path]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "slurm-cluster \(words)")
    }

    /// Runs a program that talks to the cluster.
    func run(_ words: [String], in directory: URL) throws -> CommandResult {
        try CommandRunner.tool(["SLURM_CONF=\(path)/slurm.conf"] + words, in: directory)
    }

    func shapefit(_ arguments: [String], in directory: URL) throws -> CommandResult {
        try run([CommandRunner.folder.appendingPathComponent("shapefit").path] + arguments, in: directory)
    }

    /// A line for each time that a job ended.
    var jobLog: String { (try? String(contentsOfFile: path + "/log/jobs.txt", encoding: .utf8)) ?? "" }
}

@Suite(.serialized, .enabled(if: SlurmCluster.isThere)) struct BatchSlurmTests {
    private func isFinished(_ folder: BatchFolder, shards: Int) -> Bool {
        (0..<shards).allSatisfy { folder.folder.exists("fields/0000\($0).jsonl") }
    }

    /// A node whose power is cut in mid-shard costs what was in the making, and nothing twice.
    @Test func aLostNodeLosesNoShape() throws {
        let cluster = try SlurmCluster()
        let folder = try BatchFolder(meshes: 11, broken: ["bad"], steps: 6000)
        let command = ["batch", "m/*.obj", "--engine", "slurm", "--shards", "3"] + BatchFolder.settings
        let submitted = try cluster.shapefit(command, in: folder.url)
        #expect(submitted.status == 0 && submitted.output.contains("3 of 3 shards submitted"), "\(submitted.error)")
        let twice = try cluster.shapefit(command, in: folder.url)
        #expect(twice.output.contains("0 of 3 shards submitted, 0 finished, 3 in the queue"), "\(twice.output)")

        let work = folder.url.appendingPathComponent("fields/.work").path
        func fitted(on node: String) throws -> Int {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? []
            guard let journal = names.first(where: { $0.contains("-\(node)-") && $0.hasSuffix(".tar") }) else {
                return 0
            }
            let listing = try CommandRunner.tool(["tar", "tf", work + "/" + journal], in: folder.url)
            return listing.output.split(separator: "\n").count { $0.hasSuffix(".row.json") }
        }
        #expect(try folder.wait { try fitted(on: "node2") >= 2 })
        try cluster.call("kill", "node2")
        #expect(folder.wait(seconds: 120) { isFinished(folder, shards: 3) })

        let rows = try folder.rows()
        #expect(rows.count == 12 && rows.values.allSatisfy { $0.count == 1 })
        #expect(rows.values.count { $0[0]["status"] as? String == "ok" } == 11)
        #expect((rows["bad"]?.first?["error"] as? String)?.contains("bad.obj") == true)
        #expect(cluster.jobLog.contains("JobState=NODE_FAIL"), "\(cluster.jobLog)")
        let second = rows.values.map { $0[0] }.filter { ($0["attempt"] as? String ?? "").contains("r1-") }
        #expect((1..<4).contains(second.count))
        let key = try #require(second.first { $0["status"] as? String == "ok" }?["key"] as? String)
        #expect(try folder.model(key) == folder.directFit(key))
        #expect(folder.wait { !folder.folder.exists("fields/.work") })

        #expect(try cluster.shapefit(command, in: folder.url).output.contains("0 of 3 shards submitted, 3 finished"))
        let index = try folder.folder.data("fields/00001.jsonl")
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("fields/00001.jsonl"))
        #expect(try cluster.shapefit(command, in: folder.url).output.contains("1 of 3 shards submitted, 2 finished"))
        #expect(folder.wait { isFinished(folder, shards: 3) })
        #expect(try folder.folder.data("fields/00001.jsonl") == index)
    }

    /// `scancel` leaves no row and no result; the same command goes on from the checkpoint.
    @Test func aCancelledTaskGoesOnWhenItIsSubmittedAgain() throws {
        let cluster = try SlurmCluster(nodes: 1)
        let folder = try BatchFolder(meshes: 1, steps: 12_000)
        let command = ["batch", "m/*.obj", "--engine", "slurm", "--checkpoint-every", "0.1"] + BatchFolder.settings
        #expect(try cluster.shapefit(command, in: folder.url).status == 0)
        let work = folder.url.appendingPathComponent("fields/.work").path
        #expect(
            folder.wait {
                (try? FileManager.default.contentsOfDirectory(atPath: work))?.contains { $0.hasSuffix(".checkpoint") }
                    == true
            })
        #expect(try cluster.run(["scancel", "--user=root"], in: folder.url).status == 0)
        #expect(folder.wait { cluster.jobLog.contains("JobState=CANCELLED") })
        #expect(!folder.folder.exists("fields/00000.jsonl"))
        #expect(try folder.batch(["--status"]).status == 75)
        let again = try cluster.shapefit(command, in: folder.url)
        #expect(again.output.contains("1 of 1 shards submitted"), "\(again.output) \(again.error)")
        #expect(folder.wait { isFinished(folder, shards: 1) })
        #expect(try folder.rows()["s0"]?.first?["resumed"] as? Bool == true)
        #expect(try folder.model("s0") == folder.directFit("s0"))
    }

    /// Whatever the controller knows or forgets, a batch is complete when its indexes are there.
    @Test func completenessIsReadFromTheOutput() throws {
        let cluster = try SlurmCluster()
        let folder = try BatchFolder(meshes: 3, steps: 3000)
        let command = ["batch", "m/*.obj", "--engine", "slurm", "--shards", "3"] + BatchFolder.settings
        #expect(try cluster.shapefit(command, in: folder.url).status == 0)
        Thread.sleep(forTimeInterval: 3)
        try cluster.call("kill-controller")
        #expect(folder.wait { isFinished(folder, shards: 3) })
        let status = try folder.batch(["--status"])
        #expect(status.status == 0 && status.output.contains("3 of 3 fitted"), "\(status.output)")
        // Who asks a controller that is gone gets a line.
        let again = try cluster.shapefit(command, in: folder.url)
        #expect(again.status == 1 && again.error.split(separator: "\n").count == 1, "\(again.error)")
    }

    /// More shards than Slurm takes in an array, or at all.
    @Test func arraysStayWithinTheLimits() throws {
        setenv("MAX_ARRAY_SIZE", "4", 1)
        setenv("MAX_JOB_COUNT", "8", 1)
        defer {
            unsetenv("MAX_ARRAY_SIZE")
            unsetenv("MAX_JOB_COUNT")
        }
        let cluster = try SlurmCluster()
        let folder = try BatchFolder(meshes: 10)
        let command = ["batch", "m/*.obj", "--engine", "slurm", "--shards", "10"] + BatchFolder.settings
        let first = try cluster.shapefit(command, in: folder.url)
        #expect(
            first.status == 0 && first.output.contains("7 of 10 shards submitted"), "\(first.output) \(first.error)")
        #expect(first.error.contains("3 more than Slurm takes now"))
        #expect(folder.wait { isFinished(folder, shards: 7) })
        // Jobs that have ended count until Slurm forgets them, after five minutes; sbatch would wait for that.
        let second = try cluster.shapefit(command, in: folder.url)
        #expect(second.output.contains("0 of 10 shards submitted, 7 finished"), "\(second.output) \(second.error)")
        // The rest can be done here.
        #expect(try folder.batch([]).output.contains("3 fitted now"))
        #expect(try folder.rows().count == 10)
    }
}
