import ArgumentParser
import Core
import Fitting
import Geometry
import Interchange
import Jobs
import MeshIO

extension LabelledSet.Coordinates: ExpressibleByArgument {}
extension PointStrategy: ExpressibleByArgument {}

/// `shapefit sample <mesh>`: labelled points and grids for people who train elsewhere.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Write labelled points of a mesh for NumPy.",
        discussion: """
            Writes an .npz archive that numpy.load reads: points (n, 3) float32 (float64 of a mesh far from its origin), signed_distance (n) float32, negative \
            inside, and occupancy (n) uint8, 1 inside. With --grid also grid_signed_distance (nz, ny, nx) float32 and \
            affine (4, 4) float64, where (x, y, z, 1) = affine @ (i, j, k, 1) is the place of element [k, j, i]. \
            The mesh is fitted into the unit cube (centre of its bounding box at 1/2, longest side 0.9); --deviation and \
            --margin are in unit-cube lengths, whatever --coordinates. Distances are exact for the points as written, \
            in the unit of --coordinates. A point depends on its number and the seed alone.
            """)

    @Argument(
        help:
            "The mesh: OBJ, PLY, STL, OFF, glTF, FBX, Collada, 3DS, … (whatever Assimp reads), or - for standard input."
    )
    var mesh: String

    @Option(help: "Points (default: 100000, or none with --grid).")
    var count: Int?

    @Option(
        help:
            "Where points lie: uniform or sobol in the box (independent, of low discrepancy), surface (area-uniform), near-surface (the same with noise of --deviation)."
    )
    var strategy: PointStrategy = .nearSurface

    @Option(
        help:
            "Standard deviation of near-surface noise; of several, separated by commas, every point takes one at random."
    )
    var deviation = NumberList([0.01])

    @Option(help: "How far the box of points and grid reaches beyond the mesh's bounding box.")
    var margin: Float = 0.05

    @Option(help: "Also write a grid with this many samples along the longest side.")
    var grid: Int?

    @Option(help: "Frame of points and distances: mesh (its own coordinates) or unit (the unit cube).")
    var coordinates: LabelledSet.Coordinates = .mesh

    @OptionGroup var inside: SignOptions

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 0

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The archive to write, - for standard output (default: output/<mesh>.npz).", valueName: "file"))
    var output: String?

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let count, !(1...Self.maximumCount).contains(count) {
            throw ValidationError("--count \(count): must be between 1 and \(Self.maximumCount)")
        }
        if let output, output != StandardInput.dash, !output.lowercased().hasSuffix(".npz") {
            throw ValidationError("--output \(output): must end in .npz")
        }
        // Twice the unit cube's side is as far as labels have a use.
        if !(0...2).contains(margin) { throw ValidationError("--margin \(margin): must be between 0 and 2") }
    }

    /// 17 bytes a point in an archive of less than 4 GiB.
    private static let maximumCount = 250_000_000

    /// The value that `--json` prints.
    private struct Result: Encodable {
        let points: Int?
        let inside: Int?
        /// Samples along z, y and x.
        let grid: [Int]?
        let sign: String
        let files: [WrittenFile]
    }

    func run() throws {
        let workers = common.workers
        let input = try InputFile(mesh)
        let name = mesh == StandardInput.dash ? "standard-input" : ResultPaths.stem(of: mesh)
        let path = output ?? "output/\(name).npz"
        try replacement.prepare([path], reading: [input.path])
        let frame = try SampledFrame(
            PreparedMesh(path: input.path, inside: inside, isQuiet: common.quiet, workers: workers), coordinates,
            workers: workers)
        var arrays: [(name: String, array: NumpyArray)] = []
        var summary: [String] = []
        var insideCount: Int?
        let count = count ?? (grid == nil ? 100_000 : nil)
        if let count {
            let set = try frame.labelledSet(
                count, strategy, deviations: deviation.values, margin: margin, seed: seed, workers: workers)
            arrays += set.arrays
            let inside = set.occupancies.count { $0 == 1 }
            insideCount = inside
            summary.append("\(count) points, \(inside) inside")
        }
        var shape: [Int]?
        if let grid {
            let distances = try DistanceGrid(
                frame.labels.field, box: frame.box(margin: margin), relativeTo: frame.labels.mesh.origin, count: grid,
                workers: workers)
            arrays += distances.arrays
            shape = [distances.counts.z, distances.counts.y, distances.counts.x]
            summary.append("grid of \(distances.counts.x) × \(distances.counts.y) × \(distances.counts.z)")
        }
        try OutputBytes.write(NumpyFile.archiveBytes(arrays, path: path), to: path)
        let sign = frame.labels.field.resolvedSign
        let method = sign == .winding ? "winding number" : sign.rawValue
        try common.report(
            Result(
                points: count, inside: insideCount, grid: shape, sign: sign.rawValue,
                files: [WrittenFile(kind: "samples", path: path)]),
            of: "sample", text: "\(summary.joined(separator: "; ")); sign by \(method)  \(path)", beside: path)
    }
}
