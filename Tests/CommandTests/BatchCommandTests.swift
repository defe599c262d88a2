import Foundation
import Testing

@Suite struct BatchCommandTests {
    @Test func everyShapeHasItsRowAndTheSameAgainDoesNothing() throws {
        let folder = try BatchFolder(meshes: 3, broken: ["bad"])
        let first = try folder.batch()
        #expect(first.status == 0, "\(first.error)")
        #expect(first.output.contains("4 fitted now, 1 of them failed"))
        let rows = try folder.rows()
        #expect(rows.keys.sorted() == ["bad", "s0", "s1", "s2"] && rows.values.allSatisfy { $0.count == 1 })
        #expect(
            rows["bad"]?.first?["status"] as? String == "failed" && rows["bad"]?.first?["failure"] as? String == "input"
        )
        let message = try #require(rows["bad"]?.first?["error"] as? String)
        #expect(message.contains("bad.obj") && !message.contains("\n"))
        #expect(rows["s1"]?.first?["sha256"] as? String != rows["s2"]?.first?["sha256"] as? String)
        for key in ["parameters", "seconds", "transform", "topology", "steps", "sigma", "settings", "seed"] {
            #expect(rows["s1"]?.first?[key] != nil, "\(key)")
        }
        #expect(try folder.model("s1") == folder.directFit("s1"))
        #expect(!folder.folder.exists("fields/.work"))

        let again = try folder.batch()
        #expect(again.status == 0 && again.output.contains("0 fitted now"))
        // Without its index a shard is not finished, and with its tar nothing needs to be fitted.
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("fields/00000.jsonl"))
        #expect(try folder.batch(["--status"]).status == 75)
        let index = try folder.batch([])
        #expect(index.status == 0 && index.output.contains("0 fitted now"), "\(index.error)")
        let status = try folder.batch(["--status", "--json"])
        #expect(status.status == 0 && status.output.contains("\"okCount\" : 3"))
    }

    /// Grids are solved at once and have no checkpoints; scores need neither the surface's file nor bounds.
    @Test func gridsAreFittedAndScored() throws {
        let folder = try BatchFolder(meshes: 2)
        let result = try folder.batch(["m/*.obj", "--preset", "instant", "--coefficients", "3000", "--no-preview"])
        #expect(result.status == 0, "\(result.error)")
        let rows = try folder.rows()
        #expect(rows.keys.sorted() == ["s0", "s1"])
        for row in rows.values.compactMap(\.first) {
            let scores = try #require(row["scores"] as? [String: Any])
            let (field, mesh) = (scores["iouUniform"] as? Double, scores["meshIouUniform"] as? Double)
            #expect(row["status"] as? String == "ok" && scores["hausdorff"] != nil)
            #expect(try #require(field) > 0.97 && #require(mesh) > 0.97, "\(scores)")
            let members = try #require(row["members"] as? [String: Any])
            #expect(members.keys.sorted() == ["json", "safetensors"])
        }
    }

    @Test func otherSettingsAreRefusedByName() throws {
        let folder = try BatchFolder(meshes: 2)
        #expect(try folder.batch().status == 0)
        for (arguments, difference) in [
            (["m/*.obj"] + BatchFolder.settings + ["--steps", "31"], "budget.steps is 30 instead of 31"),
            (["m/s0.obj"] + BatchFolder.settings, "number of shapes is 2 instead of 1"),
            (["m/*.obj"] + BatchFolder.settings + ["--shards", "2"], "number of shards is 1 instead of 2"),
            (["m/*.obj"] + Array(BatchFolder.settings.dropLast()), "evaluation is false instead of true"),
        ] {
            let result = try folder.batch(arguments)
            #expect(result.status == 1 && result.error.contains(difference), "\(result.error)")
            #expect(result.error.split(separator: "\n").count == 1)
        }
    }

    @Test func membersAreReadWhereTheyAre() throws {
        let folder = try BatchFolder(meshes: 1)
        #expect(try folder.batch().status == 0)
        let member = "fields/00000.tar::s0"
        let extracted = try CommandRunner.run(
            ["extract", member, "--resolution", "16", "--output", "x.obj"], in: folder.url)
        #expect(extracted.status == 0, "\(extracted.error)")
        let drawn = try CommandRunner.run(
            ["render", member, "--resolution", "16", "--size", "40x40", "--samples", "1"], in: folder.url)
        #expect(drawn.status == 0 && folder.folder.exists("output/s0-three-quarter.png"), "\(drawn.error)")
        let scored = try CommandRunner.run(["evaluate", "m/s0.obj", member, "--json"], in: folder.url)
        #expect(scored.status == 0 && scored.output.contains("tancik2020"), "\(scored.error)")
        try folder.folder.write("0 0 0\n9 9 9\n", to: "points.txt")
        let asked = try CommandRunner.run(["query", member, "points.txt"], in: folder.url)
        let values = asked.output.split(separator: "\n").compactMap { Float($0) }
        #expect(asked.status == 0 && values.count == 2 && values[0] < 0 && values[1] > 0, "\(asked.output)")
        #expect(try CommandRunner.run(["info", member], in: folder.url).status == 0)
        let missing = try CommandRunner.run(["extract", "fields/00000.tar::s9"], in: folder.url)
        #expect(missing.status == 1 && missing.error.contains("has no model s9; it has s0"))
    }

    @Test func listsMakeAFitEach() throws {
        let folder = try BatchFolder(meshes: 1)
        try folder.folder.write("path,key,steps\nm/s0.obj,long,40\n", to: "list.csv")
        let result = try folder.batch(
            ["m/*.obj", "--manifest", "list.csv", "--sigma", "1,2", "--seed", "0..1"] + BatchFolder.settings)
        #expect(result.status == 0, "\(result.error)")
        let rows = try folder.rows()
        #expect(rows.count == 8)
        let long = try #require(rows["long-sigma2-seed1"]?.first)
        #expect(long["steps"] as? Int == 40 && long["sigma"] as? Double == 2 && long["seed"] as? Int == 1)
        #expect(try folder.model("s0-sigma1-seed0") == folder.directFit("s0"))
    }

    /// Of a list that makes no sense nothing is begun, not even the folder.
    @Test(arguments: ["path\nm/none.obj\n", "path,colour\nm/s0.obj,red\n", "path,key\nm/s0.obj,a\nm/s1.obj,a\n"])
    func aRefusedBatchLeavesNothing(list: String) throws {
        let folder = try BatchFolder(meshes: 2)
        try folder.folder.write(list, to: "list.csv")
        let result = try folder.batch(["--manifest", "list.csv", "--output", "made"] + BatchFolder.settings)
        #expect(result.status != 0)
        #expect(!folder.folder.exists("made"))
    }

    /// Every option of a fit, for all shapes or for one of a list.
    @Test func optionsOfAFitHoldInABatch() throws {
        let folder = try BatchFolder(meshes: 2)
        let points = (0..<2000).map { number -> String in
            let height = 1 - (2 * Double(number) + 1) / 2000
            let (radius, angle) = ((1 - height * height).squareRoot(), Double(number) * 2.399963)
            let text = "\(radius * cos(angle)) \(radius * sin(angle)) \(height)"
            return "\(text) \(text)"
        }
        try folder.folder.write(points.joined(separator: "\n") + "\n", to: "m/scan.xyz")
        try folder.folder.write(
            "path,simplify,up,noise\nm/s0.obj,0.5,z,\nm/s1.obj,,,\nm/scan.xyz,,,0.01\n", to: "list.csv")
        let options = ["--keep-surface", "--format", "ply", "--unit", "mm"] + BatchFolder.settings
        let result = try folder.batch(["--manifest", "list.csv"] + options)
        #expect(result.status == 0, "\(result.error)")
        let rows = try folder.rows()
        #expect(rows.values.allSatisfy { $0[0]["status"] as? String == "ok" }, "\(rows)")
        func bytes(_ key: String) throws -> Int {
            let members = try #require(rows[key]?.first?["members"] as? [String: [String: Any]])
            return try #require(members["ply"]?["bytes"] as? Int)
        }
        #expect(try bytes("m/s0") < bytes("m/s1") * 2 / 3)
        let other = try folder.batch(
            ["--manifest", "list.csv", "--unit", "cm"] + options.filter { $0 != "--unit" && $0 != "mm" })
        #expect(other.status == 1 && other.error.contains("unit is mm instead of cm"), "\(other.error)")
    }

    @Test func failedShapesAreFittedAgainAndOthersStay() throws {
        let folder = try BatchFolder(meshes: 2, broken: ["bad"])
        #expect(try folder.batch().status == 0)
        let model = try folder.model("s1")
        try folder.folder.write(TemporaryFolder.octahedron(), to: "m/bad.obj")
        let again = try folder.batch(["--retry-failed"])
        #expect(again.status == 0 && again.output.contains("1 fitted now, 0 of them failed"), "\(again.error)")
        let rows = try folder.rows()
        #expect(rows.count == 3 && rows.values.allSatisfy { $0.count == 1 && $0[0]["status"] as? String == "ok" })
        #expect(try folder.model("s1") == model)
        #expect(!folder.folder.exists("fields/.work"))
    }

    @Test func shapesBeyondTheirLimitsFail() throws {
        let folder = try BatchFolder(meshes: 1, steps: 100_000_000)
        let slow = try folder.batch(["m/*.obj", "--output", "slow", "--shape-timeout", "1"] + BatchFolder.settings)
        #expect(slow.status == 0)
        var row = try folder.rows("slow")["s0"]?.first
        #expect(row?["failure"] as? String == "timeout" && row?["error"] as? String == "took longer than 1 s")
        let large = try folder.batch(
            ["m/*.obj", "--output", "large", "--shape-memory", "1M", "--shape-timeout", "30"] + BatchFolder.settings)
        #expect(large.status == 0)
        row = try folder.rows("large")["s0"]?.first
        #expect(row?["failure"] as? String == "memory" && row?["error"] as? String == "held more memory than 1 MiB")
    }

    /// SIGTERM is no failure: no row, a status that says so, and the training goes on where it was.
    @Test func aStoppedBatchGoesOnFromItsCheckpoint() throws {
        let folder = try BatchFolder(meshes: 1, steps: 12_000)
        let process = try folder.start(["m/*.obj", "--checkpoint-every", "0.1"] + BatchFolder.settings)
        let work = folder.url.appendingPathComponent("fields/.work").path
        #expect(
            folder.wait {
                (try? FileManager.default.contentsOfDirectory(atPath: work))?.contains { $0.hasSuffix(".checkpoint") }
                    == true
            })
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 75)
        #expect(!folder.folder.exists("fields/00000.jsonl"))
        let result = try folder.batch()
        #expect(result.status == 0, "\(result.error)")
        #expect(try folder.rows()["s0"]?.first?["resumed"] as? Bool == true)
        #expect(try folder.model("s0") == folder.directFit("s0"))
        #expect(!folder.folder.exists("fields/.work"))
    }

    @Test func twoWorkersOnOneShardGiveOneResult() throws {
        let folder = try BatchFolder(meshes: 4)
        let workers = try (0..<2).map { _ in
            try folder.start(["m/*.obj", "--shard", "0/1", "--jobs", "1"] + BatchFolder.settings)
        }
        for worker in workers {
            worker.waitUntilExit()
            #expect(worker.terminationStatus == 0)
        }
        let rows = try folder.rows()
        #expect(rows.count == 4 && rows.values.allSatisfy { $0.count == 1 && $0[0]["status"] as? String == "ok" })
        #expect(try folder.model("s3") == folder.directFit("s3"))
        #expect(!folder.folder.exists("fields/.work"))
    }

    /// Forty times SIGKILL, then the same command: everything once, the same bits as without any of it.
    @Test func aBatchThatIsKilledAgainAndAgainIsCompleted() throws {
        let folder = try BatchFolder(meshes: 8, steps: 300)
        #expect(try folder.batch(["m/*.obj", "--output", "calm"] + BatchFolder.settings).status == 0)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<40 {
            let process = try folder.start(["m/*.obj", "--shards", "2"] + BatchFolder.settings)
            Thread.sleep(forTimeInterval: Double.random(in: 0...0.6, using: &generator))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let result = try folder.batch(["m/*.obj", "--shards", "2"] + BatchFolder.settings)
        #expect(result.status == 0, "\(result.error)")
        let rows = try folder.rows()
        #expect(rows.count == 8 && rows.values.allSatisfy { $0.count == 1 && $0[0]["status"] as? String == "ok" })
        for key in rows.keys { #expect(try folder.model(key) == folder.model(key, "calm")) }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.appendingPathComponent("fields").path)
        #expect(left.sorted() == ["00000.jsonl", "00000.tar", "00001.jsonl", "00001.tar", "batch.json"])
    }

    @Test(arguments: [
        ("path,key\nm/s0.obj,x\nm/s1.obj,x\n", "the key x stands for"), ("", "no shapes"),
        ("path\nm/gone.obj\n", "m/gone.obj: no such file"),
        ("path,color\nm/s0.obj,red\n", "color"),
    ]) func badListsGetOneLine(text: String, message: String) throws {
        let folder = try BatchFolder(meshes: 2)
        try folder.folder.write(text, to: "list.csv")
        let result = try folder.batch(["--manifest", "list.csv"] + BatchFolder.settings)
        #expect(result.status == 1 && result.error.contains(message), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
        #expect(!folder.folder.exists("fields/batch.json"))
    }

    /// A disk that fills up is nobody's row: one line, and the batch goes on once there is room.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskIsOneLine() throws {
        let folder = try BatchFolder(meshes: 4)
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("small"), withIntermediateDirectories: true)
        let program = CommandRunner.folder.appendingPathComponent("shapefit").path
        let script = """
            mount -t tmpfs -o size=24k none small && "$0" batch 'm/*.obj' --output small/f --quiet "$@"; echo "status $?"
            ls -A small/f | grep -c jsonl
            mount -o remount,size=4m small && "$0" batch 'm/*.obj' --output small/f --quiet "$@" && wc -l < small/f/00000.jsonl
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["unshare", "--mount", "sh", "-c", script, program] + BatchFolder.settings
        process.currentDirectoryURL = folder.url
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errors = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(
            text == "status 1\n0\n4 fitted now, 0 of them failed  small/f\n4\n" || text.hasSuffix("\n4\n"), "\(text)")
        #expect(text.hasPrefix("status 1\n0\n"))
        #expect(errors.split(separator: "\n").count == 1 && errors.contains("no space left on device"), "\(errors)")
    }

    /// Where nothing can be renamed nothing can appear whole; this is said before the first fit.
    @Test func aFolderWithoutRenamingIsOneLine() throws {
        let folder = try BatchFolder(meshes: 1)
        try folder.folder.write(
            "#include <errno.h>\nint rename(const char *a, const char *b) { errno = EPERM; return -1; }\n", to: "no.c")
        let compiler = try CommandRunner.tool(["clang", "-shared", "-fPIC", "-o", "no.so", "no.c"], in: folder.url)
        #expect(compiler.status == 0, "\(compiler.error)")
        let program = CommandRunner.folder.appendingPathComponent("shapefit").path
        let result = try CommandRunner.tool(
            ["LD_PRELOAD=./no.so", program, "batch", "m/*.obj"] + BatchFolder.settings, in: folder.url)
        #expect(result.status == 1)
        #expect(
            result.error.split(separator: "\n").count == 1
                && result.error.contains("fields: no batch can be begun here"),
            "\(result.error)")
    }

    @Test func theSummaryHasEverything() throws {
        let folder = try BatchFolder(meshes: 3, broken: ["bad"])
        let settings = BatchFolder.settings.filter { $0 != "--no-evaluate" }
        #expect(try folder.batch(["m/*.obj"] + settings).status == 0)
        let result = try folder.batch(["--collect"])
        #expect(result.status == 0 && result.output.contains("3 of 4 fitted, 1 failed"), "\(result.error)")
        let rows = String(decoding: try folder.folder.data("fields/summary/index.jsonl"), as: UTF8.self)
        #expect(rows.split(separator: "\n").count == 4)
        let summary = try #require(
            try JSONSerialization.jsonObject(with: folder.folder.data("fields/summary/summary.json")) as? [String: Any])
        #expect((summary["worst"] as? [Any])?.count == 3 && summary["iouBoundary"] != nil)
        #expect((summary["shapesPerHour"] as? Double ?? 0) > 0)
        let page = String(decoding: try folder.folder.data("fields/summary/index.html"), as: UTF8.self)
        #expect(page.contains("data:image/png") && page.contains("s2") && page.contains("bad"))
        let pictures = try FileManager.default.contentsOfDirectory(
            atPath: folder.url.appendingPathComponent("fields/summary/worst").path)
        #expect(pictures.count == 3)
    }

    /// The program in docs/batch.md reads models into one array.
    @Test(.enabled(if: CommandRunner.hasNumPy)) func pythonReadsModels() throws {
        let folder = try BatchFolder(meshes: 3, broken: ["bad"])
        #expect(try folder.batch().status == 0)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let text = try String(contentsOf: root.appendingPathComponent("docs/batch.md"), encoding: .utf8)
        let program = try #require(text.firstMatch(of: /```python\n((?:(?!```)[\s\S])*)```/)).1
        #expect(program.split(separator: "\n").count <= 13)
        try folder.folder.write(program + "\nprint(keys, weights.shape, weights.dtype)\n", to: "read.py")
        let result = try CommandRunner.tool(["python3", "read.py"], in: folder.url)
        let parameters = try #require(try folder.rows()["s0"]?.first?["parameters"] as? Int)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("['s0', 's1', 's2'] (3, "), "\(result.output)")
        #expect(result.output.contains("float16") && parameters > 0)
    }
}
