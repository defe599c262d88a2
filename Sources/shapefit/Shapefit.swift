import ArgumentParser
import Core
import Jobs
import MeshIO

/// The command and its subcommands; fitting is what it does when none is named.
@main
struct Shapefit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shapefit",
        abstract: "Fit a 3D shape with a Fourier-featured coordinate network, on the CPU.",
        discussion: """
            `shapefit bunny.obj --sigma 5` learns the mesh's inside and outside, extracts the surface again and says \
            how well the two agree. Files are written into output/ unless --output names another place.

            Exit status: 0 done; 1 it could not be done, and standard error says why; 64 the arguments make no sense; \
            130, 143 or 129 a signal ended training early, and what was learnt until then has been written.
            """,
        version: shapefitVersion,
        subcommands: [
            FitCommand.self, BatchCommand.self, EvaluateCommand.self, ExtractCommand.self, QueryCommand.self,
            RenderCommand.self,
            InfoCommand.self, SampleCommand.self, ExportCommand.self, SweepCommand.self, NTKCommand.self,
            ImageCommand.self,
            SignalCommand.self,
        ],
        defaultSubcommand: FitCommand.self)

    static func main() {
        // Meshes are read in a process of their own, which is this program again.
        ImportWorker.runIfRequested()
        // A batch fits each shape in one, too.
        ShapeWorker.runIfRequested()
        // A reader that has gone is an error of the write, not the end of a training.
        signal(SIGPIPE, SIG_IGN)
        // A limit on file sizes likewise.
        signal(SIGXFSZ, SIG_IGN)
        end(status: status(ofRunning: Array(CommandLine.fileNameArguments.dropFirst())))
    }

    private static func status(ofRunning arguments: [String]) -> Int32 {
        do {
            let words = ArgumentWords(arguments)
            try words.checkCommand(names: configuration.subcommands.compactMap { $0.configuration.commandName })
            var command = try parseAsRoot(words.words)
            try command.run()
            return 0
        } catch {
            return report(error)
        }
    }

    /// Says what went wrong, or what was asked for: help is an "error" to the parser.
    ///
    /// - Returns: the exit status.
    private static func report(_ error: any Error) -> Int32 {
        if let line = ErrorText(error) {
            writeToStandardError("shapefit: error: \(line.text)\n")
            return 1
        }
        let status = exitCode(for: error).rawValue
        let text = fullMessage(for: error)
        guard !text.isEmpty else { return status }
        guard status == 0 else {
            writeToStandardError(text + "\n")
            return status
        }
        do {
            try StandardOutput.line(text)
            return 0
        } catch {
            return report(error)
        }
    }
}

/// The C library's `exit`: a command has one of its own.
private func end(status: Int32) -> Never { exit(status) }
