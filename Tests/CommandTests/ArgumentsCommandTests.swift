import Foundation
import Testing

@Suite struct ArgumentsCommandTests {
    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        return folder
    }

    @Test func theVersionStandsInOnePlace() throws {
        let folder = try Self.folder()
        let version = try CommandRunner.run(["--version"], in: folder.url)
        #expect(version.status == 0 && version.output.split(separator: ".").count == 3)
        let info = try CommandRunner.run(["info", "gem.obj", "--json"], in: folder.url)
        #expect(info.output.contains("shapefit \(version.output.dropLast())\""))
    }

    @Test(
        arguments: [
            (["extrct", "M"], "did you mean 'extract'"), (["ifno", "gem.obj"], "did you mean 'info'"),
            (["swep", "gem.obj", "--sigma", "1"], "did you mean 'sweep'"), (["gem", "--steps", "5"], "no such file"),
            (["gem.obj", "--steps", "-3"], "--steps -3"), (["gem.obj", "--sigma", "-1"], "--sigma -1"),
            (["gem.obj", "--width", "-2"], "--width -2"), (["gem.obj", "--seconds", "-0.5"], "--seconds -0.5"),
            (["gem.obj", "--simplify", "-.5"], "--simplify -0.5"),
            (["gem.obj", "--resolution", "-5"], "--resolution -5"),
            (["gem.obj", "--steps", "99999999999999999999"], "--steps"), (["gem.obj", "--seed", "-1"], "--seed"),
            (["gem.obj", "--threads", "-1"], "--threads -1"), (["gem.obj", "--threads", "100000"], "--threads 100000"),
            (["gem.obj", "--quiet", "--verbose"], "exclude each other"), ([], "<mesh>"),
            (["gem.obj", "--format", "stl", "--output", "a.ply"], "--format stl"),
            (["gem.obj", "--format", "xyz"], "xyz"),
            (["gem.obj", "--unit", "parsec"], "parsec"), (["gem.obj", "--up", "x"], "x"),
            (["", "--steps", "1"], "file"),
            (["ntk", "gem.obj", "--points", "-8"], "--points -8"),
            (["sample", "gem.obj", "--count", "-1"], "--count -1"),
            (["render", "gem.obj", "--elevation", "-91"], "--elevation -91"),
            (["sweep", "gem.obj", "--sigma", "-1"], "-1"),
            (["image", "gem.obj"], "not a PNG"), (["image", "."], "."), (["signal", "."], "folder"),
            (["signal", "gem.obj"], "gem.obj"),
            (["extract", "."], "folder"), (["export", "gem.obj"], "gem.obj"), (["evaluate", "gem.obj"], "candidate"),
            (["evaluate", "--batch", "nowhere.csv"], "nowhere.csv: no such file"), (["info", "."], "folder"),
            (["render", ""], "file"),
            (["export", "gem.obj", "--output", "a.txt"], "must end in"), (["evaluate", "--batch", "."], "folder"),
        ] as [([String], String)])
    func mistakesAreNamed(_ arguments: [String], mentions: String) throws {
        let folder = try Self.folder()
        let result = try CommandRunner.run(arguments, in: folder.url)
        #expect(result.status == 1 || result.status == 64, "\(arguments): \(result.status)")
        #expect(result.output == "" && result.error.contains(mentions), "\(arguments): \(result.error)")
        #expect(
            result.error.split(separator: "\n").count { $0.lowercased().contains("error:") } == 1, "\(result.error)")
    }

    /// A dash before a number is a sign, with and without an equals sign.
    @Test func negativeNumbersAreValues() throws {
        let folder = try Self.folder()
        for (index, words) in [["--azimuth", "-30"], ["--azimuth=-30"], ["--azimuth", "330"]].enumerated() {
            let result = try CommandRunner.run(
                ["render", "gem.obj", "--size", "40x40", "--samples", "1", "-o", "\(index).png"] + words, in: folder.url
            )
            #expect(result.status == 0, "\(result.error)")
        }
        #expect(try folder.data("0.png") == folder.data("1.png"))
    }

    @Test func settingsArePrintedWithoutAMesh() throws {
        let folder = try Self.folder()
        let without = try CommandRunner.run(["--print-configuration", "--steps", "7"], in: folder.url)
        let with = try CommandRunner.run(["gem.obj", "--print-configuration", "--steps", "7"], in: folder.url)
        #expect(without.status == 0 && without.output == with.output && without.output.contains("\"steps\" : 7"))
        try folder.write(without.output.replacingOccurrences(of: ": 7", with: ": NaN"), to: "nan.json")
        let refused = try CommandRunner.run(["gem.obj", "--configuration", "nan.json"], in: folder.url)
        #expect(refused.status == 1 && refused.error.contains("NaN"), "\(refused.error)")
    }

    /// Without OpenBLAS and its threads: what never trains needs little address space, and an error ends.
    @Test func littleAddressSpaceIsEnough() throws {
        let folder = try Self.folder()
        for (line, status) in [("info gem.obj", 0), ("info nowhere.obj", 1), ("sample gem.obj --count 10", 0)] {
            let result = try CommandRunner.shell(
                "ulimit -v 500000; timeout 30 $shapefit \(line) --threads 1", in: folder.url)
            #expect(result.status == Int32(status), "\(line): \(result.status) \(result.error)")
        }
        let libraries = try CommandRunner.shell("ldd $shapefit 2>&1 | grep -c openblas", in: folder.url)
        #expect(libraries.output == "0\n")
    }

    @Test func quietAndVerbose() throws {
        let folder = try Self.folder()
        let quick = "--preset fast --steps 40 --batch-size 512 --width 16 --frequencies 8 --sigma 1 --resolution 24"
        let lengths = try ["-q", "", "-v"].map { flag in
            let result = try CommandRunner.shell("$shapefit gem.obj \(quick) \(flag) --no-preview", in: folder.url)
            #expect(result.status == 0)
            return result.error.utf8.count
        }
        #expect(lengths[0] == 0 && lengths[1] > 0 && lengths[2] > lengths[1])
    }

    @Test func surfacesInEveryFormat() throws {
        let folder = try Self.folder()
        let quick = "--preset fast --steps 60 --batch-size 512 --width 16 --frequencies 8 --sigma 1 --resolution 24 -q"
        for format in ["obj", "ply", "stl", "glb", "gltf", "3mf"] {
            for line in ["--format \(format) -o out-\(format)", "-o one/part.\(format)"] {
                let result = try CommandRunner.shell(
                    "$shapefit gem.obj \(quick) \(line) --unit mm --no-preview", in: folder.url)
                #expect(result.status == 0, "\(line): \(result.error)")
                #expect(result.output.contains(" mm) in the mean"), "\(result.output)")
            }
            #expect(folder.exists("out-\(format)/gem.\(format)") && folder.exists("one/part.\(format)"))
            let info = try CommandRunner.run(["info", "one/part.\(format)", "--json"], in: folder.url)
            #expect(info.output.contains("\"watertight\" : true"), "\(format): \(info.output)\(info.error)")
        }
        let whole = try CommandRunner.shell("$shapefit gem.obj \(quick) -o whole --json --no-preview", in: folder.url)
        let part = try CommandRunner.shell(
            "$shapefit gem.obj \(quick) -o part --json --simplify 0.1 --no-preview", in: folder.url)
        func triangles(_ text: String) throws -> Int {
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return try #require((object?["output"] as? [String: Any])?["triangles"] as? Int)
        }
        #expect(try triangles(part.output) <= triangles(whole.output) / 10)
    }

    /// The picture of a shape that stands along z shows it upright, which is another picture.
    @Test func zUpPicturesStandUpright() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 4\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n", to: "spike.obj")
        let quick = "--preset fast --steps 300 --batch-size 512 --width 16 --frequencies 8 --sigma 1 --resolution 48 -q"
        for line in ["-o y", "-o z --up z"] {
            #expect(try CommandRunner.shell("$shapefit spike.obj \(quick) \(line)", in: folder.url).status == 0)
        }
        #expect(try folder.data("y/spike.png") != folder.data("z/spike.png"))
        #expect(try folder.data("y/spike.obj") == folder.data("z/spike.obj"))
    }

    /// A name that begins with a dash is a file's where there is one.
    @Test func filesThatBeginWithADash() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "-help.obj")
        let info = try CommandRunner.run(["info", "-help.obj"], in: folder.url)
        #expect(info.status == 0 && info.output.contains("triangles             8"), "\(info.output)")
        let missing = try CommandRunner.run(["info", "-x.obj"], in: folder.url)
        #expect(missing.status == 64)
    }
}
