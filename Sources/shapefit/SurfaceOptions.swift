import ArgumentParser
import Jobs
import MeshIO
import Pictures

/// How many of a surface's triangles are kept.
enum SimplifyChoice: ExpressibleByArgument {
    case part(Float)
    /// As few as keep to a tolerance.
    case automatic

    init?(argument: String) {
        if argument == "auto" {
            self = .automatic
        } else if let part = Float(argument) {
            self = .part(part)
        } else {
            return nil
        }
    }

    /// nil for as few as keep to a tolerance.
    var part: Float? {
        if case .part(let part) = self { part } else { nil }
    }

    var defaultValueDescription: String { part.map(shortText) ?? "auto" }
}

/// How a fit's results are written, as options.
struct SurfaceOptions: ParsableArguments {
    @Option(help: "Format of the surface: obj, ply, stl, glb, gltf or 3mf (default: what --output says, or else obj).")
    var format: SurfaceFormat?

    @Option(
        help: ArgumentHelp(
            "Keep about this part of the surface's triangles, above 0 to 1, where it bends most: 0.1 keeps a tenth. With --tolerance also auto: as few as keep to it.",
            valueName: "part|auto"))
    var simplify: SimplifyChoice = .part(1)

    @Option(help: "What a length of 1 is in the file, for lengths in the table and for 3MF: mm, cm, m, um, in or ft.")
    var unit: LengthUnit?

    @Option(help: "The axis that points upwards in pictures: y or z (default: z for STL, 3MF and AMF, y for others).")
    var up: Camera.UpAxis?

    @Flag(
        help:
            "Also write <name>.html: a page with the shapes in 3D, slices through the field, the loss and all settings."
    )
    var report = false

    func validate() throws {
        if case .part(let part) = simplify, !(part > 0 && part <= 1) {
            throw ValidationError("--simplify \(part): must be above 0 and at most 1")
        }
    }

    /// - Parameter usual: the surface's format where none is given.
    func output(format usual: SurfaceFormat = .obj) -> FitOutput {
        FitOutput(
            surfaceFormat: (format ?? usual).rawValue, keptTriangles: simplify.part, unit: unit, up: up,
            writesPage: report)
    }
}

/// The options of a fit that each shape of a batch may have for itself.
struct ShapeOptions: ParsableArguments {
    @OptionGroup var fit: FitOptions
    @OptionGroup var surface: SurfaceOptions
    @OptionGroup var scan: ScanOptions
}
