import ArgumentParser
import Core
import Fitting
import Foundation
import Geometry
import MeshIO
import SurfaceExtraction

extension ExtractionMethod: ExpressibleByArgument {}

/// `shapefit extract <model>`: a model's surface at another resolution, level or by another method.
struct ExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract", abstract: "Extract the surface of a model.")

    @Argument(help: "The model: a .safetensors file that a fit wrote.")
    var model: String

    @Option(help: "Cells along the longest side of the grid.")
    var resolution = 256

    @Option(
        help:
            "marching-cubes: closed and manifold, sharp edges rounded off by about a cell; dual-contouring: keeps sharp edges, may touch itself."
    )
    var method: ExtractionMethod = .marchingCubes

    @Option(
        parsing: .unconditional,
        help:
            "Signed distance of the surface to extract, in the mesh's unit, negative inside; for a model of occupancy the negated logit."
    )
    var isoLevel: Float = 0

    @Flag(help: "Evaluate every grid point instead of only where the surface can be.")
    var exhaustive = false

    @Flag(help: "Keep pieces of surface far from where the shape was: a network may have a few by chance.")
    var keepSpecks = false

    @Option(
        help: ArgumentHelp(
            "Keep about this part of the triangles, above 0 to 1, where the surface bends most: 0.1 keeps a tenth. Closed stays closed; sheets closer than triangles are long may come to touch.",
            valueName: "part"))
    var simplify: Float = 1

    @Flag(help: "Write vertex normals, the gradient of the field, where the format has them (all but STL).")
    var normals = false

    @Option(
        help: ArgumentHelp(
            "The mesh to write; its extension chooses the format: obj, ply, stl, glb, gltf, dae, … (default: output/<model>.obj).",
            valueName: "file"))
    var output: String?

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    func run() throws {
        try reportingErrors {
            let workers = Workers(count: threads)
            let name = URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent
            let path = output ?? "output/\(name).obj"
            guard MeshExport.canWrite(to: path) else { throw MeshFileError.unknownExportFormat(path: path) }
            let shape = try NeuralShape(file: model)
            var extractor = SurfaceExtractor(resolution: resolution)
            extractor.isoLevel = try shape.level(ofValue: isoLevel)
            extractor.method = method
            extractor.sampling = exhaustive ? .exhaustive : .adaptive
            extractor.computesNormals = normals
            extractor.keepsSpecks = keepSpecks
            extractor.keptTriangles = simplify
            let surface = try shape.extract(extractor, workers: workers)
            try? FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try MeshExport.write(
                surface.mesh, normals: normals ? surface.normals : nil, to: path, workers: workers)
            print("\(surface.mesh.vertices.count) vertices, \(surface.mesh.triangles.count) triangles  \(path)")
            if surface.statistics.specks > 0 {
                let count = surface.statistics.specks
                print(
                    "\(count) \(count == 1 ? "speck" : "specks") far from the shape left out; --keep-specks keeps them")
            }
        }
    }
}
