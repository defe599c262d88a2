import Foundation

/// Runs the package's programs as a user would.
struct CommandResult {
    var status: Int32
    var output: String
    var error: String
}

enum CommandRunner {
    /// Where the build put the programs: beside the test runner.
    static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

    static func start(_ program: String, _ arguments: [String], in directory: URL) throws -> (Process, Pipe, Pipe) {
        try start(folder.appendingPathComponent(program), arguments, in: directory)
    }

    private static func start(
        _ executable: URL, _ arguments: [String], in directory: URL, environment: [String: String] = [:]
    ) throws -> (Process, Pipe, Pipe) {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = directory
        if !environment.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        }
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, output, error)
    }

    /// Waits for what was started.
    private static func result(of started: (process: Process, output: Pipe, error: Pipe)) -> CommandResult {
        // What these programs print fits a pipe's buffer on standard error, so one may be read after the other.
        let output = started.output.fileHandleForReading.readDataToEndOfFile()
        let error = started.error.fileHandleForReading.readDataToEndOfFile()
        started.process.waitUntilExit()
        return CommandResult(
            status: started.process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            error: String(decoding: error, as: UTF8.self))
    }

    static func run(_ arguments: [String], program: String = "shapefit", in directory: URL) throws -> CommandResult {
        return result(of: try start(program, arguments, in: directory))
    }

    /// Runs a line of shell in which `$shapefit` is the program.
    static func shell(_ line: String, in directory: URL) throws -> CommandResult {
        return result(
            of: try start(
                URL(fileURLWithPath: "/bin/bash"), ["-c", line], in: directory,
                environment: ["shapefit": folder.appendingPathComponent("shapefit").path]))
    }

    /// Runs a program of the system's, found on the path, with assignments to its environment before it.
    static func tool(_ words: [String], in directory: URL) throws -> CommandResult {
        result(of: try start(URL(fileURLWithPath: "/usr/bin/env"), words, in: directory))
    }

    static let hasNumPy =
        (try? tool(["python3", "-c", "import numpy"], in: FileManager.default.temporaryDirectory))?.status == 0
}

/// A folder that goes when the test is over.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("shapefit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    func data(_ name: String) throws -> Data { try Data(contentsOf: url.appendingPathComponent(name)) }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: url.appendingPathComponent(name).path)
    }

    /// An octahedron of radius `size` around `center`, as OBJ.
    static func octahedron(size: Double = 1, center: Double = 0) -> String {
        let axes: [(Double, Double, Double)] = [
            (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1),
        ]
        let vertices = axes.map { "v \($0.0 * size + center) \($0.1 * size + center) \($0.2 * size + center)" }
        let faces = [(1, 3, 5), (3, 2, 5), (2, 4, 5), (4, 1, 5), (3, 1, 6), (2, 3, 6), (4, 2, 6), (1, 4, 6)]
        return (vertices + faces.map { "f \($0.0) \($0.1) \($0.2)" }).joined(separator: "\n") + "\n"
    }
}
