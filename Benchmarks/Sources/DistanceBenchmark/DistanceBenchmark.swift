import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import MeshIO

/// Measures whether a fitted field is a distance, near, far and at its offsets:
///
///     benchmark-distances [--preset fast] [--sigma 5] [--points 10000000] --mesh a.obj --mesh b.obj
///     benchmark-distances [--preset fast] [--sigma 5] --offsets -0.05,0.025,0.1 [--resolution 256] --mesh a.obj
///     benchmark-distances [--preset fast] [--sigma 5] --normals --mesh a.obj
///
/// Without `--offsets`: errors of the distance by how far from the surface, and wrong signs, at uniform points of twice the
/// shape's box and at points near the surface, all of seeds that training never sees. Lengths are of the unit cube.
///
/// With `--offsets`, parts of the longest side: surfaces of the field at these levels beside those of the mesh's own distance at the same
/// resolution: connected parts, closed or not, and the Hausdorff distance between the two in cells.
///
/// With `--normals`: angles between the field's gradient and the mesh's normal at its surface, near the planes of the base's lattice and
/// between them.
@main
struct DistanceBenchmark {
    static func main() throws {
        var preset = Preset.fast
        var meshes: [String] = []
        var sigma: Float?
        var steps: Int?
        var pointCount = 10_000_000
        var offsets: [Float] = []
        var resolution = 256
        var comparesNormals = false
        var arguments = CommandLine.arguments.dropFirst().makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--preset": preset = arguments.next().flatMap(Preset.init) ?? preset
            case "--mesh": if let path = arguments.next() { meshes.append(path) }
            case "--sigma": sigma = arguments.next().flatMap { Float($0) }
            case "--steps": steps = arguments.next().flatMap { Int($0) }
            case "--points": pointCount = arguments.next().flatMap { Int($0) } ?? pointCount
            case "--offsets": offsets = arguments.next()?.split(separator: ",").compactMap { Float($0) } ?? []
            case "--normals": comparesNormals = true
            case "--resolution": resolution = arguments.next().flatMap { Int($0) } ?? resolution
            default:
                print("unknown: \(argument)")
                exit(64)
            }
        }
        var configuration = preset.configuration
        if let sigma { configuration.encoding.sigma = sigma }
        if let steps { configuration.budget = .steps(steps) }
        print(comparesNormals ? NormalsRow.heading : offsets.isEmpty ? DistanceRow.heading : OffsetRow.heading)
        for path in meshes {
            let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
            let fitted = try Fit(configuration).run(MeshImport.load(path: path).mesh)
            if comparesNormals {
                print("| \(name) \(NormalsRow(fitted).text)")
            } else if offsets.isEmpty {
                print("| \(name) \(DistanceRow(fitted, pointCount: pointCount).text)")
            }
            for offset in offsets {
                print("| \(name) \(try OffsetRow(fitted, offset: offset, resolution: resolution).text)")
                fflush(nil)
            }
            fflush(nil)
        }
    }
}

/// A number with so many digits after the point.
func digits(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
