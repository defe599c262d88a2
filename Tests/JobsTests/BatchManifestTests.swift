import Core
import Foundation
import Jobs
import TestSupport
import Testing

@Suite struct BatchManifestTests {
    private func folder(_ files: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for file in files {
            let url = folder.url.appendingPathComponent(file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        return folder
    }

    static let files = [
        "a.stl", "b.obj", "sub/c.stl", "sub/deep/d.e.stl", "sub/deep/.hidden.stl", "x[1].stl", "other/a.stl",
    ]

    @Test(
        arguments: [
            ("*.stl", ["a.stl", "x[1].stl"]),
            ("**/*.stl", ["a.stl", "other/a.stl", "sub/c.stl", "sub/deep/d.e.stl", "x[1].stl"]),
            ("*.{stl,obj}", ["a.stl", "b.obj", "x[1].stl"]), ("s*/[a-c].stl", ["sub/c.stl"]),
            ("s*/[!a-b].stl", ["sub/c.stl"]),
            ("sub/**", ["c.stl", "deep/d.e.stl"]), ("sub/**/d*", ["deep/d.e.stl"]), ("?.obj", ["b.obj"]),
            ("**/deep/.h*", ["sub/deep/.hidden.stl"]),
            ("nothing*", []),
        ] as [(String, [String])])
    func patterns(pattern: String, expected: [String]) throws {
        let folder = try folder(Self.files)
        #expect(try PathPattern(folder.url.path + "/" + pattern).matches() == expected)
    }

    @Test func keysArePathsBelowTheFixedPart() throws {
        let folder = try folder(Self.files)
        var manifest = BatchManifest()
        try manifest.add(pattern: folder.url.path + "/**/*.stl")
        let entries = try manifest.sorted()
        #expect(entries.map(\.key) == ["a", "other/a", "sub/c", "sub/deep/d_e", "x[1]"])
        #expect(entries.last?.path == folder.url.path + "/x[1].stl")
        // The same file by two patterns is one shape.
        try manifest.add(pattern: folder.url.path + "/a.*")
        #expect(try manifest.sorted().count == 5)
        // Another file of the same key is an error that names both.
        try manifest.add(pattern: folder.url.path + "/other/*.stl")
        #expect(throws: BatchError.self) { try manifest.sorted() }
    }

    @Test(arguments: [
        "path,key,sigma\na.stl,one,5\n\"sub/c.stl\",\"t,wo\",\n",
        "{\"path\": \"a.stl\", \"key\": \"one\", \"sigma\": 5}\n\n{\"path\": \"sub/c.stl\", \"key\": \"t,wo\"}\n",
    ]) func listsHaveSettings(text: String) throws {
        let folder = try folder(Self.files)
        try folder.write(text, to: "list")
        var manifest = BatchManifest()
        try manifest.add(list: folder.url.path + "/list")
        #expect(manifest.entries.map(\.key) == ["one", "t,wo"])
        #expect(manifest.entries.map(\.overrides) == [["sigma": "5"], [:]])
        #expect(manifest.entries[1].path == folder.url.path + "/sub/c.stl")
    }

    @Test(arguments: [
        ("", "no shapes"), ("path\n", "no shapes"), ("# nothing\n", "no shapes"),
        ("path\ngone.stl\n", "line 2: gone.stl: no such file"),
        ("key\nx\n", "line 1"), ("path,key\na.stl\n", "line 2: has 1 fields instead of 2"),
        ("path,key\na.stl,x.y\n", "line 2: the key x.y"),
        ("path,key\na.stl,../x\n", "line 2: the key ../x"), ("{\"path\": [1]}\n", "line 1"),
        ("{\"key\": \"x\"}\n", "line 1: names no path"),
        ("path,path\na.stl,b.obj\n", "line 1"),
    ]) func badListsAreSaid(text: String, message: String) throws {
        let folder = try folder(Self.files)
        try folder.write(text, to: "list")
        var manifest = BatchManifest()
        do {
            try manifest.add(list: folder.url.path + "/list")
            Issue.record("no error")
        } catch {
            #expect(error.description.contains(message), "\(error)")
            #expect(!error.description.contains("\n"))
        }
    }

    @Test func theSameKeyTwiceIsAnError() throws {
        let folder = try folder(Self.files)
        try folder.write("path,key\na.stl,x\nb.obj,x\n", to: "list")
        var manifest = BatchManifest()
        try manifest.add(list: folder.url.path + "/list")
        do {
            _ = try manifest.sorted()
            Issue.record("no error")
        } catch {
            #expect(error.description.contains("the key x stands for") && error.description.contains("b.obj"))
        }
    }

    @Test func listsOfValuesMultiply() throws {
        let folder = try folder(["a.stl"])
        var manifest = BatchManifest()
        try manifest.add(pattern: folder.url.path + "/a.stl")
        manifest.multiply(by: [("sigma", ["1", "2.5"]), ("seed", ["0", "1", "2"])])
        let keys = try manifest.sorted().map(\.key)
        #expect(keys.count == 6 && keys.contains("a-sigma2_5-seed1"))
        #expect(manifest.entries.allSatisfy { $0.overrides.count == 2 })
    }
}
