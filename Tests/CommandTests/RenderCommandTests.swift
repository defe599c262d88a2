import Foundation
import Testing

@Suite struct RenderCommandTests {
    /// Width and height of a PNG file.
    static func size(_ data: Data) -> [Int] {
        guard data.count > 24, data[1...3].elementsEqual("PNG".utf8) else { return [] }
        return [16, 20].map { start in (0..<4).reduce(0) { $0 << 8 | Int(data[start + $1]) } }
    }

    @Test func drawsAMeshFromASideAndFromAllAround() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let one = try CommandRunner.run(
            ["render", "gem.obj", "--view", "top", "--size", "80x60", "--output", "top.png"], in: folder.url)
        #expect(one.status == 0, "\(one.error)")
        #expect(Self.size(try folder.data("top.png")) == [80, 60])
        let many = try CommandRunner.run(
            [
                "render", "gem.obj", "--turntable", "3", "--size", "40x40", "--samples", "1", "--output",
                "frames/gem.png",
            ],
            in: folder.url)
        #expect(many.status == 0, "\(many.error)")
        #expect((0..<3).allSatisfy { folder.exists("frames/gem-00\($0).png") })
        // An octahedron looks the same after a quarter turn, and different after a third.
        #expect(try folder.data("frames/gem-000.png") != folder.data("frames/gem-001.png"))
    }

    @Test func comparesTwoMeshes() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "a.obj")
        try folder.write(TemporaryFolder.octahedron(size: 1.05), to: "b.obj")
        let result = try CommandRunner.run(
            ["render", "b.obj", "--compare", "a.obj", "--size", "450x260", "--samples", "1"], in: folder.url)
        #expect(result.status == 0 && result.output == "output/b-compared.png\n")
        #expect(Self.size(try folder.data("output/b-compared.png")) == [450, 260])
    }

    @Test(arguments: [
        ["--size", "0x10"], ["--size", "100"], ["--turntable", "0"], ["--samples", "9"], ["--view", "sideways"],
        ["--compare", "gem.obj", "--size", "100x100"],
    ]) func badOptionsAreRefused(options: [String]) throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let result = try CommandRunner.run(["render", "gem.obj"] + options, in: folder.url)
        #expect(result.status != 0 && result.error.contains(options[options.count - 2]))
        #expect(!folder.exists("output/gem.png"))
    }

    @Test func aPlaceThatCannotBeWrittenIsSaid() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        try folder.write("", to: "file")
        let result = try CommandRunner.run(
            ["render", "gem.obj", "--size", "20x20", "--output", "file/a.png"], in: folder.url)
        #expect(result.status == 1 && result.error.contains("file: is not a folder"))
    }
}
