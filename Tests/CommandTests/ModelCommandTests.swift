import Foundation
import Testing

private let quick = [
    "--preset", "fast", "--steps", "200", "--batch-size", "1024", "--width", "16", "--frequencies", "8", "--sigma", "1",
    "--resolution",
    "24",
    "--quiet",
]

@Suite struct ModelCommandTests {
    private static func fitted() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3, center: 10), to: "gem.obj")
        #expect(
            try CommandRunner.run(["gem.obj", "--no-preview", "--no-evaluate"] + quick, in: folder.url).status == 0)
        return folder
    }

    /// Distances from the centre of an OBJ's vertices.
    private static func extent(_ folder: TemporaryFolder, _ file: String) throws -> Double {
        let lines = String(decoding: try folder.data(file), as: UTF8.self).split(separator: "\n")
        return lines.filter { $0.hasPrefix("v ") }.compactMap { Double($0.split(separator: " ")[1]) }.max() ?? 0
    }

    @Test func extractsByMethodLevelAndFormat() throws {
        let folder = try Self.fitted()
        let model = "output/gem.safetensors"
        func extract(_ arguments: String...) throws -> CommandResult {
            try CommandRunner.run(["extract", model, "--resolution", "24"] + arguments, in: folder.url)
        }
        for (file, start) in [("a.ply", "ply\n"), ("a.glb", "glTF"), ("a.stl", "binary STL"), ("a.gltf", "{")] {
            #expect(try extract("--output", file, "--normals").status == 0)
            #expect(try folder.data(file).starts(with: Data(start.utf8)))
        }
        let ply = String(decoding: try folder.data("a.ply").prefix(300), as: UTF8.self)
        #expect(ply.contains("property float nx"))
        #expect(try extract("--output", "sharp.obj", "--method", "dual-contouring", "--normals").status == 0)
        #expect(try extract("--output", "smooth.obj", "--normals").status == 0)
        #expect(try extract("--output", "exhaustive.obj", "--normals", "--exhaustive").status == 0)
        #expect(try folder.data("sharp.obj") != folder.data("smooth.obj"))
        #expect(try folder.data("exhaustive.obj") == folder.data("smooth.obj"))
        let text = String(decoding: try folder.data("smooth.obj"), as: UTF8.self)
        #expect(text.contains("\nvn ") && text.contains("//"))

        #expect(try extract("--output", "coarse.obj", "--normals", "--simplify", "0.25").status == 0)
        let faces = { (text: String) in text.split(separator: "\n").count { $0.hasPrefix("f ") } }
        let coarse = String(decoding: try folder.data("coarse.obj"), as: UTF8.self)
        #expect((faces(text) / 4 - 1...faces(text) / 4).contains(faces(coarse)))
        #expect(
            coarse.split(separator: "\n").count { $0.hasPrefix("v ") }
                == coarse.split(separator: "\n").count { $0.hasPrefix("vn ") })

        // A level outside the surface is larger by about as much; the cells are a quarter wide.
        #expect(try extract("--output", "outer.obj", "--iso-level", "0.05").status == 0)
        #expect(try extract("--output", "inner.obj", "--iso-level", "-0.05").status == 0)
        let (inner, middle, outer) = (
            try Self.extent(folder, "inner.obj"), try Self.extent(folder, "smooth.obj"),
            try Self.extent(folder, "outer.obj")
        )
        #expect(inner < middle && middle < outer)
        for (arguments, mentions) in [
            (["--iso-level", "4"], "iso-level 4"), (["--output", "a.xyz"], "a.xyz"), (["--method", "cubes"], "method"),
            (["--iso-level", "nan"], "iso-level nan"), (["--simplify", "0"], "simplify 0"),
            (["--simplify", "1.5"], "simplify 1.5"),
        ] {
            let refused = try CommandRunner.run(["extract", model] + arguments, in: folder.url)
            #expect(refused.status != 0)
            #expect(refused.error.contains(mentions), "\(refused.error)")
        }
    }

    @Test func exportsInEveryFormat() throws {
        let folder = try Self.fitted()
        func export(_ arguments: String...) throws -> CommandResult {
            try CommandRunner.run(["export", "output/gem.safetensors"] + arguments, in: folder.url)
        }
        #expect(try export("--output", "gem.onnx").status == 0)
        for text in ["base.samples", "negative inside", "bounds.minimum", "reach"] {
            #expect(try folder.data("gem.onnx").range(of: Data(text.utf8)) != nil)
        }
        #expect(try export("--format", "glsl").status == 0)
        #expect(String(decoding: try folder.data("output/gem.glsl"), as: UTF8.self).contains("\nfloat shape(vec3 p)"))
        let grid = try export("--output", "gem.npy", "--resolution", "17")
        #expect(grid.status == 0 && grid.output.contains("array [17, 17, 17]"), "\(grid.error)")
        #expect(try folder.data("gem.npy").count == 256 + 4 * 17 * 17 * 17)
        #expect(try export("--output", "gem.npz", "--resolution", "17").status == 0)
        #expect(try folder.data("gem.npz").starts(with: Data("PK".utf8)))
        for (arguments, mentions) in [
            (["export", "gem.obj"], "gem.obj"), (["export", "output/gem.safetensors", "--format", "pdf"], "pdf"),
            (["export", "output/gem.safetensors", "--format", "npy", "--resolution", "16000"], "MiB"),
            (["export", "output/gem.safetensors", "--output", "gem.obj/x.onnx"], "gem.obj: is not a folder"),
        ] {
            let refused = try CommandRunner.run(arguments, in: folder.url)
            #expect(refused.status != 0)
            #expect(refused.error.contains(mentions), "\(refused.error)")
        }
    }

    @Test func sweepsAndGoesOn() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        func sweep(_ sigmas: String, _ more: String...) throws -> CommandResult {
            try CommandRunner.run(
                [
                    "sweep", "gem.obj", "--sigma", sigmas, "--width", "8,16", "--frequencies", "8", "--steps", "40",
                    "--batch-size", "512",
                ] + more, in: folder.url)
        }
        let first = try sweep("1,2")
        #expect(first.status == 0, "\(first.error)")
        #expect(first.output.components(separatedBy: "**best**").count == 2)
        #expect(first.output.split(separator: "\n").filter { $0.hasPrefix("|") }.count == 2 + 4)
        #expect(folder.exists("output/gem.sweep-best.safetensors") && folder.exists("output/gem.sweep.svg"))
        #expect(
            String(decoding: try folder.data("output/gem.sweep.csv"), as: UTF8.self).split(separator: "\n").count == 5)

        // Rows that are there are not run again; new values join them.
        let second = try sweep("1,2,4", "--keep", "all")
        #expect(second.error.components(separatedBy: "done earlier").count == 1 + 4)
        #expect(second.output.split(separator: "\n").filter { $0.hasPrefix("|") }.count == 2 + 6)
        #expect(folder.exists("output/gem.sigma4-width8-frequencies8.safetensors"))
        #expect(!folder.exists("output/gem.sigma1-width8-frequencies8.safetensors"))
        let again = try sweep("1,2", "--quiet")
        #expect(again.output == first.output)

        for (arguments, mentions) in [
            (["--sigma", "0"], "sigma"), (["--sigma", "1,x"], "1,x"), (["--width", "1.5"], "1.5"),
        ] {
            let refused = try CommandRunner.run(["sweep", "gem.obj", "--steps", "1"] + arguments, in: folder.url)
            #expect(refused.status != 0)
            #expect(refused.error.contains(mentions), "\(refused.error)")
        }
        try folder.write("[{}]", to: "output/gem.sweep.json")
        #expect(try sweep("1").error.contains("gem.sweep.json"))
    }
}
