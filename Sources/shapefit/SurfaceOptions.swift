import ArgumentParser
import Jobs
import MeshIO
import Pictures

/// How a fit's results are written, as options.
struct SurfaceOptions: ParsableArguments {
    @Option(help: "Format of the surface: obj, ply, stl, glb, gltf or 3mf (default: what --output says, or else obj).")
    var format: SurfaceFormat?

    @Option(
        help: ArgumentHelp(
            "Keep about this part of the surface's triangles, above 0 to 1, where it bends most: 0.1 keeps a tenth.",
            valueName: "part"))
    var simplify: Float = 1

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
        if !(simplify > 0 && simplify <= 1) {
            throw ValidationError("--simplify \(simplify): must be above 0 and at most 1")
        }
    }

    /// - Parameter usual: the surface's format where none is given.
    func output(format usual: SurfaceFormat = .obj) -> FitOutput {
        FitOutput(
            surfaceFormat: (format ?? usual).rawValue, keptTriangles: simplify, unit: unit, up: up, writesPage: report)
    }
}

/// The options of a fit that each shape of a batch may have for itself.
struct ShapeOptions: ParsableArguments {
    @OptionGroup var fit: FitOptions
    @OptionGroup var surface: SurfaceOptions
    @OptionGroup var scan: ScanOptions
}
