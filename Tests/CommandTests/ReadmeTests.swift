import Foundation
import Testing

/// The README's library example is the program in Examples, and that program runs.
@Suite struct ReadmeTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")

    @Test func theExampleIsTheProgram() throws {
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let program = try String(
            contentsOf: root.appendingPathComponent("Examples/fit-and-query/main.swift"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(program)```"))
    }

    @Test func theProgramRuns() throws {
        let folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.octahedron(), to: "gem.obj")
        let result = try CommandRunner.run(["gem.obj", "learnt.obj"], program: "fit-and-query", in: folder.url)
        #expect(result.status == 0)
        #expect(result.output.contains("IoU 0.99"))
        #expect(result.output.contains("signed distance of SIMD3<Float>(0.0, 0.0, 0.0): -"))
        #expect(folder.exists("learnt.obj"))
    }

    /// Every subcommand and option that the README names is one that the program knows.
    @Test func everyNamedOptionExists() throws {
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        var help = ""
        for command in [
            "fit", "batch", "evaluate", "extract", "render", "info", "sample", "export", "sweep", "ntk", "image",
            "signal",
        ] {
            let result = try CommandRunner.run([command, "--help"], in: root)
            #expect(result.status == 0)
            help += result.output
        }
        let named = readme.matches(of: /shapefit[^\n`|]*/).flatMap { line in
            line.output.split(separator: " ").filter { $0.hasPrefix("--") }.map(String.init)
        }
        for option in Set(named) { #expect(help.contains(option), "\(option)") }
    }
}
