import Core
import NeuralFields

/// Models as ONNX graphs, for every runtime that reads them: `points` (n, d) → `values` (n, outputs), single precision.
public enum OnnxExport {
    /// Writes a model, whole or not at all; the same model gives the same bytes.
    ///
    /// - Parameters:
    ///   - frame: the caller's coordinates and values; nil for the model's own.
    ///   - metadata: any text.
    ///   - model: any.
    ///   - path: of the file.
    /// - Throws: `NeuralFieldsError.fileUnwritable`.
    public static func write(
        _ model: some Model, frame: ExportFrame? = nil, metadata: [String: String] = [:], to path: String
    ) throws(NeuralFieldsError) {
        do {
            try AtomicFile.write(bytes(of: model, frame: frame, metadata: metadata).span, to: path)
        } catch {
            throw .fileUnwritable(path: error.path, reason: error.reason)
        }
    }

    /// The bytes that ``write(_:frame:metadata:to:)`` writes.
    public static func bytes(
        of model: some Model, frame: ExportFrame? = nil, metadata: [String: String] = [:]
    ) -> [UInt8] {
        var builder = OnnxBuilder()
        let points = OnnxBuilder.Rows(name: "points", columns: model.inputDimension)
        let output: String
        if let frame, let base = frame.base {
            let placed = frame.place(points, in: &builder)
            let correction = model.describe(placed, in: &builder)
            output = builder.graph.corrected(base, at: placed.name, by: correction.name, output: "values")
        } else {
            output = model.describe(points, frame: frame, in: &builder).name
        }
        return builder.graph.model(
            input: "points", inputColumns: model.inputDimension, output: output, outputName: "values",
            outputColumns: model.outputCount, metadata: metadata)
    }
}
