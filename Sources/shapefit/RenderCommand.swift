import ArgumentParser
import Core
import Evaluation
import Fitting
import Geometry
import Jobs
import MeshIO
import Pictures
import SurfaceExtraction

extension Camera.View: ExpressibleByArgument {}

/// `shapefit render <mesh or model>`: pictures of a shape.
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Draw a mesh or a model as a PNG image.",
        discussion: """
            A model's surface is extracted first. With --compare the image has three panels: the reference, the shape \
            and, in colour on the shape, its signed distance to the reference (blue inside, red outside).
            """)

    @Argument(help: "A mesh, or a model (.safetensors, or fields/00000.tar::key of a batch); - for standard input.")
    var shape: String

    @Option(help: "Where the camera stands: front, back, left, right, top, bottom or three-quarter.")
    var view: Camera.View = .threeQuarter

    @Option(help: "Degrees around the up axis, from the front towards +x; overrides --view.")
    var azimuth: Float?

    @Option(help: "Degrees above the horizon; overrides --view.")
    var elevation: Float?

    @Option(help: "The axis that points upwards: y or z (default: z for STL, 3MF and AMF, y for others).")
    var up: Camera.UpAxis?

    @Option(help: ArgumentHelp("Pixels (default: 900x900, with --compare 1500x620).", valueName: "width>x<height"))
    var size: PixelSize?

    @Option(help: ArgumentHelp("Draw this mesh beside it, and the error.", valueName: "mesh"))
    var compare: String?

    @Option(
        help: ArgumentHelp("Draw this many images from all around: <output>-000.png and so on.", valueName: "frames"))
    var turntable: Int?

    @Option(help: "Samples along a pixel's side; their square is the cost (1 to 8).")
    var samples = 4

    @Option(help: "Cells along the longest side of the grid that a model's surface is extracted on.")
    var resolution = 256

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The image, - for standard output (default: output/<name>-<view>.png, with --compare output/<name>-compared.png).",
            valueName: "file"))
    var output: String?

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let turntable, !(1...1000).contains(turntable) {
            throw ValidationError("--turntable \(turntable): must be between 1 and 1000 frames")
        }
        if !(1...8).contains(samples) { throw ValidationError("--samples \(samples): must be between 1 and 8") }
        if let elevation, !(-90...90).contains(elevation) {
            throw ValidationError("--elevation \(elevation): must be between -90 and 90 degrees")
        }
        if turntable != nil && output == StandardInput.dash {
            throw ValidationError("--output -: a turntable is several files")
        }
        let others = [".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".svg", ".pdf", ".exr", ".hdr"]
        if let output, let other = others.first(where: { output.lowercased().hasSuffix($0) }) {
            throw ValidationError("--output \(output): pictures are written as .png, not \(other)")
        }
        if let azimuth, !azimuth.isFinite { throw ValidationError("--azimuth: must be a number of degrees") }
        if compare != nil, let size, size.height < 200 || size.width < 300 {
            throw ValidationError("--size \(size.width)x\(size.height): three panels need at least 300x200 pixels")
        }
    }

    func run() throws {
        let input = try InputFile(shape)
        let paths = imagePaths
        try replacement.prepare(paths, reading: [input.path, compare])
        let workers = common.workers
        let mesh = try loadShape(input.path, workers)
        let reference = try compare.map { EvaluationReference(try PreparedMesh(path: $0, workers: workers)) }
        // Rendering happens in a unit cube, where single precision is the same for every mesh.
        let transform =
            reference?.transform ?? UnitCubeTransform(fitting: mesh.boundingBox ?? .empty, origin: mesh.origin)
        let unitMesh = transform.unitMesh(mesh)
        let up = up ?? .usual(ofFile: compare ?? input.path)
        let painter = Painter(
            mesh: unitMesh, reference: reference, up: up, samples: samples,
            size: size ?? (reference == nil ? PixelSize(width: 900, height: 900) : PixelSize(width: 1500, height: 620)),
            workers: workers)
        let points =
            turntable == nil
            ? painter.points : Camera.turntablePoints(of: reference?.mesh ?? unitMesh, up: up)
        for (frame, path) in paths.enumerated() {
            var direction = direction
            direction.azimuth += 360 * Float(frame) / Float(paths.count)
            let image = painter.image(from: direction, fitting: points)
            try OutputBytes.write(PNGFile.encode(image, name: path), to: path)
        }
        let text = paths.count == 1 ? paths[0] : "\(paths[0]) … \(paths[paths.count - 1])"
        try common.report(
            Result(files: paths.map { WrittenFile(kind: "picture", path: $0) }), of: "render", text: text,
            beside: paths[0])
    }

    /// The value that `--json` prints.
    private struct Result: Encodable {
        let files: [WrittenFile]
    }

    private var direction: Camera.Direction {
        Camera.Direction(
            azimuth: azimuth ?? view.direction.azimuth, elevation: elevation ?? view.direction.elevation)
    }

    private var imagePaths: [String] {
        if output == StandardInput.dash { return [StandardInput.dash] }
        let name = shape == StandardInput.dash ? "standard-input" : StoredPath(shape).name
        let path = output ?? "output/\(name)-\(viewName).png"
        let stem = path.lowercased().hasSuffix(".png") ? String(path.dropLast(4)) : path
        guard let turntable else { return [stem + ".png"] }
        return (0..<turntable).map { stem + String(printf: "-%03d.png", $0) }
    }

    /// What tells one picture of a shape from another in their names.
    private var viewName: String {
        if compare != nil { return "compared" }
        if turntable != nil { return "turntable" }
        guard azimuth != nil || elevation != nil else { return view.rawValue }
        return "azimuth\(shortText(direction.azimuth))-elevation\(shortText(direction.elevation))"
    }

    private func loadShape(_ path: String, _ workers: Workers) throws -> TriangleMesh {
        guard StoredPath(path).isModel else { return try loadMesh(path) }
        return try NeuralShape(stored: path).extract(SurfaceExtractor(resolution: resolution), workers: workers).mesh
    }

    private func loadMesh(_ path: String) throws -> TriangleMesh {
        try MeshImport.load(path: path, isolation: .process(.thisProgram)).mesh
    }
}

/// Draws one shape, or two and their difference, again and again.
private struct Painter {
    let size: PixelSize
    let up: Camera.UpAxis
    let workers: Workers
    let points: [SIMD3<Float>]
    private let renderer: MeshRenderer?
    private let sheet: ComparisonSheet?

    init(
        mesh: TriangleMesh, reference: EvaluationReference?, up: Camera.UpAxis, samples: Int, size: PixelSize,
        workers: Workers
    ) {
        self.size = size
        self.up = up
        self.workers = workers
        if let reference {
            points = reference.mesh.vertices
            renderer = nil
            var sheet = ComparisonSheet(
                input: reference.mesh, field: reference.field, result: mesh, lengthUnit: 1 / reference.transform.scale,
                workers: workers)
            sheet.samplesPerSide = samples
            self.sheet = sheet
        } else {
            points = mesh.vertices
            var renderer = MeshRenderer(mesh, workers: workers)
            renderer.samplesPerSide = samples
            self.renderer = renderer
            sheet = nil
        }
    }

    func image(from direction: Camera.Direction, fitting points: [SIMD3<Float>]) -> Image {
        if let sheet {
            return sheet.image(
                view: direction, up: up, fitting: points, width: size.width, height: size.height,
                workers: workers)
        }
        let camera = Camera(
            from: direction, up: up, fitting: points, aspectRatio: Float(size.width) / Float(size.height))
        return renderer?.images(from: camera, width: size.width, height: size.height, workers: workers).first
            ?? Image(width: size.width, height: size.height, filledWith: [255, 255, 255])
    }
}

/// Width and height of an image, as in 1200x800.
struct PixelSize: ExpressibleByArgument, Equatable {
    var width: Int
    var height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let width = parts[0], let height = parts[1], (1...16384).contains(width),
            (1...16384).contains(height)
        else { return nil }
        self.init(width: width, height: height)
    }
}
