import ArgumentParser
import Core
import Fitting
import Geometry
import Jobs
import MeshIO
import Pictures

/// `shapefit <mesh>`: options, progress and the result's table around a `FitJob`.
struct FitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Learn a mesh and write it back (the default).",
        discussion: """
            Writes <name>.obj (the learnt surface in the mesh's own coordinates), <name>.safetensors (the model), \
            <name>.json (the report) and <name>.png (input, result and error side by side). <name> is the mesh's; where \
            the folder has the results of another file of that name, as of part.stl beside part.obj, its extension is \
            part of it. Progress goes to standard error, the result to standard output. Ctrl-C ends training early and \
            writes what was learnt.
            """)

    @Argument(
        help:
            "The mesh: OBJ, PLY, STL, OFF, glTF, FBX, Collada, 3DS, … (whatever Assimp reads), or - for standard input."
    )
    var mesh: String?

    @OptionGroup var options: FitOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Folder to write into, or the surface's file, such as part.stl: its extension chooses the format, and the other results stand beside it.",
            valueName: "folder or file"))
    var output = "output"

    @OptionGroup var surface: SurfaceOptions

    @Flag(help: "Do not draw <name>.png.")
    var noPreview = false

    @Flag(help: "Do not score the result.")
    var noEvaluate = false

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            "Start from this model's weights instead of random ones; its network must be that of the settings.",
            valueName: "model"))
    var start: String?

    @Option(
        help: ArgumentHelp(
            "Write <name>.checkpoint.safetensors this often while training, and at its end.", valueName: "seconds"))
    var checkpointEvery: Double?

    @Option(
        help: ArgumentHelp(
            "Go on from a checkpoint, with its settings: the same bits as if training had not stopped. With --steps or --seconds train longer than was planned.",
            valueName: "file"))
    var resume: String?

    @OptionGroup var scan: ScanOptions

    @Option(
        help: ArgumentHelp(
            "Compare the result with this mesh too, such as the one that a scan was drawn from.", valueName: "mesh"))
    var reference: String?

    @Flag(help: "Print every setting as JSON and do nothing else; no mesh is needed.")
    var printConfiguration = false

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if mesh == nil && !printConfiguration { throw ValidationError("Missing expected argument '<mesh>'") }
        if let checkpointEvery, !(checkpointEvery > 0 && checkpointEvery.isFinite) {
            throw ValidationError("--checkpoint-every \(checkpointEvery): must be a positive number of seconds")
        }
        if output.isEmpty { throw ValidationError("--output: must name a folder or a file") }
        if noEvaluate && reference != nil {
            throw ValidationError("--no-evaluate and --reference exclude each other: the reference is for scores")
        }
        if SurfaceFormat(fileName: output) == nil, !FileAccess.isFolder(output), MeshImport.knowsFormat(of: output) {
            throw ValidationError(
                "--output \(output): a fit writes obj, ply, stl, glb, gltf or 3mf; for a folder of this name end it with /"
            )
        }
        if output == StandardInput.dash {
            throw ValidationError("--output -: a fit writes several files; write its model's surface with 'extract'")
        }
        if let format = surface.format, let named = SurfaceFormat(fileName: output), named != format, outputIsFile {
            throw ValidationError(
                "--format \(format.rawValue): --output \(output) says another one; give one of the two")
        }
    }

    func run() throws {
        let checkpoint: Checkpoint? = if let resume { try Checkpoint(path: resume) } else { nil }
        let configuration = try options.makeConfiguration(startingFrom: checkpoint?.configuration)
        guard let mesh, !printConfiguration else { return try StandardOutput.line(configuration.json()) }
        let input = try InputFile(mesh, tables: "xyz")
        if let option = scan.given, !ScanImport.holdsPoints(path: input.path) {
            throw ValidationError("\(option): \(mesh) is a mesh, and no points of a scan")
        }
        if surface.simplify.part == nil && configuration.grid?.tolerance == nil {
            throw ValidationError("--simplify auto: keeps to a tolerance; give --tolerance, or a part of the triangles")
        }
        if start != nil && configuration.grid != nil {
            throw ValidationError("--init is a network's, and a grid is solved from nothing: leave it out")
        }
        var job = FitJob(
            inputPath: input.path, outputFolder: output, configuration: configuration, workers: common.workers,
            isolation: .process(.thisProgram))
        if outputIsFile {
            job.results = ResultPaths(folder: Self.folder(of: output), name: ResultPaths.stem(of: output))
            job.surfaceFile = output
        }
        job.output = surface.output(format: outputIsFile ? SurfaceFormat(fileName: output) ?? .obj : .obj)
        job.replacesForeignFiles = replacement.force
        job.otherInputs = [options.configurationFile, reference, start].compactMap { $0 }
        job.scanOptions = scan.options
        job.referencePath = reference
        job.adaptsResolution = options.resolution == nil
        job.drawsPreview = !noPreview
        job.scoring = noEvaluate ? nil : .full
        job.initial = try start.map { try NeuralShape(file: $0).networkToStartFrom() }
        job.searchesSigma = options.sigma?.isAutomatic ?? false
        job.command = Self.shellCommand(CommandLine.arguments)
        job.resumed = checkpoint
        job.checkpointInterval = checkpointEvery
        let interruption = Interruption()
        var display = ProgressDisplay(common.verbosity)
        let report = try job.run { event in
            display.show(event)
            return !interruption.isRequested
        }
        display.finish()
        try common.report(
            FitResult(report: report, files: job.files), of: "fit", text: ResultTable(report, job: job).text)
        if report.training.wasStopped, let code = interruption.exitCode { throw code }
    }

    /// Whether --output names the surface's file rather than a folder.
    private var outputIsFile: Bool {
        SurfaceFormat(fileName: output) != nil && !FileAccess.isFolder(output)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Arguments as one would type them.
    private static func shellCommand(_ arguments: [String]) -> String {
        let words = ["shapefit"] + arguments.dropFirst()
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./,:@%")
        return words.map { word in
            !word.isEmpty && word.allSatisfy(plain.contains)
                ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }
}

/// What `fit --json` prints: the report and where the files are.
private struct FitResult: Encodable {
    let report: FitReport
    let files: [JobFile]

    private enum CodingKeys: String, CodingKey { case files }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(files, forKey: .files)
    }
}

/// Formats that a surface is written in.
enum SurfaceFormat: String, ExpressibleByArgument, CaseIterable {
    case obj, ply, stl, glb, gltf
    case threeMF = "3mf"

    /// The format that a file's extension names.
    init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: "."), !fileName[dot...].contains("/") else { return nil }
        self.init(rawValue: fileName[fileName.index(after: dot)...].lowercased())
    }
}

extension LengthUnit: ExpressibleByArgument {
    public init?(argument: String) {
        let short: [String: LengthUnit] = [
            "mm": .millimeter, "cm": .centimeter, "m": .meter, "um": .micron, "µm": .micron, "in": .inch, "ft": .foot,
        ]
        guard let unit = short[argument] ?? LengthUnit(rawValue: argument) else { return nil }
        self = unit
    }

    public static var allValueStrings: [String] { ["mm", "cm", "m", "um", "in", "ft"] }
}

extension Camera.UpAxis: ExpressibleByArgument {}
