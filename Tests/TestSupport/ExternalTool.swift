import Foundation

/// Programs outside the package that some tests compare with, where they are installed; such tests are skipped where not.
package enum ExternalTool {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A peer's script.
    package static func peer(_ name: String) -> String { root.appendingPathComponent("Benchmarks/peers/\(name)").path }

    /// A Python that imports `modules`: the one that `scripts/test-tools` makes, or the system's.
    package static func python(importing modules: String) -> String? {
        let own = root.appendingPathComponent(".venv-tests/bin/python").path
        return [own, find("python3")].compactMap { $0 }.first { python in
            (try? run(python, ["-c", "import \(modules)"]))?.status == 0
        }
    }

    package static let modelPython = python(importing: "numpy, safetensors")
    package static let onnxPython = python(importing: "onnx, onnxruntime, safetensors")
    package static let plainPython = python(importing: "sys")
    package static let glslCompiler = find("glslangValidator")
    /// A Python that draws with a real GLSL implementation, without a display.
    package static let glslRenderer = plainPython.flatMap { python in
        (try? run(python, [peer("render_glsl.py"), "--check"]))?.status == 0 ? python : nil
    }

    package static func find(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program with a file as its input, and waits.
    package static func run(
        _ program: String, _ arguments: [String], input: String? = nil
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
