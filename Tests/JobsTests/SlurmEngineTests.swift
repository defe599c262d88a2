import Jobs
import Testing

@Suite struct SlurmEngineTests {
    @Test func rangesAreShort() {
        #expect(SlurmEngine.ranges([3, 1, 2, 7, 9, 10]) == "1-3,7,9-10")
        #expect(SlurmEngine.ranges([]) == "")
        #expect(SlurmEngine.ranges([0]) == "0")
    }

    @Test func limitsAreRead() throws {
        let text = "Configuration data as of 2026\nMaxArraySize            = 1001\nMaxJobCount             = 10000\n"
        #expect(
            try SlurmEngine.limits(inConfiguration: text)
                == SlurmEngine.Limits(maximumArraySize: 1001, maximumJobCount: 10000))
        #expect(throws: BatchError.self) { try SlurmEngine.limits(inConfiguration: "MaxArraySize = (null)\n") }
    }

    /// Tasks by the number of their array's first shard; those that Slurm holds, and other batches', do not count.
    @Test func theQueueNamesShards() {
        let lines = """
            0|Resources|shapefit-ab-0
            5|None|shapefit-ab-1001
            2|JobHeldAdmin|shapefit-ab-0
            3|launch failed requeued held|shapefit-ab-0
            7|None|shapefit-ab
            1|None|shapefit-xy-0
            N/A|None|other
            """
        #expect(SlurmEngine.queuedShards(lines, jobName: "shapefit-ab") == [0, 1006, 7])
    }

    @Test func theScriptRunsOneShardATask() {
        let engine = SlurmEngine(
            folder: "/data/my fields",
            command: ["/opt/shapefit", "batch", "--output", "/data/my fields", "--jobs", "4", "--shard"],
            options: "--partition=cpu", taskLimit: 200, processorCount: 4)
        let script = engine.script(shardCount: 3000, maximumArraySize: 1001)
        for line in [
            "#!/bin/bash", "#SBATCH --array=0-1000%200", "#SBATCH --cpus-per-task=4", "#SBATCH --requeue",
            "#SBATCH --partition=cpu",
            "exec /opt/shapefit batch --output '/data/my fields' --jobs 4 --shard $shard/3000",
        ] { #expect(script.split(separator: "\n").contains(Substring(line)), "\(line)\n\(script)") }
        #expect(script.contains("sbatch --array=0-1000%200 '/data/my fields/batch.sbatch' 1001"))
    }
}
