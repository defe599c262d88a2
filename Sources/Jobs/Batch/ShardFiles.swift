import Core

/// Where a shard's files are.
///
/// | file | what |
/// |---|---|
/// | `00017.tar` | every shape's members, in the list's order |
/// | `00017.jsonl` | its index; a shard that has one is finished |
/// | `.work/00017.<attempt>.tar` | a journal: what one attempt has fitted so far |
/// | `.work/00017.<attempt>.retry.tar` | an earlier result of which the shapes that failed are to be fitted again |
/// | `.work/00017.<shape>.<attempt>.checkpoint` | a training that was broken off |
package struct ShardFiles: Sendable, Equatable {
    package let folder: String
    package let number: Int

    package init(folder: String, number: Int) {
        self.folder = folder
        self.number = number
    }

    var name: String { Self.padded(number) }
    package var tar: String { "\(folder)/\(name).tar" }
    package var index: String { "\(folder)/\(name).jsonl" }
    var workFolder: String { folder + "/.work" }

    var isFinished: Bool { access(index, F_OK) == 0 }

    package func journal(_ attempt: String) -> String { "\(workFolder)/\(name).\(attempt).tar" }
    package func retry(_ attempt: String) -> String { "\(workFolder)/\(name).\(attempt).retry.tar" }
    func unfinishedTar(_ attempt: String) -> String { "\(workFolder)/\(name).\(attempt).whole" }
    func unfinishedIndex(_ attempt: String) -> String { "\(workFolder)/\(name).\(attempt).rows" }

    func checkpoint(ofShape shape: Int, _ attempt: String) -> String {
        "\(workFolder)/\(name).\(shape).\(attempt).checkpoint"
    }

    /// The newest checkpoint of each shape that has one, by any attempt.
    ///
    /// - Complexity: lists the working folder, which all shards share: once a shard, and not once a shape.
    var checkpoints: [Int: String] {
        var newest: [Int: (path: String, seconds: Double)] = [:]
        for file in workFiles where file.hasPrefix(name + ".") && file.hasSuffix(".checkpoint") {
            guard let shape = file.split(separator: ".").dropFirst().first.flatMap({ Int($0) }) else { continue }
            var status = stat()
            _ = stat(workFolder + "/" + file, &status)
            if let known = newest[shape], known.seconds >= status.modificationSeconds { continue }
            newest[shape] = (workFolder + "/" + file, status.modificationSeconds)
        }
        return newest.mapValues(\.path)
    }

    /// Journals of any attempt, and whether their failed shapes count.
    var journals: [(path: String, failuresCount: Bool)] {
        workFiles.filter { $0.hasPrefix(name + ".") && $0.hasSuffix(".tar") }.sorted()
            .map { (workFolder + "/" + $0, !$0.hasSuffix(".retry.tar")) }
    }

    private var workFiles: [String] { (try? FileManager.default.contentsOfDirectory(atPath: workFolder)) ?? [] }

    /// Removes what attempts have left of this shard, and the working folder when that was the last.
    func removeWork() {
        // A first call that was killed may have left its list.
        for file in workFiles where file.hasPrefix(name + ".") || file.hasPrefix("batch.json.") {
            unlink(workFolder + "/" + file)
        }
        rmdir(workFolder)
    }

    /// Five digits, or as many as there are.
    static func padded(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}

extension stat {
    var modificationSeconds: Double {
        #if canImport(Darwin)
        Double(st_mtimespec.tv_sec) + Double(st_mtimespec.tv_nsec) * 1e-9
        #else
        Double(st_mtim.tv_sec) + Double(st_mtim.tv_nsec) * 1e-9
        #endif
    }
}
