import Foundation
import TestSupport
import Testing

/// The scripts under conditions that a machine meets only now and then.
@Suite struct ScriptTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL

    /// A search that leaves at its first hit breaks the pipe of the program that it reads from: on a busy machine OpenBLAS was
    /// "missing" now and then.
    #if os(Linux)
    @Test func aLongListOfLibrariesIsReadToItsEnd() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("setup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.write(
            """
            #!/bin/bash
            echo '	libopenblas.so.0 (libc6,x86-64) => /lib/libopenblas.so.0'
            for ((i = 0; i < 20000; i++)); do echo "	libother$i.so.1 (libc6,x86-64) => /lib/libother$i.so.1"; done
            """, to: folder.appendingPathComponent("ldconfig"))
        // Nothing is missing, so nothing may be installed.
        try Self.write("#!/bin/bash\nexit 3\n", to: folder.appendingPathComponent("apt-get"))
        let (status, output) = try Self.run("scripts/setup", before: folder.path)
        #expect(status == 0)
        #expect(output == "")
    }
    #endif

    /// Where any program of a pipe can fail it, its last one reads to the end.
    @Test func noPipeEndsInAReaderThatLeavesEarly() throws {
        let folder = Self.root.appendingPathComponent("scripts")
        let scripts =
            try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            + [Self.root.appendingPathComponent(".ci/run")]
        #expect(scripts.count > 10)
        for script in scripts {
            for line in try String(contentsOf: script, encoding: .utf8).split(separator: "\n") {
                #expect(
                    !line.contains(/\|\s*(grep\s+-\w*[qlm]|head\b|sed\s+(-n\s+)?['"]?\d*q)/),
                    "\(script.lastPathComponent): \(line)")
            }
        }
    }

    private static func write(_ text: String, to file: URL) throws {
        try text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }

    /// Runs a script of the project with a folder of programs that go before the system's.
    private static func run(_ script: String, before folder: String) throws -> (status: Int32, output: String) {
        let path = folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        return try ExternalTool.run("/usr/bin/env", ["PATH=" + path, root.appendingPathComponent(script).path])
    }
}
