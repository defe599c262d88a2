import Core

/// How far a batch is, told from what is in its folder alone.
package struct BatchStatus: Sendable, Equatable, Codable {
    package var shapeCount: Int
    package var shardCount: Int
    package var finishedShardCount: Int
    /// Shapes with a fit, those in journals of unfinished shards among them.
    package var okCount: Int
    package var failedCount: Int
    /// By kind.
    package var failures: [String: Int]
    /// Numbers of the shards without an index.
    package var unfinishedShards: [Int]

    package var missingCount: Int { shapeCount - okCount - failedCount }
    package var isComplete: Bool { unfinishedShards.isEmpty }

    /// Looks into the folder.
    ///
    /// - Complexity: reads every index, and the journals of unfinished shards.
    package init(folder: String) throws(BatchError) {
        let (plan, count) = try BatchPlan.read(folder: folder)
        shapeCount = count
        shardCount = plan.shardCount
        (finishedShardCount, okCount, failedCount) = (0, 0, 0)
        failures = [:]
        unfinishedShards = []
        for shard in 0..<plan.shardCount {
            let files = ShardFiles(folder: folder, number: shard)
            if files.isFinished {
                finishedShardCount += 1
                do {
                    for row in try ShardIndex.read(path: files.index) { add(row) }
                } catch {
                    throw .file(error)
                }
            } else {
                unfinishedShards.append(shard)
                let journal = ShardJournal(
                    files, keys: plan.shapes[plan.range(ofShard: shard)].map(\.key), attempt: Attempt.current)
                journal.readEarlier()
                for row in journal.rows { add(row) }
            }
        }
    }

    private mutating func add(_ row: BatchRow) {
        switch row.status {
        case .ok: okCount += 1
        case .failed:
            failedCount += 1
            failures[row.failure?.rawValue ?? "other", default: 0] += 1
        }
    }

    /// Numbers of the shards without an index.
    package static func unfinishedShards(folder: String, shardCount: Int) -> [Int] {
        (0..<shardCount).filter { !ShardFiles(folder: folder, number: $0).isFinished }
    }

    /// Makes the shapes that failed missing again.
    ///
    /// - Returns: the shards that have become unfinished.
    package static func forgetFailures(folder: String) throws(BatchError) -> [Int] {
        let plan = try BatchPlan.read(folder: folder).plan
        var shards: [Int] = []
        for shard in 0..<plan.shardCount {
            let files = ShardFiles(folder: folder, number: shard)
            guard files.isFinished else { continue }
            do {
                guard try ShardIndex.read(path: files.index).contains(where: { $0.status == .failed }) else { continue }
            } catch {
                throw .file(error)
            }
            // Without its index the shard is not finished; without its tar neither can be made again from it.
            mkdir(files.workFolder, 0o755)
            guard unlink(files.index) == 0, rename(files.tar, files.retry(Attempt.current)) == 0 else {
                throw .file(FileError(path: files.tar, reason: "cannot be moved: \(systemMessage())"))
            }
            shards.append(shard)
        }
        return shards
    }

    /// For a person.
    package var text: String {
        var lines = [
            "shapes    \(okCount) of \(shapeCount) fitted, \(failedCount) failed, \(missingCount) missing",
            "shards    \(finishedShardCount) of \(shardCount) finished",
        ]
        if !failures.isEmpty {
            let kinds = failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
            lines.append("failures  " + kinds.joined(separator: ", "))
        }
        if !unfinishedShards.isEmpty {
            lines.append("to do     shards " + SlurmEngine.ranges(unfinishedShards))
        }
        return lines.joined(separator: "\n")
    }
}
