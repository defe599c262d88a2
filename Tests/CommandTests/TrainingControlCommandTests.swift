import Foundation
import Testing

private let quick = [
    "--preset", "fast", "--depth", "3", "--batch-size", "512", "--width", "16", "--frequencies", "8", "--sigma", "1",
    "--resolution", "24",
]

@Suite struct TrainingControlCommandTests {
    @Test func aStoppedFitGoesOnToTheSameBytes() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let settings = ["--steps", "12000", "--quiet"]
        let (process, output, _) = try CommandRunner.start(
            "shapefit", ["gem.obj", "--output", "stopped", "--checkpoint-every", "0.01"] + settings + quick,
            in: folder.url)
        let deadline = Date().addingTimeInterval(60)
        while !folder.exists("stopped/gem.checkpoint.safetensors"), process.isRunning, Date() < deadline {
            Thread.sleep(forTimeInterval: 0.01)
        }
        // A little longer, so that there is a surface.
        Thread.sleep(forTimeInterval: 1)
        process.interrupt()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(text.contains("stopped early"))

        let whole = try CommandRunner.run(["gem.obj", "--output", "whole"] + settings + quick, in: folder.url)
        #expect(whole.status == 0)
        let resume = ["--resume", "stopped/gem.checkpoint.safetensors", "--quiet"]
        let resumed = try CommandRunner.run(["gem.obj", "--output", "resumed"] + resume, in: folder.url)
        #expect(resumed.status == 0, "\(resumed.error)")
        for file in ["gem.obj", "gem.safetensors"] {
            #expect(try folder.data("resumed/\(file)") == folder.data("whole/\(file)"))
            #expect(try folder.data("stopped/\(file)") != folder.data("whole/\(file)"))
        }

        try folder.write(TemporaryFolder.octahedron(size: 2), to: "other.obj")
        for (arguments, mentions) in [
            (["other.obj"] + resume, "another mesh"),
            (["gem.obj", "--sigma", "3"] + resume, "encoding.gaussian.sigma"),
            (["gem.obj", "--resume", "gem.obj"], "gem.obj"), (["gem.obj", "--resume", "nowhere"], "nowhere"),
            (["gem.obj", "--resume", "whole/gem.safetensors"], "not a checkpoint"),
        ] {
            let refused = try CommandRunner.run(arguments + ["--output", "refused"], in: folder.url)
            #expect(refused.status != 0)
            #expect(refused.error.split(separator: "\n").filter { $0.contains("error") }.count == 1, "\(refused.error)")
            #expect(refused.error.contains(mentions), "\(refused.error)")
            #expect(!folder.exists("refused/gem.safetensors"))
        }
    }

    @Test(arguments: ["sdf", "occupancy"]) func divergenceLeavesWhatThereWas(_ target: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        #expect(try CommandRunner.run(["gem.obj", "--steps", "60"] + quick, in: folder.url).status == 0)
        let files = ["obj", "safetensors", "json", "png"].map { "output/gem.\($0)" }
        let before = try files.map(folder.data)
        let diverged = try CommandRunner.run(
            ["gem.obj", "--steps", "5000", "--learning-rate", "10", "--target", target, "--quiet"] + quick,
            in: folder.url)
        #expect(diverged.status != 0)
        #expect(diverged.error.contains("--learning-rate"))
        #expect(diverged.error.split(separator: "\n").count == 1, "\(diverged.error)")
        #expect(try files.map(folder.data) == before)
    }

    /// Weights of another fit, and only of one with the same network.
    @Test func aFitStartsFromAnothersWeights() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let settings = ["--quiet", "--no-preview", "--no-evaluate", "--preset", "fast"] + quick
        #expect(try CommandRunner.run(["gem.obj", "--steps", "200"] + settings, in: folder.url).status == 0)
        let start = ["--init", "output/gem.safetensors", "--steps", "1"]
        func loss(_ arguments: [String], _ output: String) throws -> Double {
            let result = try CommandRunner.run(["gem.obj", "--output", output] + arguments + settings, in: folder.url)
            #expect(result.status == 0, "\(result.error)")
            let report = try JSONSerialization.jsonObject(with: folder.data("\(output)/gem.json")) as? [String: Any]
            #expect(report?["evaluation"] == nil)
            return (report?["training"] as? [String: Any])?["finalLoss"] as? Double ?? .infinity
        }
        #expect(try loss(start, "warm") < loss(["--steps", "1"], "cold") / 2)
        for (other, message) in [(["--width", "8"], "other layers"), (["--seed", "7"], "other frequencies")] {
            let result = try CommandRunner.run(
                ["gem.obj", "--output", "other"] + settings + start + other, in: folder.url)
            #expect(result.status == 1 && result.error.contains(message), "\(result.error)")
        }
    }
}
