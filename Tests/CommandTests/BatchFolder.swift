import Foundation
import Testing

/// A folder with meshes, settings of a fit that takes a moment, and what a batch made of them.
final class BatchFolder {
    let folder: TemporaryFolder
    var url: URL { folder.url }

    /// - Parameters:
    ///   - meshes: how many octahedra, `m/s0.obj` and on, each of a size of its own.
    ///   - broken: names of files in `m` that are no meshes.
    init(meshes: Int, broken: [String] = [], steps: Int = 30) throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: url.appendingPathComponent("m"), withIntermediateDirectories: true)
        for number in 0..<meshes {
            try folder.write(TemporaryFolder.octahedron(size: Double(number + 1)), to: "m/s\(number).obj")
        }
        for name in broken { try folder.write("no mesh\n", to: "m/\(name).obj") }
        let printed = try CommandRunner.run(
            [
                "m/s0.obj", "--print-configuration", "--preset", "fast", "--steps", "\(steps)", "--resolution", "16",
                "--sigma", "1", "--width", "16", "--frequencies", "8", "--batch-size", "256",
            ], in: url)
        // Labelling half a million points would be most of such a fit.
        let text = printed.output.replacing(/"poolSize" : \d+/, with: "\"poolSize\" : 4096")
        try folder.write(text, to: "settings.json")
    }

    static let settings = ["--configuration", "settings.json", "--no-preview", "--no-evaluate"]

    func batch(_ arguments: [String] = ["m/*.obj"] + settings) throws -> CommandResult {
        try CommandRunner.run(["batch"] + arguments, in: url)
    }

    func start(_ arguments: [String] = ["m/*.obj"] + settings) throws -> Process {
        try CommandRunner.start("shapefit", ["batch"] + arguments, in: url).0
    }

    /// Every row of every index, by key.
    func rows(_ output: String = "fields") throws -> [String: [[String: Any]]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: url.appendingPathComponent(output).path)
        var rows: [String: [[String: Any]]] = [:]
        for name in names where name.hasSuffix(".jsonl") {
            for line in String(decoding: try folder.data("\(output)/\(name)"), as: UTF8.self).split(separator: "\n") {
                let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                rows[row["key"] as? String ?? "", default: []].append(row)
            }
        }
        return rows
    }

    /// A model's bytes, found by its row.
    func model(_ key: String, _ output: String = "fields") throws -> Data {
        let row = try #require(try rows(output)[key]?.first)
        let member = try #require((row["members"] as? [String: [String: Any]])?["safetensors"])
        let shard = try #require(row["shard"] as? Int)
        let digits = "\(shard)"
        let tar = try folder.data("\(output)/" + String(repeating: "0", count: 5 - digits.count) + "\(digits).tar")
        let offset = try #require(member["offset"] as? Int)
        return tar.subdata(in: offset..<(offset + (try #require(member["bytes"] as? Int))))
    }

    /// The model of a fit of its own.
    func directFit(_ key: String) throws -> Data {
        let result = try CommandRunner.run(
            ["m/\(key).obj", "--quiet", "--output", "direct"] + Self.settings, in: url)
        #expect(result.status == 0, "\(result.error)")
        return try folder.data("direct/\(key).safetensors")
    }

    /// Waits for something, for a minute at most.
    func wait(seconds: Double = 60, until isSo: () throws -> Bool) rethrows -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            if try isSo() { return true }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return false
    }
}
