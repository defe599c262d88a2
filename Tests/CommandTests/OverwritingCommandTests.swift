import Foundation
import Testing

/// Settings of a fit that takes a moment.
private let quick = drawn + ["--no-preview", "--no-evaluate"]
private let drawn = [
    "--preset", "fast", "--steps", "60", "--batch-size", "1024", "--width", "16", "--frequencies", "8", "--sigma", "1",
    "--resolution",
    "24",
    "--quiet",
]

@Suite struct OverwritingCommandTests {
    /// A folder with a mesh, a model of it, an image and a table.
    private static func prepared() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        try folder.write("0 0 0\n1 2 3\n", to: "points.csv")
        try folder.write((0..<8).map { "\($0),\($0 * $0)\n" }.joined(), to: "table.csv")
        #expect(try CommandRunner.run(["gem.obj", "--output", "fitted"] + quick, in: folder.url).status == 0)
        let image = try CommandRunner.run(
            ["render", "gem.obj", "--size", "24x24", "--samples", "1", "--output", "image.png"], in: folder.url)
        #expect(image.status == 0, "\(image.error)")
        return folder
    }

    /// Every command that writes, and the file that stands in its way.
    private static let commands: [(arguments: [String], file: String)] = [
        (["gem.obj", "--output", "out"] + drawn, "out/gem.png"),
        (["gem.obj", "--output", "out"] + quick, "out/gem.safetensors"),
        (["gem.obj", "--output", "out/part.stl"] + quick, "out/part.stl"),
        (["extract", "fitted/gem.safetensors", "--resolution", "16", "--output", "out/a.ply"], "out/a.ply"),
        (["extract", "fitted/gem.safetensors", "--resolution", "16"], "output/gem-16.obj"),
        (["export", "fitted/gem.safetensors", "--output", "out/a.onnx"], "out/a.onnx"),
        (["export", "fitted/gem.safetensors", "--output", "out/a.npy", "--resolution", "8"], "out/a.npy"),
        (["query", "fitted/gem.safetensors", "points.csv", "--output", "out/q.csv"], "out/q.csv"),
        (["query", "fitted/gem.safetensors", "points.csv", "--output", "out/q.npy"], "out/q.npy"),
        (["render", "gem.obj", "--size", "16x16", "--output", "out/a.png"], "out/a.png"),
        (["sample", "gem.obj", "--count", "10", "--output", "out/a.npz"], "out/a.npz"),
        (
            ["sweep", "gem.obj", "--sigma", "1", "--output", "out", "--steps", "20", "--width", "8"],
            "out/gem.sweep.csv"
        ),
        (["ntk", "gem.obj", "--points", "16", "--steps", "5", "--output", "out"], "out/gem-ntk.json"),
        (["image", "image.png", "--steps", "5", "--output", "out"], "out/image-fit.png"),
        (["signal", "table.csv", "--steps", "5", "--output", "out"], "out/table-signal.csv"),
    ]

    /// Foreign and read-only files stay; --force replaces foreign ones alone; what the command wrote itself may go.
    @Test func otherPeoplesFilesAreKept() throws {
        let folder = try Self.prepared()
        for (arguments, file) in Self.commands {
            let path = folder.url.appendingPathComponent(file).path
            let place = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try folder.write("somebody's work", to: file)
            let refused = try CommandRunner.run(arguments, in: folder.url)
            #expect(refused.status == 1 && refused.error.contains("\(file): exists"), "\(arguments): \(refused.error)")
            #expect(refused.error.contains("--force"), "\(refused.error)")
            #expect(try folder.data(file) == Data("somebody's work".utf8))

            chmod(path, 0o444)
            let readOnly = try CommandRunner.run(arguments + ["--force"], in: folder.url)
            #expect(readOnly.status == 1 && readOnly.error.contains("\(file): is read-only"), "\(readOnly.error)")
            #expect(try folder.data(file) == Data("somebody's work".utf8))
            chmod(path, 0o644)

            let forced = try CommandRunner.run(arguments + ["--force"], in: folder.url)
            #expect(forced.status == 0, "\(arguments): \(forced.error)")
            #expect(try folder.data(file) != Data("somebody's work".utf8))
            let again = try CommandRunner.run(arguments, in: folder.url)
            #expect(again.status == 0, "\(arguments): \(again.error)")
        }
    }

    /// Not with --force either, nor through a link.
    @Test func inputsAreNeverReplaced() throws {
        let folder = try Self.prepared()
        try FileManager.default.createSymbolicLink(
            atPath: folder.url.appendingPathComponent("link.obj").path, withDestinationPath: "gem.obj")
        let model = "fitted/gem.safetensors"
        let before = try [model, "gem.obj", "image.png"].map(folder.data)
        for arguments in [
            ["gem.obj", "--output", "."] + quick, ["gem.obj", "--output", "link.obj"] + quick,
            ["extract", model, "--output", model, "--format", "obj"], ["export", model, "--output", model],
            ["export", model, "--output", model, "--format", "onnx"],
            ["render", "image.png", "--output", "image.png"],
            ["sample", "gem.obj", "--output", "gem.obj"],
        ] {
            let result = try CommandRunner.run(arguments + ["--force"], in: folder.url)
            #expect(result.status != 0, "\(arguments): \(result.output)")
        }
        #expect(try [model, "gem.obj", "image.png"].map(folder.data) == before)
    }

    /// Results of parts that share a name stand side by side, and a model's surface beside the fit's own.
    @Test func resultsDoNotCollide() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "part.obj")
        let made = try CommandRunner.run(["part.obj", "--output", "first/part.stl"] + quick, in: folder.url)
        #expect(made.status == 0, "\(made.error)")
        try FileManager.default.copyItem(
            at: folder.url.appendingPathComponent("first/part.stl"), to: folder.url.appendingPathComponent("part.stl"))
        for file in ["part.obj", "part.stl", "part.obj"] {
            #expect(try CommandRunner.run([file] + quick, in: folder.url).status == 0)
        }
        #expect(folder.exists("output/part.obj") && folder.exists("output/part-stl.obj"))
        let surface = try folder.data("output/part.obj")
        #expect(
            try CommandRunner.run(["extract", "output/part.safetensors", "--resolution", "16"], in: folder.url).status
                == 0)
        #expect(
            try CommandRunner.run(["render", "output/part.safetensors", "--size", "20x20"], in: folder.url).status == 0)
        #expect(try folder.data("output/part.obj") == surface)
        #expect(folder.exists("output/part-16.obj") && folder.exists("output/part-three-quarter.png"))
    }

    /// A folder of its own for what a disk without room leaves: the old file, and nothing half written.
    @Test func aFileTooLargeForTheDiskLeavesTheOldOne() throws {
        let folder = try Self.prepared()
        let command = "extract fitted/gem.safetensors --resolution 48 --output a.obj"
        #expect(try CommandRunner.shell("$shapefit \(command)", in: folder.url).status == 0)
        let before = try folder.data("a.obj")
        // Blocks of 1024 bytes; the mesh has some 200 of them.
        let limited = try CommandRunner.shell("ulimit -f 16; exec $shapefit \(command)", in: folder.url)
        #expect(limited.status == 1 && limited.error.contains("a.obj: cannot be written"), "\(limited.error)")
        #expect(try folder.data("a.obj") == before)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!names.contains { $0.hasSuffix(".partial") })
    }

    @Test func longNamesAreTriedBeforeTraining() throws {
        let folder = try TemporaryFolder()
        let name = String(repeating: "x", count: 236)
        try folder.write(TemporaryFolder.octahedron(), to: name + ".obj")
        let fitted = try CommandRunner.run(
            [name + ".obj", "--output", "out/short.obj"] + quick, in: folder.url)
        #expect(fitted.status == 0, "\(fitted.error)")
        let extracted = try CommandRunner.run(
            ["extract", "out/short.safetensors", "--resolution", "16", "--output", name + ".ply"], in: folder.url)
        #expect(extracted.status == 0, "\(extracted.error)")
        // 12 letters of extension go, 22 do not: the model of a training that diverges would have no name.
        let start = Date()
        let refused = try CommandRunner.run(
            [name + ".obj"] + quick.map { $0 == "60" ? "1000000" : $0 }, in: folder.url)
        #expect(refused.status == 1 && refused.error.contains("too long"), "\(refused.error)")
        #expect(Date().timeIntervalSince(start) < 20)
    }
}
