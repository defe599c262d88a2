import Foundation
import Testing

private let quick =
    "--preset fast --steps 60 --batch-size 512 --width 16 --frequencies 8 --sigma 1 --resolution 24 --quiet"

@Suite struct StreamsCommandTests {
    private static func prepared() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        try folder.write((0..<8).map { "\($0),\($0 * $0)\n" }.joined(), to: "table.csv")
        try folder.write("gem.obj,gem.obj\n", to: "pairs.csv")
        try folder.write("0 0 0\n1 2 3\n", to: "points.csv")
        let made = try CommandRunner.shell(
            "$shapefit gem.obj \(quick) --no-preview --no-evaluate && $shapefit render gem.obj --size 24x24 --samples 1 -o image.png",
            in: folder.url)
        #expect(made.status == 0, "\(made.error)")
        return folder
    }

    /// One line for each command.
    private static let commands = [
        "gem.obj \(quick) --no-preview", "info gem.obj", "evaluate gem.obj output/gem.obj",
        "evaluate --batch pairs.csv",
        "extract output/gem.safetensors --resolution 16", "export output/gem.safetensors --format npz --resolution 8",
        "info output/gem.safetensors", "query output/gem.safetensors points.csv",
        "query output/gem.safetensors points.csv -o v.npy",
        "render gem.obj --size 16x16 --samples 1", "sample gem.obj --count 10",
        "sweep gem.obj --sigma 1,2 --steps 20 --width 8 --frequencies 8 --quiet",
        "ntk gem.obj --points 16 --steps 5 --quiet", "ntk --demo --quiet",
        "image image.png --steps 5 --quiet", "signal table.csv --steps 5 --quiet",
    ]

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full here"))
    func aFullStandardOutputIsAnError() throws {
        let folder = try Self.prepared()
        for command in Self.commands + ["--help", "extract --help", "--version", "gem.obj --print-configuration"] {
            let result = try CommandRunner.shell("$shapefit \(command) > /dev/full", in: folder.url)
            #expect(result.status == 1, "\(command)")
            #expect(result.error.contains("standard output: cannot be written"), "\(command): \(result.error)")
        }
        // Progress that cannot be told is no reason to stop.
        let silent = try CommandRunner.shell("$shapefit info gem.obj 2> /dev/full", in: folder.url)
        #expect(silent.status == 0)
        let fit = try CommandRunner.shell(
            "$shapefit gem.obj \(quick.replacingOccurrences(of: "--quiet", with: "")) --no-preview 2> /dev/full",
            in: folder.url)
        #expect(fit.status == 0 && fit.output.contains("IoU of the field"))
    }

    /// Nobody reads any more: no message, and the status that SIGPIPE would have given.
    @Test func aReaderThatIsGoneIsNoFault() throws {
        let folder = try Self.prepared()
        let result = try CommandRunner.shell(
            "$shapefit --help | true; echo ${PIPESTATUS[0]}; $shapefit gem.obj \(quick) | true; echo ${PIPESTATUS[0]}",
            in: folder.url)
        // The pipe may still take the first lines before its reader is gone.
        #expect(result.output.split(separator: "\n").allSatisfy { ["0", "141"].contains($0) }, "\(result.output)")
        #expect(result.error == "", "\(result.error)")
        #expect(folder.exists("output/gem.json"))
    }

    /// A result of every command in one schema.
    @Test func everyCommandHasJSON() throws {
        let folder = try Self.prepared()
        for command in Self.commands {
            let result = try CommandRunner.shell("$shapefit \(command) --json", in: folder.url)
            #expect(result.status == 0, "\(command): \(result.error)")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(command)")
            let name = command.hasPrefix("gem.obj") ? "fit" : String(command.split(separator: " ")[0])
            #expect(object["command"] as? String == name && object["schema"] as? Int == 1, "\(command)")
            #expect((object["generator"] as? String)?.hasPrefix("shapefit ") == true)
            for file in object["files"] as? [[String: String]] ?? [] {
                #expect(folder.exists(try #require(file["path"])), "\(command): \(file)")
                #expect(file["kind"] != nil)
            }
        }
    }

    @Test func dashesAreStandardInputAndOutput() throws {
        let folder = try Self.prepared()
        let model = "output/gem.safetensors"
        let lines = [
            "$shapefit extract \(model) --resolution 16 -o a.stl",
            "$shapefit extract \(model) --resolution 16 -o - --format stl > b.stl",
            "$shapefit extract - --resolution 16 -o - --format stl < \(model) > c.stl", "cmp a.stl b.stl",
            "cmp a.stl c.stl",
            "$shapefit export \(model) -o a.onnx", "$shapefit export \(model) -o - > b.onnx", "cmp a.onnx b.onnx",
            "$shapefit sample gem.obj --count 10 -o a.npz", "cat gem.obj | $shapefit sample - --count 10 -o - > b.npz",
            "cmp a.npz b.npz",
            "$shapefit render gem.obj --size 16x16 -o a.png", "$shapefit render - --size 16x16 -o - < gem.obj > b.png",
            "cmp a.png b.png",
            "$shapefit info - < a.stl | grep -q 'closed  *yes'", "$shapefit evaluate gem.obj - < a.stl",
            "$shapefit - \(quick) --no-preview --no-evaluate < gem.obj", "test -e output/standard-input.obj",
        ]
        for line in lines {
            let result = try CommandRunner.shell(line, in: folder.url)
            #expect(result.status == 0, "\(line): \(result.error)")
        }
        for (line, mentions) in [
            ("$shapefit info - < /dev/null", "standard input: is empty"), ("$shapefit info - < image.png", "image"),
            ("echo nothing | $shapefit info -", "standard input"), ("$shapefit gem.obj --output -", "--output -"),
        ] {
            let result = try CommandRunner.shell(line, in: folder.url)
            #expect(result.status != 0, "\(line)")
            #expect(result.error.contains(mentions) || mentions == "image", "\(line): \(result.error)")
        }
        // What was put aside is gone again.
        let left = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
            .filter { $0.hasPrefix("shapefit-") && !$0.contains("-", after: "shapefit-") }
        #expect(left.isEmpty, "\(left)")
    }

    /// On a terminal of any width the bar stays in its line.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "needs the program script"),
        arguments: [20, 60, 200])
    func progressFitsTheTerminal(columns: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let result = try CommandRunner.shell(
            "script -qec 'stty cols \(columns); $shapefit gem.obj \(quick.dropLast(8)) --no-preview > /dev/null' /dev/null",
            in: folder.url)
        let lines = result.output.split { $0.isNewline || $0 == "\r" }
            .map { $0.replacingOccurrences(of: "\u{1b}[K", with: "") }
            .filter { $0.hasPrefix("[") || $0.contains(" s left") || $0.contains("starting") }
        #expect(!lines.isEmpty, "\(result.output)")
        #expect(lines.allSatisfy { $0.count < columns }, "\(lines)")
        #expect(columns < 60 || lines.contains { $0.contains("█") && $0.contains("step") }, "\(lines)")
    }

    @Test(arguments: [("TERM", 143), ("HUP", 129), ("INT", 130)])
    func signalsEndTrainingAndWriteWhatWasLearnt(signal: String, status: Int32) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let endless = quick.replacingOccurrences(of: "--steps 60", with: "--steps 100000000 --no-preview --no-evaluate")
        let result = try CommandRunner.shell(
            "env --default-signal=HUP $shapefit gem.obj \(endless) --checkpoint-every 0.01 & job=$!; "
                + "until test -e output/gem.checkpoint.safetensors; do sleep 0.05; done; sleep 1; kill -\(signal) $job; wait $job",
            in: folder.url)
        #expect(result.status == status, "\(result.error)")
        #expect(result.output.contains("stopped early"))
        #expect(folder.exists("output/gem.obj") && folder.exists("output/gem.safetensors"))
    }
}

extension String {
    /// Whether the rest after a prefix has `text`: UUIDs have dashes, our own names have none.
    fileprivate func contains(_ text: String, after prefix: String) -> Bool {
        dropFirst(prefix.count).contains(text)
    }

    /// What was asked for as JSON comes as JSON, whatever else is not wanted.
    @Test func jsonIsPrintedBesideAFileOnStandardOutput() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let result = try CommandRunner.run(
            ["sample", "gem.obj", "--count", "10", "--output", "-", "--json", "--quiet"], in: folder.url)
        let json = try JSONSerialization.jsonObject(with: Data(result.error.utf8)) as? [String: Any]
        #expect(json?["command"] as? String == "sample")
    }

    /// Names of files on one line and as text, in messages and results.
    @Test func strangeNamesAreShownOnALine() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "two\nlines.obj")
        let missing = try CommandRunner.run(["info", "no\nfile.obj"], in: folder.url)
        #expect(missing.error == "shapefit: error: no\\x0Afile.obj: no such file\n")
        let info = try CommandRunner.run(["info", "two\nlines.obj"], in: folder.url)
        #expect(info.output.contains("two\\x0Alines.obj\n"))
        let script =
            "name=$(printf 'b\\344r.obj'); cp two*lines.obj \"$name\"; "
            + "$shapefit \"$name\" --preset instant --coefficients 3000 --no-preview --no-evaluate --quiet --output out"
        let plain = try CommandRunner.shell(script, in: folder.url)
        #expect(plain.status == 0 && plain.output.contains("out/b\\xE4r.obj"), "\(plain.output) \(plain.error)")
        let json = try CommandRunner.shell(script + " --json --force", in: folder.url)
        #expect(json.output.contains("out/b\\\\xE4r.obj"))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.output.utf8)) }
    }

    /// Points of a scan may come through a pipe, as text and as an array.
    @Test func scansAreReadFromStandardInput() throws {
        let folder = try TemporaryFolder()
        var points = ""
        for index in 0..<3000 {
            let z = 1 - (2 * Double(index) + 1) / 3000
            let angle = 2.399963 * Double(index)
            let radius = (1 - z * z).squareRoot()
            points += "\(radius * cos(angle)) \(radius * sin(angle)) \(z)\n"
        }
        try folder.write(points, to: "ball.xyz")
        let result = try CommandRunner.shell(
            "$shapefit - --preset instant --coefficients 3000 --no-preview --output out < ball.xyz", in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        // A byte-order mark before numbers is none of them.
        let query = try CommandRunner.shell(
            "printf '\\357\\273\\2770,0,0\\n' | $shapefit query out/standard-input.safetensors - --output -",
            in: folder.url)
        #expect(query.status == 0, "\(query.error)")
    }
}
