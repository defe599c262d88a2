import ArgumentParser
import Core
import Fitting
import Interchange
import Jobs

extension ModelExport.Format: ExpressibleByArgument {}

/// `shapefit export <model>`: a model for other programs.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a model for other programs: ONNX, NumPy or GLSL.",
        discussion: """
            All give the signed distance in the mesh's own coordinates and unit, negative inside, equal to what `shapefit query` says; \
            how far it can be trusted is what `shapefit info` says. For a model of occupancy the negated logit. Bounds, unit, sign and \
            reach are in the file's metadata or comments.

            onnx: a graph, points (n, 3) to values (n, 1), single precision.
            npy: values on a regular grid over the shape's bounds, an array [z, y, x]; the grid's place is printed.
            npz: the same as grid_signed_distance, with the map from indices to coordinates as affine (4, 4).
            glsl: a function float shape(vec3 p), for models of at most \(GLSLExport.parameterLimit) numbers: the preset tiny.
            """)

    @Argument(
        help:
            "The model: a .safetensors file that a fit wrote, fields/00000.tar::key of a batch, or - for standard input."
    )
    var model: String

    @Option(help: "onnx, npy, npz or glsl (default: what the extension of --output says, or else onnx).")
    var format: ModelExport.Format?

    @Option(help: "npy and npz: samples along the longest side of the grid.")
    var resolution = 128

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file to write, - for standard output (default: output/<model>.onnx or .glsl, output/<model>-grid.npy or .npz).",
            valueName: "file"))
    var output: String?

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    /// The value that `--json` prints.
    private struct Result: Encodable {
        struct Grid: Encodable {
            /// Along z, y and x.
            let shape: [Int]
            /// Of the first sample, x, y and z.
            let origin: [Double]
            let spacing: Double
        }
        let format: String
        let grid: Grid?
        let files: [WrittenFile]
    }

    func run() throws {
        let format = try chosenFormat()
        let input = try InputFile(model)
        let path = output ?? "output/\(defaultName(format))"
        try replacement.prepare([path], reading: [input.path])
        let shape = try NeuralShape(stored: input.path)
        var grid: DistanceGrid?
        let text: String
        switch format {
        case .onnx:
            try OutputBytes.write(ModelExport.onnx(of: shape), to: path)
            text = "points (n, 3) -> values (n, 1)"
        case .glsl:
            try OutputBytes.write(Array(ModelExport.glsl(of: shape).utf8), to: path)
            text = "float shape(vec3 p)"
        case .npy, .npz:
            let samples = try shape.distanceGrid(count: resolution, workers: common.workers)
            grid = samples
            try OutputBytes.write(ModelExport.bytes(of: samples, as: format, path: path), to: path)
            text =
                "array [\(samples.counts.z), \(samples.counts.y), \(samples.counts.x)] of z, y, x, the first at "
                + "(\(samples.origin.x), \(samples.origin.y), \(samples.origin.z)), \(samples.spacing) apart"
        }
        try common.report(
            Result(
                format: format.rawValue,
                grid: grid.map {
                    Result.Grid(
                        shape: [$0.counts.z, $0.counts.y, $0.counts.x],
                        origin: [Double($0.origin.x), Double($0.origin.y), Double($0.origin.z)],
                        spacing: Double($0.spacing))
                }, files: [WrittenFile(kind: format.rawValue, path: path)]),
            of: "export", text: "\(text)  \(path)", beside: path)
    }

    /// - Throws: `ValidationError` for a file whose extension says no format, where no option does: it may be something
    ///   else altogether.
    private func chosenFormat() throws -> ModelExport.Format {
        guard let output, output != StandardInput.dash, !output.hasPrefix("/dev/") else { return format ?? .onnx }
        let fileExtension = URL(fileURLWithPath: output).pathExtension.lowercased()
        guard let named = ModelExport.Format(rawValue: fileExtension) else {
            if let format { return format }
            throw ValidationError("--output \(output): must end in .onnx, .npy, .npz or .glsl")
        }
        if let format, format != named {
            throw ValidationError(
                "--format \(format.rawValue): --output \(output) says another one; give one of the two")
        }
        return named
    }

    /// Grids do not share the name of what 'sample' writes.
    private func defaultName(_ format: ModelExport.Format) -> String {
        let name = model == StandardInput.dash ? "standard-input" : StoredPath(model).name
        return switch format {
        case .onnx, .glsl: "\(name).\(format.rawValue)"
        case .npy, .npz: "\(name)-grid.\(format.rawValue)"
        }
    }
}
