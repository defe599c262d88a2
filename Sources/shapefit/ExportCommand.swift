import ArgumentParser
import Core
import Fitting
import Foundation
import Interchange
import NeuralFields

/// `shapefit export <model>`: a model for other programs.
struct ExportCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case onnx, npy, npz, glsl
    }

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

    @Argument(help: "The model: a .safetensors file that a fit wrote.")
    var model: String

    @Option(help: "onnx, npy, npz or glsl (default: what the extension of --output says, or else onnx).")
    var format: Format?

    @Option(help: "npy and npz: samples along the longest side of the grid.")
    var resolution = 128

    @Option(help: ArgumentHelp("The file to write (default: output/<model>.<format>).", valueName: "file"))
    var output: String?

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    func run() throws {
        try reportingErrors {
            let shape = try NeuralShape(file: model)
            let fileExtension = output.map { URL(fileURLWithPath: $0).pathExtension.lowercased() }
            let format = format ?? fileExtension.flatMap(Format.init) ?? .onnx
            let name = URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent
            let path = output ?? "output/\(name).\(format)"
            try? FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            switch format {
            case .onnx:
                try OnnxExport.write(
                    try shape.exportedNetwork(as: "onnx"), frame: shape.exportFrame,
                    metadata: shape.exportMetadata, to: path)
                print("points (n, 3) -> values (n, 1)  \(path)")
            case .glsl:
                try GLSLExport.write(
                    try shape.exportedNetwork(as: "glsl"), frame: shape.exportFrame,
                    comments: shape.exportMetadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }, to: path)
                print("float shape(vec3 p)  \(path)")
            case .npy, .npz:
                let grid = try shape.distanceGrid(count: resolution, workers: Workers(count: threads))
                if format == .npz {
                    try NumpyFile.writeArchive(grid.arrays, to: path)
                } else {
                    try NumpyFile.write(grid.arrays[0].array, to: path)
                }
                print(
                    "array [\(grid.counts.z), \(grid.counts.y), \(grid.counts.x)] of z, y, x, the first at "
                        + "(\(grid.origin.x), \(grid.origin.y), \(grid.origin.z)), \(grid.spacing) apart  \(path)")
            }
        }
    }
}

extension NeuralShape {
    /// The network of the field.
    fileprivate func exportedNetwork(as format: String) throws(SettingError) -> CoordinateNetwork {
        guard let network else {
            throw SettingError(name: "format", value: format, remedy: "takes networks; use npy or npz")
        }
        return network
    }
}
