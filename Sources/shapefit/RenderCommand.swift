import ArgumentParser
import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import MeshIO
import Pictures
import SurfaceExtraction

extension Camera.View: ExpressibleByArgument {}
extension Camera.UpAxis: ExpressibleByArgument {}

/// `shapefit render <mesh or model>`: pictures of a shape.
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Draw a mesh or a model as a PNG image.",
        discussion: """
            A model's surface is extracted first. With --compare the image has three panels: the reference, the shape \
            and, in colour on the shape, its signed distance to the reference (blue inside, red outside).
            """)

    @Argument(help: "A mesh, or a model (.safetensors).")
    var shape: String

    @Option(help: "Where the camera stands: front, back, left, right, top, bottom or three-quarter.")
    var view: Camera.View = .threeQuarter

    @Option(help: "Degrees around the up axis, from the front towards +x; overrides --view.")
    var azimuth: Float?

    @Option(help: "Degrees above the horizon; overrides --view.")
    var elevation: Float?

    @Option(help: "The axis that points upwards: y or z.")
    var up: Camera.UpAxis = .y

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

    @Option(help: ArgumentHelp("The image (default: output/<name>.png).", valueName: "file"))
    var output: String?

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    func validate() throws {
        if let turntable, !(1...1000).contains(turntable) {
            throw ValidationError("--turntable \(turntable): must be between 1 and 1000 frames")
        }
        if !(1...8).contains(samples) { throw ValidationError("--samples \(samples): must be between 1 and 8") }
        if let elevation, !(-90...90).contains(elevation) {
            throw ValidationError("--elevation \(elevation): must be between -90 and 90 degrees")
        }
        if let azimuth, !azimuth.isFinite { throw ValidationError("--azimuth: must be a number of degrees") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): must be between 1 and 1024")
        }
        if compare != nil, let size, size.height < 200 || size.width < 300 {
            throw ValidationError("--size \(size.width)x\(size.height): three panels need at least 300x200 pixels")
        }
    }

    func run() throws {
        try reportingErrors {
            let workers = Workers(count: threads)
            let mesh = try loadShape(workers)
            let reference = try compare.map { EvaluationReference(try PreparedMesh(path: $0, workers: workers)) }
            // Rendering happens in a unit cube, where single precision is the same for every mesh.
            let transform = reference?.transform ?? UnitCubeTransform(fitting: mesh.boundingBox ?? .empty)
            let unitMesh = transform.unitMesh(mesh)
            let painter = Painter(
                mesh: unitMesh, reference: reference, up: up, samples: samples,
                size: size
                    ?? (reference == nil ? PixelSize(width: 900, height: 900) : PixelSize(width: 1500, height: 620)),
                workers: workers)

            let path = outputPath
            try? FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            guard let turntable else {
                try PNGFile.write(painter.image(from: direction, fitting: painter.points), to: path)
                print(path)
                return
            }
            let stem = String(path.dropLast(4))
            let points = Camera.turntablePoints(of: reference?.mesh ?? unitMesh, up: up)
            for frame in 0..<turntable {
                var direction = direction
                direction.azimuth += 360 * Float(frame) / Float(turntable)
                let image = painter.image(from: direction, fitting: points)
                try PNGFile.write(image, to: String(format: "%@-%03d.png", stem, frame))
            }
            print(String(format: "%@-000.png … %@-%03d.png", stem, stem, turntable - 1))
        }
    }

    private var direction: Camera.Direction {
        Camera.Direction(
            azimuth: azimuth ?? view.direction.azimuth, elevation: elevation ?? view.direction.elevation)
    }

    private var outputPath: String {
        let name = URL(fileURLWithPath: shape).deletingPathExtension().lastPathComponent
        let path = output ?? "output/\(name).png"
        return path.lowercased().hasSuffix(".png") ? path : path + ".png"
    }

    private func loadShape(_ workers: Workers) throws -> TriangleMesh {
        guard shape.lowercased().hasSuffix(".safetensors") else { return try loadMesh(shape) }
        return try NeuralShape(file: shape).extract(SurfaceExtractor(resolution: resolution), workers: workers).mesh
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
