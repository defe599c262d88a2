import Foundation
import Testing

@Suite struct GridCommandTests {
    @Test func aGridIsSolvedWrittenAndReadBack() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3, center: 10), to: "a.obj")
        let fit = try CommandRunner.run(
            ["a.obj", "--preset", "instant", "--coefficients", "8000", "--no-preview", "--output", "out"],
            in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        #expect(fit.output.contains("coefficients") && fit.output.contains("certified"))
        let report = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.url.appendingPathComponent("out/a.json"))) as? [String: Any])
        let bytes = try #require((report["model"] as? [String: Any])?["bytes"] as? Int)
        #expect(bytes > 8000 && bytes < 60_000)

        let extract = try CommandRunner.run(
            ["extract", "out/a.safetensors", "--method", "dual-contouring", "--output", "sharp.ply"], in: folder.url)
        #expect(extract.status == 0, "\(extract.error)")
        let offset = try CommandRunner.run(
            ["extract", "out/a.safetensors", "--iso-level", "0.1", "--output", "offset.obj"], in: folder.url)
        #expect(offset.status == 0, "\(offset.error)")
        let evaluate = try CommandRunner.run(["evaluate", "a.obj", "out/a.safetensors", "--json"], in: folder.url)
        let scores = try #require(
            try JSONSerialization.jsonObject(with: Data(evaluate.output.utf8)) as? [String: Any])
        let field = try #require(scores["tancik2020"] as? [String: Any])
        #expect((field["uniform"] as? Double ?? 0) > 0.995)
    }

    @Test func aShaderOfASmallGridAndARefusalOfALargeOne() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3, center: 10), to: "a.obj")
        for (coefficients, isSmall) in [("4000", true), ("150000", false)] {
            let fit = try CommandRunner.run(
                [
                    "a.obj", "--preset", "instant", "--coefficients", coefficients, "--no-preview", "--no-evaluate",
                    "--output", "out",
                ], in: folder.url)
            #expect(fit.status == 0, "\(fit.error)")
            let export = try CommandRunner.run(
                ["export", "out/a.safetensors", "--output", "a.glsl", "--force"], in: folder.url)
            #expect((export.status == 0) == isSmall, "\(export.error)")
            if isSmall {
                #expect(try String(decoding: folder.data("a.glsl"), as: UTF8.self).contains("\nfloat shape(vec3 p)"))
            } else {
                #expect(export.error.contains("takes grids of about"))
            }
        }
    }

    @Test func aToleranceIsMetWithProof() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3), to: "a.obj")
        let fit = try CommandRunner.run(
            ["a.obj", "--tolerance", "1%", "--no-preview", "--output", "out"], in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        #expect(fit.output.contains("tolerance") && fit.output.contains(" met:"), "\(fit.output)")
        // The diagonal is 6 √3.
        let certified = try CommandRunner.run(
            ["evaluate", "a.obj", "out/a.obj", "--certified", "--json"], in: folder.url)
        let scores = try #require(
            try JSONSerialization.jsonObject(with: Data(certified.output.utf8)) as? [String: Any])
        let bounds = try #require(scores["certified"] as? [String: Any])
        for side in ["forward", "backward"] {
            let upper = try #require((bounds[side] as? [String: Any])?["upper"] as? Double)
            #expect(upper <= 0.06 * 3.0.squareRoot() * 1.02)
        }
    }

    /// What is claimed is claimed of the file: of fewer triangles, and of a format that cannot hold its coordinates.
    @Test func aToleranceIsThatOfTheFile() throws {
        let folder = try TemporaryFolder()
        let far = TemporaryFolder.octahedron(size: 70).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            guard words[0] == "v" else { return String(line) }
            return "v " + words.dropFirst().map { "\((Double($0) ?? 0) + 4_600_000)" }.joined(separator: " ")
        }
        try folder.write(far.joined(separator: "\n") + "\n", to: "far.obj")
        try folder.write(TemporaryFolder.octahedron(size: 3), to: "a.obj")
        for (arguments, tolerance, file) in [
            (["a.obj", "--simplify", "0.1"], 0.05, "s.ply"), (["a.obj", "--simplify", "0.0002"], 0.05, "t.ply"),
            (["far.obj"], 0.3, "u.stl"),
        ] {
            let fit = try CommandRunner.run(
                arguments + ["--tolerance", "\(tolerance)", "--no-preview", "--no-evaluate", "--output", file],
                in: folder.url)
            #expect(fit.status == 0, "\(fit.error)")
            let input = arguments[0]
            let certified = try CommandRunner.run(
                ["evaluate", input, file, "--certified", "--json"], in: folder.url)
            let scores = try #require(
                try JSONSerialization.jsonObject(with: Data(certified.output.utf8)) as? [String: Any])
            let bounds = try #require(scores["certified"] as? [String: Any])
            let lower = try ["forward", "backward"].map { side in
                try #require((bounds[side] as? [String: Any])?["lower"] as? Double)
            }
            #expect(fit.output.contains("NOT met") == (lower.max() ?? 0 > tolerance), "\(file): \(fit.output)")
            #expect(fit.output.contains("NOT met") == (file == "t.ply" || file == "u.stl"), "\(fit.output)")
            #expect(fit.error.contains("this format holds floats") == (file == "u.stl"), "\(fit.error)")
            let info = try CommandRunner.run(["info", file], in: folder.url)
            #expect(info.output.contains("boundary edges        0"), "\(file): \(info.output)")
        }
    }

    /// As few triangles as keep to a tolerance: of an octahedron hardly more than it has.
    @Test func asFewTrianglesAsATolerancesAllows() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3), to: "a.obj")
        let fit = try CommandRunner.run(
            [
                "a.obj", "--tolerance", "0.05", "--simplify", "auto", "--no-preview", "--no-evaluate", "--output",
                "b.ply", "--json",
            ], in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(fit.output.utf8)) as? [String: Any])
        #expect((report["tolerance"] as? [String: Any])?["isMet"] as? Bool == true)
        let info = try CommandRunner.run(["info", "b.ply", "--json"], in: folder.url)
        let mesh = try #require(try JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: Any])
        #expect(mesh["watertight"] as? Bool == true && mesh["triangles"] as? Int ?? 0 < 60, "\(mesh["triangles"] ?? 0)")
        let certified = try CommandRunner.run(["evaluate", "a.obj", "b.ply", "--certified", "--json"], in: folder.url)
        let scores = try #require(
            try JSONSerialization.jsonObject(with: Data(certified.output.utf8)) as? [String: Any])
        for side in ["forward", "backward"] {
            let bounds = (scores["certified"] as? [String: Any])?[side] as? [String: Any]
            #expect(try #require(bounds?["lower"] as? Double) <= 0.05)
        }
        let alone = try CommandRunner.run(["a.obj", "--simplify", "auto"], in: folder.url)
        #expect(alone.status == 64 && alone.error.contains("--tolerance"))
    }

    /// What a grid would pass over is refused, as a network refuses what is a grid's.
    @Test(arguments: [
        ["--sigma", "5"], ["--steps", "5"], ["--width", "5"], ["--encoding", "none"], ["--base", "8"],
        ["--seconds", "1"],
        ["--tolerance", "1%", "--levels", "2"], ["--tolerance", "1%", "--resolution", "32"], ["--noise", "0.1"],
        ["--keep-outliers"],
    ])
    func whatDoesNotMatterIsRefused(options: [String]) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        let result = try CommandRunner.run(["a.obj", "--preset", "instant"] + options, in: folder.url)
        #expect(result.status == 64)
        #expect(result.error.contains(options[options.count > 2 ? 2 : 0]), "\(result.error)")
    }

    @Test func infoSaysWhatAGridIs() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        let fit = try CommandRunner.run(
            [
                "a.obj", "--preset", "instant", "--coefficients", "3000", "--no-preview", "--no-evaluate", "--output",
                "out",
            ],
            in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        let info = try CommandRunner.run(["info", "out/a.safetensors"], in: folder.url).output
        #expect(info.contains("solved on") && info.contains("coefficients") && !info.contains("layers"), "\(info)")
    }

    @Test func anOpenMeshSaysHowCloseItCameAndWhy() throws {
        let folder = try TemporaryFolder()
        // An octahedron without two of its faces.
        let lines = TemporaryFolder.octahedron().split(separator: "\n").dropLast(2)
        try folder.write(lines.joined(separator: "\n") + "\n", to: "a.obj")
        let fit = try CommandRunner.run(
            ["a.obj", "--tolerance", "0.02", "--no-preview", "--output", "out"], in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        #expect(fit.output.contains("NOT met") && fit.output.contains("the mesh is open"), "\(fit.output)")
    }

    @Test(arguments: [
        ["--tolerance", "0"], ["--tolerance=-1"], ["--tolerance", "nan"], ["--tolerance", "1e-12"],
        ["--tolerance", "0.1", "--coefficients", "1000"], ["--tolerance", "1%", "--correction", "network"],
        ["--coefficients", "1000"], ["--preset", "instant", "--coefficients", "0"],
        ["--preset", "instant", "--coefficients", "1000000000"], ["--preset", "instant", "--target", "occupancy"],
        ["--preset", "instant", "--checkpoint-every", "5"],
    ]) func whatCannotBeDoneIsSaidInALine(options: [String]) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        let result = try CommandRunner.run(["a.obj", "--no-preview", "--output", "out"] + options, in: folder.url)
        #expect(result.status != 0)
        #expect(
            result.error.contains("tolerance") || result.error.contains("coefficients")
                || result.error.contains("target") || result.error.contains("checkpoint"))
    }
}
