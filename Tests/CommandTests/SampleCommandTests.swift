import Foundation
import Testing

@Suite struct SampleCommandTests {
    @Test(arguments: ["uniform", "sobol", "surface", "near-surface"])
    func theSameBytesOnAnyNumberOfThreads(_ strategy: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        for (name, threads, seed) in [("a", "1", "5"), ("b", "3", "5"), ("c", "1", "6")] {
            let result = try CommandRunner.run(
                [
                    "sample", "gem.obj", "--count", "500", "--strategy", strategy, "--deviation", "0.01,0.002",
                    "--seed", seed,
                    "--threads", threads, "--output", "new/\(name).npz",
                ], in: folder.url)
            #expect(result.status == 0 && result.error == "", "\(result.error)")
            #expect(result.output.contains("500 points") && result.output.contains("sign by pseudonormal"))
        }
        #expect(try folder.data("new/a.npz") == folder.data("new/b.npz"))
        #expect(try folder.data("new/a.npz") != folder.data("new/c.npz"))
    }

    /// NumPy's own reader, and the octahedron |x| + |y| + |z| = 3 around (10, 10, 10), whose faces are 3 / √3 away.
    @Test(
        .enabled(if: python != nil, "python3 with numpy is not installed"), arguments: ["mesh", "unit"],
        ["uniform", "near-surface"])
    func numpyLoadsThem(_ coordinates: String, _ strategy: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(size: 3, center: 10), to: "gem.obj")
        let result = try CommandRunner.run(
            [
                "sample", "gem.obj", "--count", "2000", "--strategy", strategy, "--coordinates", coordinates, "--grid",
                "9",
                "--margin", "0",
            ], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        try folder.write(
            """
            import sys
            import numpy as np
            center, size = (10.0, 3.0) if sys.argv[1] == "mesh" else (0.5, 0.45)
            z = np.load("output/gem.npz")
            p, d, o = z["points"], z["signed_distance"], z["occupancy"]
            assert p.shape == (2000, 3) and p.dtype == np.float32, (p.shape, p.dtype)
            assert d.shape == (2000,) and d.dtype == np.float32
            assert o.shape == (2000,) and o.dtype == np.uint8
            assert ((d < 0) == (o == 1)).all() and 0 < o.sum() < 2000
            # Inside, the distance is that to the nearest face's plane; outside it is at least that.
            plane = (np.abs(p.astype(np.float64) - center).sum(axis=1) - size) / np.sqrt(3)
            assert np.abs(plane - d)[o == 1].max() < 1e-5 * size
            assert (d - plane)[o == 0].min() > -1e-5 * size
            g, a = z["grid_signed_distance"], z["affine"]
            assert g.shape == (9, 9, 9) and g.dtype == np.float32
            assert a.shape == (4, 4) and a.dtype == np.float64
            k, j, i = np.meshgrid(*[np.arange(n) for n in g.shape], indexing="ij")
            x = (a @ np.stack([i.ravel(), j.ravel(), k.ravel(), np.ones(i.size)])).T[:, :3]
            assert np.allclose(x.min(axis=0), center - size, atol=1e-5) and np.allclose(x.max(axis=0), center + size, atol=1e-5)
            plane = (np.abs(x - center).sum(axis=1) - size) / np.sqrt(3)
            inside = g.ravel() < -1e-6 * size
            assert inside.sum() > 50 and np.abs(plane - g.ravel())[inside].max() < 1e-5 * size
            print("agreed")
            """, to: "check.py")
        let check = try run(try #require(python), ["check.py", coordinates], in: folder.url)
        #expect(check.status == 0 && check.output == "agreed\n", "\(check.output)\(check.error)")
    }

    /// A shape of three different sides, so that no axis can be taken for another.
    @Test(.enabled(if: python != nil, "python3 with numpy is not installed"))
    func gridAxesAreTheAffineMaps() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "v 0 0 0\nv 4 0 0\nv 0 2 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n", to: "corner.obj")
        let result = try CommandRunner.run(
            ["sample", "corner.obj", "--grid", "17", "--margin", "0"], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        try folder.write(
            """
            import numpy as np
            z = np.load("output/corner.npz")
            assert sorted(z.files) == ["affine", "grid_signed_distance"]
            g, a = z["grid_signed_distance"], z["affine"]
            assert g.shape == (5, 9, 17), g.shape
            assert np.allclose(a, [[.25, 0, 0, 0], [0, .25, 0, 0], [0, 0, .25, 0], [0, 0, 0, 1]], atol=1e-6)
            # (0.5, 0.25, 0.25) and (1, 0.5, 0.25), below the face x / 4 + y / 2 + z = 1.
            assert abs(g[1, 1, 2] + 0.25) < 1e-5
            assert abs(g[1, 2, 4] + 0.25 / np.sqrt(1 / 16 + 1 / 4 + 1)) < 1e-5
            assert g[4, 8, 16] > 1
            print("agreed")
            """, to: "check.py")
        let check = try run(try #require(python), ["check.py"], in: folder.url)
        #expect(check.status == 0 && check.output == "agreed\n", "\(check.output)\(check.error)")
    }

    @Test(
        arguments: [
            (["sample", "nowhere.obj"], "nowhere.obj"), (["sample", "gem.obj", "--count", "0"], "--count"),
            (["sample", "gem.obj", "--output", "x.csv"], ".npz"),
            (["sample", "gem.obj", "--deviation", "-1"], "deviation"),
            (["sample", "gem.obj", "--deviation", "nan"], "deviation"), (["sample", "gem.obj", "--grid", "1"], "grid"),
            (["sample", "gem.obj", "--grid", "4096"], "MiB"), (["sample", "gem.obj", "--margin", "-1"], "--margin"),
            (["sample", "gem.obj", "--winding-accuracy", "0.5"], "--winding-accuracy"),
            (["sample", "gem.obj", "--strategy", "halton"], "halton"), (["sample", "gem.obj", "--sign", "ray"], "ray"),
            (["sample", "gem.obj", "--count", "10", "--output", "gem.obj/x.npz"], "gem.obj: is not a folder"),
            (["gem.obj", "--winding-accuracy", "nan"], "--winding-accuracy"), (["info", "nowhere.obj"], "nowhere.obj"),
        ] as [([String], String)])
    func badInputGetsOneLine(_ arguments: [String], mentions: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let result = try CommandRunner.run(arguments, in: folder.url)
        #expect(result.status != 0)
        #expect(result.output == "")
        #expect(result.error.split(separator: "\n").count { $0.lowercased().contains("error") } == 1, "\(result.error)")
        #expect(result.error.contains(mentions), "\(result.error)")
    }

    /// What `info` says is what `MeshField` makes of the method that was asked for.
    @Test(
        arguments: [
            ("gem.obj", [], "pseudonormal"), ("gem.obj", ["--sign", "auto"], "pseudonormal"),
            ("gem.obj", ["--sign", "parity"], "parity"), ("gem.obj", ["--sign", "winding"], "winding"),
            ("open.obj", [], "winding"), ("open.obj", ["--sign", "pseudonormal"], "winding"),
            ("open.obj", ["--sign", "parity"], "parity"),
        ] as [(String, [String], String)])
    func infoSaysTheSignThatIsUsed(_ mesh: String, _ options: [String], _ expected: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        try folder.write(
            TemporaryFolder.octahedron().split(separator: "\n").dropLast().joined(separator: "\n"), to: "open.obj")
        let result = try CommandRunner.run(["info", mesh, "--json"] + options, in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["sign"] as? String == expected)
        let configuration = try CommandRunner.run([mesh, "--print-configuration"] + options, in: folder.url)
        #expect(
            configuration.output.contains(
                #""sign" : "\#(options.last == "auto" ? "automatic" : options.last ?? "automatic")""#))
    }
}

/// A Python that has NumPy.
private let python: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/python3" }.first { path in
        FileManager.default.isExecutableFile(atPath: path)
            && (try? run(path, ["-c", "import numpy"], in: FileManager.default.temporaryDirectory).status) == 0
    }

private func run(_ program: String, _ arguments: [String], in directory: URL) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    let (output, error) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let outputData = output.fileHandleForReading.readDataToEndOfFile()
    let errorData = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(
        status: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
        error: String(decoding: errorData, as: UTF8.self))
}
