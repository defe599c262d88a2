import ArgumentParser
import Core
import Fitting
import Interchange
import Jobs

/// `shapefit query <model> <points>`: a model's values at given points.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Write a model's signed distances, and their gradients, at given points.",
        discussion: """
            Points and distances are in the mesh's own coordinates and unit, negative inside; a model of occupancy gives \
            negated logits. How far distances can be trusted is what `shapefit info <model>` says.

            Without --output values go to standard output, a line a point: distance, or distance,x,y,z of the gradient.
            """)

    @Argument(
        help:
            "The model: a .safetensors file that a fit wrote, fields/00000.tar::key of a batch, or - for standard input."
    )
    var model: String

    @Argument(
        help: "The points: a .npy array (n, 3), a text file with three numbers a line, or - for text on standard input."
    )
    var points: String

    @Flag(help: "Also write gradients with respect to the point; they point outwards.")
    var gradients = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file to write: .npy, an array (n,) or with gradients (n, 4) of single precision, or .csv with a heading; - for standard output.",
            valueName: "file"))
    var output: String?

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let output, output != StandardInput.dash,
            !["npy", "csv"].contains(URL(fileURLWithPath: output).pathExtension.lowercased())
        {
            throw ValidationError("--output \(output): its extension must be .npy or .csv")
        }
        if model == StandardInput.dash && points == StandardInput.dash {
            throw ValidationError("standard input is one file: name the model or the points otherwise")
        }
    }

    /// What `--json` prints: the values themselves where they go to no file.
    private struct Result: Encodable {
        let points: Int
        let values: [Float]?
        /// `(n, 3)`.
        let gradients: [[Float]]?
        let files: [WrittenFile]
    }

    func run() throws {
        let input = try InputFile(model)
        let path = output == StandardInput.dash ? nil : output
        if let path { try replacement.prepare([path], reading: [input.path, points]) }
        let shape = try NeuralShape(stored: input.path)
        let points = try PointsFile(points).points
        let columns = gradients ? 4 : 1
        let rows = values(of: shape, at: points)
        guard let path else {
            guard common.json else { return try StandardOutput.write(Array(Self.text(rows, columns: columns).utf8)) }
            let starts = stride(from: 0, to: rows.count, by: columns)
            let result = Result(
                points: points.count, values: starts.map { rows[$0] },
                gradients: gradients ? starts.map { Array(rows[$0 + 1..<$0 + 4]) } : nil, files: [])
            return try common.report(result, of: "query", text: "")
        }
        if path.lowercased().hasSuffix(".npy") {
            let shape = gradients ? [points.count, 4] : [points.count]
            try NumpyFile.write(NumpyArray(rows, shape: shape), to: path)
        } else {
            let heading = "shapefit distance" + (gradients ? ",x,y,z" : "") + "\n"
            try AtomicFile.write(heading + Self.text(rows, columns: columns), to: path)
        }
        try common.report(
            Result(points: points.count, values: nil, gradients: nil, files: [WrittenFile(kind: "values", path: path)]),
            of: "query", text: "\(points.count) \(points.count == 1 ? "point" : "points")  \(path)")
    }

    /// `(n)` values, or `(n, 4)` values and gradients.
    private func values(of shape: NeuralShape, at points: [SIMD3<Double>]) -> [Float] {
        let workers = common.workers
        guard gradients else { return shape.values(at: points, workers: workers) }
        let (values, gradients) = shape.valuesAndGradients(at: points, workers: workers)
        return zip(values, gradients).flatMap { [$0, $1.x, $1.y, $1.z] }
    }

    private static func text(_ rows: [Float], columns: Int) -> String {
        var text = ""
        text.reserveCapacity(rows.count * 14)
        for start in stride(from: 0, to: rows.count, by: columns) {
            for column in 0..<columns {
                if column > 0 { text += "," }
                text += "\(rows[start + column])"
            }
            text += "\n"
        }
        return text
    }
}
