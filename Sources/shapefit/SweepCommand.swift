import ArgumentParser
import Core
import Fitting
import Jobs
import NeuralFields
import Pictures

extension Sweep.Keeping: ExpressibleByArgument {}

/// `shapefit sweep <mesh> --sigma 1,2,5`: which settings suit a mesh.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Fit a mesh with several settings and compare the results.",
        discussion: """
            Runs a fit for every combination of --sigma, --width and --frequencies, prints a table (Markdown) of IoU in \
            the bounding box and at the boundary, and writes <name>.sweep.json, .csv, .svg and .png, and <name>.sweep-sheet.png, the shapes side by side with their errors. The best is the one of the \
            highest IoU at the boundary. Ctrl-C ends the sweep; the same command again goes on, as fits that are in \
            <name>.sweep.json are not run again.
            """)

    @Argument(help: "The mesh, or - for standard input.")
    var mesh: String

    @Option(
        help: ArgumentHelp(
            "Standard deviations of the Gaussian frequencies, with commas between them.", valueName: "list"))
    var sigma: NumberList?

    @Option(help: ArgumentHelp("Units of a hidden layer, with commas between them.", valueName: "list"))
    var width: CountList?

    @Option(help: ArgumentHelp("Numbers of frequencies, with commas between them.", valueName: "list"))
    var frequencies: CountList?

    @Option(help: "Steps of each training.")
    var steps: Int?

    @Option(help: "Seconds of each training, instead of a number of steps.")
    var seconds: Double?

    @Option(help: "Where the other settings come from: fast, default, fine, tancik2020 or compact.")
    var preset: Preset = .default

    @Option(
        name: .customLong("configuration"),
        help: ArgumentHelp("A JSON file that --print-configuration wrote, instead of a preset.", valueName: "file"))
    var configurationFile: String?

    @Option(help: "What the network learns: sdf or occupancy.")
    var target: FieldTarget.Kind?

    @Option(help: "Points of a step.")
    var batchSize: Int?

    @Option(help: "Seed of everything random.")
    var seed: UInt64?

    @Option(help: "Which models to keep: all, best or none.")
    var keep: Sweep.Keeping = .best

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder to write into.", valueName: "folder"))
    var output = "output"

    @Option(help: "The axis that points upwards in pictures: y or z (default: z for STL, 3MF and AMF, y for others).")
    var up: Camera.UpAxis?

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if steps != nil && seconds != nil {
            throw ValidationError("--steps and --seconds exclude each other: give one")
        }
    }

    func run() throws {
        let input = try InputFile(mesh)
        var sweep = Sweep(
            inputPath: input.path, outputFolder: output, base: try makeBase(), sigmas: sigma?.values,
            widths: width?.values, frequencyCounts: frequencies?.values, keeping: keep,
            workers: common.workers, isolation: .process(.thisProgram))
        sweep.replacesForeignFiles = replacement.force
        sweep.otherInputs = [configurationFile].compactMap { $0 }
        sweep.up = up
        let interruption = Interruption()
        var display = ProgressDisplay(common.verbosity)
        let result = try sweep.run { event in
            switch event {
            case .fit(let index, let count, let configuration):
                display.show(.stage("fit \(index + 1) of \(count): \(Self.describe(configuration))"))
            case .note(let text): display.show(.note(text))
            case .known(let row):
                display.show(.note("\(Self.describe(row.configuration)): done earlier"))
            case .training(let progress): display.show(.training(progress))
            case .row(let row):
                if let failure = row.failure { display.show(.note(failure)) }
            }
            return !interruption.isRequested
        }
        display.finish()
        let models = result.rows.compactMap(\.model).map { JobFile(kind: .model, path: $0) }
        // A sweep that was ended before its first fit has written nothing.
        let files = (sweep.files + models).filter { FileAccess.exists($0.path) }
        try common.report(
            SweepReport(rows: result.rows, best: result.best, fitCount: result.fitCount, files: files), of: "sweep",
            text: result.markdown + "\n\n" + files.map(\.path).joined(separator: "\n"))
        if !result.isComplete {
            common.note("\(result.rows.count) of \(result.fitCount) fits done; the same command again goes on")
            if let code = interruption.exitCode { throw code }
        }
    }

    /// The value that `--json` prints.
    private struct SweepReport: Encodable {
        let rows: [SweepRow]
        let best: SweepRow?
        let fitCount: Int
        let files: [JobFile]
    }

    private func makeBase() throws -> FitConfiguration {
        var base = preset.configuration
        if let configurationFile { base = try FitConfiguration(jsonFile: configurationFile) }
        if let target, target != base.target.kind { base.switchTarget(to: target) }
        if let steps { base.budget = .steps(steps) }
        if let seconds { base.budget = .seconds(seconds) }
        if let batchSize { base.training.batchSize = batchSize }
        if let seed {
            base.seed = seed
            base.encoding.seed = seed
        }
        return base
    }

    private static func describe(_ configuration: FitConfiguration) -> String {
        [
            configuration.encoding.sigma.map { "σ \(shortText($0))" } ?? configuration.encoding.name,
            "width \(configuration.width)", configuration.encoding.frequencyCount.map { "\($0) frequencies" },
        ].compactMap { $0 }.joined(separator: ", ")
    }
}

/// Whole numbers with commas between them, such as `64,128`.
struct CountList: ExpressibleByArgument {
    let values: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0.withoutOuterSpaces) }
        guard !numbers.isEmpty, numbers.count == parts.count else { return nil }
        values = numbers
    }
}
