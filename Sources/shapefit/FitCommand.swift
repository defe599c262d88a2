import ArgumentParser
import Fitting
import Foundation
import Geometry
import Jobs

/// `shapefit <mesh>`: options, progress and the result's table around a `FitJob`.
struct FitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Learn a mesh and write it back (the default).",
        discussion: """
            Writes <name>.obj (the learnt surface in the mesh's own coordinates), <name>.safetensors (the model), \
            <name>.json (the report) and <name>.png (input, result and error side by side). Progress goes to standard \
            error, the result to standard output. Ctrl-C ends training early and writes what was learnt.
            """)

    @Argument(help: "The mesh: OBJ, PLY, STL, OFF, glTF, FBX, Collada, 3DS, … (whatever Assimp reads).")
    var mesh: String

    @OptionGroup var options: FitOptions

    @Option(help: ArgumentHelp("Folder to write into.", valueName: "folder"))
    var output = "output"

    @Flag(
        help:
            "Also write <name>.html: a page with the shapes in 3D, slices through the field, the loss and all settings."
    )
    var report = false

    @Flag(help: "Do not draw <name>.png.")
    var noPreview = false

    @Option(
        help: ArgumentHelp(
            "Write <name>.checkpoint.safetensors this often while training, and at its end.", valueName: "seconds"))
    var checkpointEvery: Double?

    @Option(
        help: ArgumentHelp(
            "Go on from a checkpoint, with its settings: the same bits as if training had not stopped. With --steps or --seconds train longer than was planned.",
            valueName: "file"))
    var resume: String?

    @Flag(help: "No progress and no notes on standard error.")
    var quiet = false

    @Flag(help: "Print every setting as JSON and do nothing else.")
    var printConfiguration = false

    func validate() throws {
        if let checkpointEvery, !(checkpointEvery > 0 && checkpointEvery.isFinite) {
            throw ValidationError("--checkpoint-every \(checkpointEvery): must be a positive number of seconds")
        }
    }

    func run() throws {
        try reportingErrors {
            let checkpoint: Checkpoint? = if let resume { try Checkpoint(path: resume) } else { nil }
            let configuration = try options.makeConfiguration(startingFrom: checkpoint?.configuration)
            if printConfiguration {
                print(try configuration.json())
                return
            }
            var job = FitJob(
                inputPath: mesh, outputFolder: output, configuration: configuration, workers: options.workers,
                isolation: .process(.thisProgram))
            job.writesPage = report
            job.drawsPreview = !noPreview
            job.searchesSigma = options.sigma?.isAutomatic ?? false
            job.command = Self.shellCommand(CommandLine.arguments)
            job.resumed = checkpoint
            job.checkpointInterval = checkpointEvery
            let interruption = Interruption()
            var display = ProgressDisplay(isQuiet: quiet)
            let report = try job.run { event in
                display.show(event)
                return !interruption.isRequested
            }
            display.finish()
            print(ResultTable(report, job: job).text)
        }
    }

    /// Arguments as one would type them.
    private static func shellCommand(_ arguments: [String]) -> String {
        let words = ["shapefit"] + arguments.dropFirst()
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./,:@%")
        return words.map { word in
            !word.isEmpty && word.allSatisfy(plain.contains)
                ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
