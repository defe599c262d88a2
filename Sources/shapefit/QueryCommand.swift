import ArgumentParser
import Core
import Fitting
import Foundation
import Interchange

/// `shapefit query <model> <points>`: a model's values at given points.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Write a model's signed distances, and their gradients, at given points.",
        discussion: """
            Points and distances are in the mesh's own coordinates and unit, negative inside; a model of occupancy gives \
            negated logits. How far distances can be trusted is what `shapefit info <model>` says.

            Without --output values go to standard output, a line a point: distance, or distance,x,y,z of the gradient.
            """)

    @Argument(help: "The model: a .safetensors file that a fit wrote.")
    var model: String

    @Argument(
        help: "The points: a .npy array (n, 3), a text file with three numbers a line, or - for text on standard input.")
    var points: String

    @Flag(help: "Also write gradients with respect to the point; they point outwards.")
    var gradients = false

    @Option(
        help: ArgumentHelp(
            "The file to write: .npy, an array (n,) or with gradients (n, 4) of single precision, or .csv.",
            valueName: "file"))
    var output: String?

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    func validate() throws {
        if let output, !["npy", "csv"].contains(URL(fileURLWithPath: output).pathExtension.lowercased()) {
            throw ValidationError("--output \(output): its extension must be .npy or .csv")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): must be between 1 and 1024")
        }
    }

    func run() throws {
        try reportingErrors {
            let shape = try NeuralShape(file: model)
            let points = try PointsFile(points).points
            let columns = gradients ? 4 : 1
            let rows = values(of: shape, at: points)
            guard let output else {
                writeToStandardOutput(Self.text(rows, columns: columns))
                return
            }
            try? FileManager.default.createDirectory(
                at: URL(fileURLWithPath: output).deletingLastPathComponent(), withIntermediateDirectories: true)
            if output.lowercased().hasSuffix(".npy") {
                let shape = gradients ? [points.count, 4] : [points.count]
                try NumpyFile.write(NumpyArray(rows, shape: shape), to: output)
            } else {
                try AtomicFile.write(Self.text(rows, columns: columns), to: output)
            }
            print("\(points.count) \(points.count == 1 ? "point" : "points")  \(output)")
        }
    }

    /// `(n)` values, or `(n, 4)` values and gradients.
    private func values(of shape: NeuralShape, at points: [SIMD3<Double>]) -> [Float] {
        let workers = Workers(count: threads)
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

    private func writeToStandardOutput(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
