import ArgumentParser
import Foundation
import Geometry
import ShapeFitting
import Support

/// `shapefit extract <model>`: a model's surface at another resolution.
struct ExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract", abstract: "Extract the surface of a model.")

    @Argument(help: "The model: a .safetensors file that a fit wrote.")
    var model: String

    @Option(help: "Cells along the longest side of the grid.")
    var resolution = 256

    @Flag(help: "Evaluate every grid point instead of only where the surface can be.")
    var exhaustive = false

    @Option(help: ArgumentHelp("The mesh to write; its extension chooses the format (default: output/<model>.obj).", valueName: "file"))
    var output: String?

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    func run() throws {
        try reportingErrors {
            let workers = Workers(count: threads)
            let shape = try NeuralShape(file: model)
            let extractor = SurfaceExtractor(resolution: resolution, sampling: exhaustive ? .exhaustive : .adaptive)
            let surface = try shape.extract(extractor, workers: workers)
            let name = URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent
            let path = output ?? "output/\(name).obj"
            try? FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try MeshExport.write(surface.mesh, to: path, workers: workers)
            print("\(surface.mesh.vertices.count) vertices, \(surface.mesh.triangles.count) triangles  \(path)")
        }
    }
}
