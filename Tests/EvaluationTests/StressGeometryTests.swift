import Foundation
import TestSupport
import Testing

/// A short run of `stress-geometry`: random meshes through everything that is done to meshes. A trap ends it, and a hang, as
/// much as a wrong answer.
@Suite struct StressGeometryTests {
    @Test(arguments: [1, 2]) func randomMeshesAreAnsweredSoundly(seed: Int) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("stress-geometry")
            .path
        try #require(FileManager.default.isExecutableFile(atPath: program), "\(program) is not built")
        let run = try ExternalTool.run(program, ["--count", "400", "--seed", "\(seed)"])
        #expect(run.status == 0, "\(run.output)")
    }
}
