import Foundation
import Testing

/// Settings of a fit that takes a moment.
private let quick = [
    "--preset", "fast", "--steps", "60", "--batch-size", "1024", "--width", "32", "--frequencies", "16", "--sigma", "1",
    "--resolution",
    "32",
]

@Suite struct FitCommandTests {
    @Test func fitsWritesAndReports() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3, center: 10), to: "gem.obj")
        let result = try CommandRunner.run(["gem.obj"] + quick, in: folder.url)
        #expect(result.status == 0)
        #expect(result.output.contains("IoU of the field"))
        #expect(result.output.contains("output/gem.obj"))
        #expect(result.error.contains("training 100 %"))
        let report = try #require(
            try JSONSerialization.jsonObject(with: folder.data("output/gem.json")) as? [String: Any])
        func value(_ path: String) -> Any? {
            path.split(separator: ".").reduce(report as Any?) { ($0 as? [String: Any])?[String($1)] }
        }
        for key in [
            "input.path", "input.vertices", "input.triangles", "input.watertight",
            "configuration.encoding.gaussian.sigma",

            "model.parameters", "training.steps", "training.samples", "training.samplesPerSecond",
            "training.finalLoss", "evaluation.tancik2020.uniform", "evaluation.tancik2020.boundary",
            "evaluation.mesh.iouUniform", "evaluation.mesh.iouBoundary", "evaluation.mesh.chamferL1",
            "evaluation.mesh.chamferL2", "evaluation.mesh.hausdorff", "evaluation.mesh.fScoreHalfPercent",
            "evaluation.mesh.fScoreOnePercent", "evaluation.mesh.normalConsistency", "timings.import",
            "timings.label", "timings.train", "timings.extract", "timings.evaluate", "timings.total",
            "peakMemoryBytes",
        ] { #expect(value(key) != nil, "\(key) is missing") }
        #expect(value("input.triangles") as? Int == 8)
        #expect(value("input.watertight") as? Bool == true)
        #expect((value("evaluation.tancik2020.uniform") as? Double ?? 0) > 0.8)

        let again = try CommandRunner.run(["extract", "output/gem.safetensors", "--resolution", "20"], in: folder.url)
        #expect(again.status == 0)
        let evaluated = try CommandRunner.run(
            ["evaluate", "gem.obj", "output/gem.safetensors", "--json"], in: folder.url)
        #expect(evaluated.status == 0)
        let scores = try #require(
            try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
        #expect(
            (scores["tancik2020"] as? [String: Any])?["uniform"] as? Double == value("evaluation.tancik2020.uniform")
                as? Double)
        let meshes = try CommandRunner.run(["evaluate", "gem.obj", "output/gem.obj"], in: folder.url)
        #expect(meshes.status == 0 && meshes.output.contains("Chamfer-L1"))
    }

    @Test func theSameRunGivesTheSameBytes() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        for (output, threads) in [("a", "1"), ("b", "2"), ("c", "4")] {
            let result = try CommandRunner.run(
                ["gem.obj", "--output", output, "--threads", threads, "--quiet", "--no-preview"] + quick, in: folder.url
            )
            #expect(result.status == 0)
            #expect(result.error == "")
        }
        for file in ["gem.obj", "gem.safetensors"] {
            #expect(try folder.data("a/\(file)") == folder.data("b/\(file)"))
            #expect(try folder.data("a/\(file)") == folder.data("c/\(file)"))
        }
    }

    @Test func interruptedTrainingWritesWhatItLearnt() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let settings = quick.map { $0 == "60" ? "100000000" : $0 }
        let (process, output, _) = try CommandRunner.start(
            "shapefit", ["gem.obj", "--quiet"] + settings, in: folder.url)
        Thread.sleep(forTimeInterval: 2)
        process.interrupt()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(text.contains("stopped early"))
        #expect(folder.exists("output/gem.obj") && folder.exists("output/gem.safetensors"))
    }

    @Test(
        arguments: [
            (["nowhere.obj"], "nowhere.obj"), (["."], "."), (["text.obj"], "text.obj"), (["text.xyz"], "text.xyz"),
            (["points.obj"], "points.obj"), (["flat.obj"], "flat.obj"), (["nan.obj"], "nan.obj"),
            (["gem.obj", "--sigma", "0"], "sigma"), (["gem.obj", "--sigma", "nan"], "sigma"),
            (["gem.obj", "--width", "0"], "width"), (["gem.obj", "--depth", "-3"], "depth"),
            (["gem.obj", "--batch-size", "0"], "--batch-size"),
            (["gem.obj", "--width", "16000", "--depth", "60"], "MiB"),
            (["gem.obj", "--resolution", "1"], "resolution"), (["gem.obj", "--output", "gem.obj/x"], "--output"),
            (["gem.obj", "--output", "."], "overwrite"), (["gem.obj", "--configuration", "text.obj"], "text.obj"),
            (["extract", "text.obj"], "text.obj"), (["evaluate", "gem.obj", "nowhere.obj"], "nowhere.obj"),
            (["extract", "nowhere.safetensors"], "nowhere.safetensors"),
        ] as [([String], String)])
    func badInputGetsOneLine(_ arguments: [String], mentions: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        try folder.write("nothing of a mesh", to: "text.obj")
        try folder.write("nothing of a mesh", to: "text.xyz")
        try folder.write("v 0 0 0\nv 1 0 0\nv 0 1 0\np 1 2 3\n", to: "points.obj")
        try folder.write("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", to: "flat.obj")
        try folder.write("v 0 0 0\nv 1 0 nan\nv 0 1 0\nf 1 2 3\n", to: "nan.obj")
        let gem = try folder.data("gem.obj")
        let result = try CommandRunner.run(
            arguments + (arguments[0] == "gem.obj" ? ["--steps", "1"] : []), in: folder.url)
        #expect(result.status != 0)
        #expect(result.output == "")
        let lines = result.error.split(separator: "\n").filter { $0.contains("error") || $0.contains("Error") }
        #expect(lines.count == 1, "\(result.error)")
        #expect(result.error.contains(mentions), "\(result.error)")
        #expect(try folder.data("gem.obj") == gem)
    }

    @Test func aMeshThatIsOpenOrInsideOutIsFittedAndSaidSo() throws {
        let folder = try TemporaryFolder()
        let lines = TemporaryFolder.octahedron().split(separator: "\n").map(String.init)
        try folder.write(lines.dropLast().joined(separator: "\n"), to: "open.obj")
        let turned = lines.map { line in
            guard line.hasPrefix("f") else { return line }
            let corners = line.split(separator: " ")
            return "f \(corners[1]) \(corners[3]) \(corners[2])"
        }
        try folder.write(turned.joined(separator: "\n"), to: "turned.obj")
        let open = try CommandRunner.run(["open.obj", "--no-preview"] + quick, in: folder.url)
        #expect(open.status == 0)
        #expect(open.error.contains("open"))
        let inverted = try CommandRunner.run(["turned.obj", "--no-preview"] + quick, in: folder.url)
        #expect(inverted.status == 0)
        #expect(inverted.error.contains("inside out"))
    }

    /// A sheet with a hole, as it is or with each face twice, has no inside: said before anything is learnt.
    @Test(arguments: ["fast", "instant"], [false, true])
    func aSheetEndsInAnError(_ preset: String, isDoubled: Bool) throws {
        let folder = try TemporaryFolder()
        var lines: [String] = []
        for (corner, radius) in (0..<8).flatMap({ corner in [(corner, 3.0), (corner, 1.0)] }) {
            let angle = Double(corner) * .pi / 4
            lines.append("v \(radius * cos(angle)) \(radius * sin(angle)) 0")
        }
        for corner in 0..<8 {
            let next = (corner + 1) % 8
            let quad = [2 * corner + 1, 2 * next + 1, 2 * next + 2, 2 * corner + 2].map(String.init)
            lines.append("f " + quad.joined(separator: " "))
            if isDoubled { lines.append("f " + quad.reversed().joined(separator: " ")) }
        }
        try folder.write(lines.joined(separator: "\n"), to: "sheet.obj")
        let result = try CommandRunner.run(["sheet.obj", "--preset", preset], in: folder.url)
        #expect(result.status == 1)
        #expect(result.error.contains("nothing is inside"), "\(result.error)")
        #expect(!folder.exists("output/sheet.obj"))
    }

    /// What was learnt is kept, and the message says how it becomes a mesh.
    @Test func aShapeTooThinForTheGridKeepsItsModel() throws {
        let folder = try TemporaryFolder()
        let corners = (0..<8).map { "v \(60 * ($0 & 1)) \($0 >> 1 & 1) \($0 >> 2)" }
        let faces = ["1 3 4 2", "5 6 8 7", "1 2 6 5", "3 7 8 4", "1 5 7 3", "2 4 8 6"].map { "f \($0)" }
        try folder.write((corners + faces).joined(separator: "\n"), to: "rod.obj")
        let result = try CommandRunner.run(
            ["rod.obj", "--preset", "instant", "--resolution", "16"], in: folder.url)
        #expect(result.status == 1)
        #expect(result.error.contains("too thin for a grid of 16 cells"), "\(result.error)")
        #expect(!folder.exists("output/rod.obj"))
        let words = result.error.split(separator: " ")
        let advised = try #require(
            words.firstIndex(of: "resolution").map { String(words[words.index($0, offsetBy: 2)]) })
        let extracted = try CommandRunner.run(
            ["extract", "output/rod.safetensors", "--resolution", advised, "--output", "output/rod.obj"], in: folder.url
        )
        #expect(extracted.status == 0, "\(extracted.error)")
        let scores = try CommandRunner.run(["evaluate", "rod.obj", "output/rod.obj", "--json"], in: folder.url)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(scores.output.utf8)) as? [String: Any])
        #expect((report["mesh"] as? [String: Any])?["iouUniform"] as? Double ?? 0 > 0.75)
    }

    @Test func printedConfigurationsCanBeUsed() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let printed = try CommandRunner.run(["gem.obj", "--print-configuration"] + quick, in: folder.url)
        try folder.write(printed.output, to: "settings.json")
        let first = try CommandRunner.run(["gem.obj", "--output", "a"] + quick, in: folder.url)
        let second = try CommandRunner.run(
            ["gem.obj", "--output", "b", "--configuration", "settings.json"], in: folder.url)
        #expect(first.status == 0 && second.status == 0)
        #expect(try folder.data("a/gem.safetensors") == folder.data("b/gem.safetensors"))
    }

    /// Before the training, not after it.
    @Test func aMissingReferenceIsFoundFirst() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        let result = try CommandRunner.run(
            ["a.obj", "--reference", "nothere.obj", "--output", "out", "--steps", "100000000"], in: folder.url)
        #expect(result.status == 1 && result.error.contains("nothere.obj: no such file"))
        let unused = try CommandRunner.run(["a.obj", "--reference", "a.obj", "--no-evaluate"], in: folder.url)
        #expect(unused.status == 64 && unused.error.contains("--reference"))
        // A folder would be made of the name of a format that is not written.
        let format = try CommandRunner.run(["a.obj", "--output", "a.off"], in: folder.url)
        #expect(format.status == 64 && format.error.contains("a.off"))
    }
}
