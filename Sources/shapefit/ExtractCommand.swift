import ArgumentParser
import Core
import Fitting
import Geometry
import Jobs
import MeshIO
import SurfaceExtraction

extension ExtractionMethod: ExpressibleByArgument {}

/// `shapefit extract <model>`: a model's surface at another resolution, level or by another method.
struct ExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract", abstract: "Extract the surface of a model.",
        discussion: """
            Without --output the file is named after the model and what was asked for, such as \
            output/bunny-512-dual-contouring.obj, so that it does not replace the fit's own surface.
            """)

    @Argument(
        help:
            "The model: a .safetensors file that a fit wrote, fields/00000.tar::key of a batch, or - for standard input."
    )
    var model: String

    @Option(help: "Cells along the longest side of the grid (default: 256; of a solved grid 0: at its own cells).")
    var resolution: Int?

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
    var keepFloaters = false

    @Option(
        help: ArgumentHelp(
            "Keep about this part of the triangles, above 0 to 1, where the surface bends most: 0.1 keeps a tenth. Closed stays closed; sheets closer than triangles are long may come to touch.",
            valueName: "part"))
    var simplify: Float = 1

    @Flag(help: "Write vertex normals, the gradient of the field, where the format has them (not STL and 3MF).")
    var normals = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The mesh to write, - for standard output; its extension chooses the format: obj, ply, stl, glb, gltf, 3mf, dae, …",
            valueName: "file"))
    var output: String?

    @Option(help: "Format of the mesh: obj, ply, stl, glb, gltf or 3mf (default: what --output says, or else obj).")
    var format: SurfaceFormat?

    @Option(help: "What a length of 1 is, for 3MF: mm, cm, m, um, in or ft.")
    var unit: LengthUnit?

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let output, let format, let named = SurfaceFormat(fileName: output), named != format {
            throw ValidationError(
                "--format \(format.rawValue): --output \(output) says another one; give one of the two")
        }
    }

    /// The value that `--json` prints.
    private struct Result: Encodable {
        let vertices: Int
        let triangles: Int
        let floatersLeftOut: Int
        let files: [WrittenFile]
    }

    func run() throws {
        let input = try InputFile(model)
        let path = output ?? "output/\(defaultName).\((format ?? .obj).rawValue)"
        // A name that says the format, for what goes to standard output.
        let named = format.map { "surface." + $0.rawValue } ?? (path == StandardInput.dash ? "surface.obj" : path)
        guard MeshExport.canWrite(to: named) else { throw MeshFileError.unknownExportFormat(path: path) }
        try replacement.prepare([path], reading: [input.path])
        let shape = try NeuralShape(stored: input.path)
        var extractor = SurfaceExtractor(resolution: resolution ?? (shape.hasOwnCells ? 0 : 256))
        extractor.method = method
        extractor.sampling = exhaustive ? .exhaustive : .adaptive
        extractor.computesNormals = normals
        extractor.keepsFloaters = keepFloaters
        extractor.keptTriangles = simplify
        let surface = try shape.extract(extractor, value: isoLevel, workers: common.workers)
        if surface.mesh.origin != .zero && !MeshExport.keepsFarPlaces(path: named) {
            common.note(MeshExport.lostPlacesNote)
        }
        let bytes = try MeshExport.bytes(
            of: surface.mesh, normals: normals ? surface.normals : nil, unit: unit, for: named, workers: common.workers)
        try OutputBytes.write(bytes, to: path)
        let floaters = surface.statistics.floaters
        if floaters > 0 {
            common.note(
                "\(floaters) \(floaters == 1 ? "piece" : "pieces") of surface far from the shape left out; --keep-floaters keeps them"
            )
        }
        let (vertices, triangles) = (surface.mesh.vertices.count, surface.mesh.triangles.count)
        try common.report(
            Result(
                vertices: vertices, triangles: triangles, floatersLeftOut: floaters,
                files: [WrittenFile(kind: "surface", path: path)]),
            of: "extract", text: "\(vertices) vertices, \(triangles) triangles  \(path)", beside: path)
    }

    /// The model's name and whatever differs from a fit's own surface.
    private var defaultName: String {
        var name = model == StandardInput.dash ? "standard-input" : StoredPath(model).name
        // A grid's own cells without a number would be the fit's own surface.
        name += resolution.map { "-\($0)" } ?? "-extracted"
        if method != .marchingCubes { name += "-\(method.rawValue)" }
        if isoLevel != 0 { name += "-level\(isoLevel)" }
        if simplify != 1 { name += "-simplified\(simplify)" }
        return name
    }
}

/// Bytes that go to a file or to standard output.
enum OutputBytes {
    static func write(_ bytes: [UInt8], to path: String) throws {
        if path == StandardInput.dash {
            try StandardOutput.write(bytes)
        } else {
            try AtomicFile.write(bytes.span, to: path)
        }
    }
}
