import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

/// What becomes of a caller whose importer misbehaves, acted out by a shell in the worker's place.
@Suite struct ImportWorkerTests {
    /// One triangle, nine numbers.
    private static let triangle = "0 0 0 1 0 0 0 1 0\n"

    private static func load(
        script: String, limits: ImportLimits = ImportLimits(seconds: 30, memoryBytes: 1 << 30)
    ) throws -> ImportedMesh {
        try withTemporaryFolder { folder in
            // A format of Assimp's: this module's own readers run in this process.
            let path = folder + "/a.raw"
            try Data(Self.triangle.utf8).write(to: URL(fileURLWithPath: path))
            let worker = ImportWorker(executable: "/bin/sh", arguments: ["-c", script])
            return try MeshImport.load(path: path, isolation: .process(worker), limits: limits)
        }
    }

    private static func failure(
        script: String, limits: ImportLimits = ImportLimits(seconds: 30, memoryBytes: 1 << 30)
    ) -> MeshFileError? {
        do {
            _ = try load(script: script, limits: limits)
            return nil
        } catch {
            return error as? MeshFileError
        }
    }

    @Test(arguments: [SIGSEGV, SIGABRT, SIGKILL])
    func crashBecomesAnError(signal: Int32) {
        guard case .importerCrashed(_, signal) = Self.failure(script: "kill -\(signal) $$") else {
            Issue.record("no crash was reported")
            return
        }
    }

    @Test func hangEndsAtTheTimeLimit() {
        let limits = ImportLimits(seconds: 0.3, memoryBytes: 1 << 30)
        guard case .importTooSlow(_, 0.3) = Self.failure(script: "exec sleep 60", limits: limits) else {
            Issue.record("no time limit was reported")
            return
        }
    }

    @Test(arguments: [
        // Words that are no reply, a reply cut short, one that promises more than its limit, and an endless one.
        "echo a mesh, honestly; echo and more of that, to the end of the header and beyond",
        "printf 'tifepahs'",
        "printf 'tifepahs\\002\\0\\0\\0\\0\\0\\0\\0\\377\\377\\377\\377\\377\\377\\0\\0\\377\\0\\0\\0\\0\\0\\0\\0{}'",
        "exec yes", "exit 3", "exit 0",
    ])
    func nonsenseIsNotBelieved(script: String) {
        guard case .importWorkerFailed = Self.failure(script: script) else {
            Issue.record("nonsense was believed")
            return
        }
    }

    @Test func withoutTheProgramTheImporterRunsHere() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.raw"
            try Data(Self.triangle.utf8).write(to: URL(fileURLWithPath: path))
            let worker = ImportWorker(executable: folder + "/no-such-program")
            let imported = try MeshImport.load(path: path, isolation: .process(worker))
            #expect(imported.mesh.triangles.count == 1)
        }
    }

    /// The real thing, through a program that acts as its own worker.
    @Test func meshComesBackThroughThePipeAsItIs() throws {
        let worker = try ImportWorker(executable: builtProgram("stress-import"))
        try withTemporaryFolder { folder in
            let path = folder + "/a.dae"
            try MeshExport.write(MeshExportTests.awkwardMesh(seed: 9), to: path)
            let isolated = try MeshImport.load(path: path, isolation: .process(worker))
            #expect(try isolated == MeshImport.load(path: path))
        }
    }

    @Test func errorsComeBackThroughThePipeAsTheyAre() throws {
        let worker = try ImportWorker(executable: builtProgram("stress-import"))
        try withTemporaryFolder { folder in
            let path = folder + "/a.raw"
            try Data("0 0 0 1 0 0 1e39 1 0\n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: MeshFileError.nonFiniteVertices(path: path, count: 1)) {
                try MeshImport.load(path: path, isolation: .process(worker))
            }
        }
    }

    @Test func memoryLimitHolds() throws {
        let worker = try ImportWorker(executable: builtProgram("stress-import"))
        try withTemporaryFolder { folder in
            let path = folder + "/a.raw"
            // A million triangles, which the importer copies several times.
            try Data(String(repeating: Self.triangle, count: 1_000_000).utf8).write(to: URL(fileURLWithPath: path))
            let limits = ImportLimits(seconds: 60, memoryBytes: 64 << 20)
            #expect(throws: MeshFileError.importTooLarge(path: path, limitBytes: 64 << 20)) {
                try MeshImport.load(path: path, isolation: .process(worker), limits: limits)
            }
        }
    }

    /// A program of this package, built beside the tests.
    private func builtProgram(_ name: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(name).path
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is not built")
        return path
    }
}
