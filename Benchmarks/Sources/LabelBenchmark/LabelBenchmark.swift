import Foundation
import Geometry

/// Measures labels of one mesh: `benchmark-labels MESH [--points FILE] [--write FILE] [--sign METHOD] [--repeats N]
/// [--measure build|distance|closest|occupancy|winding|rays]...`
///
/// MESH is an OBJ of triangles, used in the coordinates that it has; FILE raw float32 triples (without it, a million
/// points uniform in the unit cube). Prints a line for each measure: its name, and millions of points a second (or
/// seconds, for build), median over the repeats.
@main struct LabelBenchmark {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func option(_ name: String) -> String? {
            guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
            defer { arguments.removeSubrange(index...index + 1) }
            return arguments[index + 1]
        }
        let pointsPath = option("--points")
        let writePath = option("--write")
        let sign = option("--sign").flatMap(SignMethod.init(rawValue:)) ?? .automatic
        let repeats = option("--repeats").flatMap { Int($0) } ?? 5
        let subdivisions = option("--subdivide").flatMap { Int($0) } ?? 0
        var measures: [String] = []
        while let measure = option("--measure") { measures.append(measure) }
        if measures.isEmpty { measures = ["build", "distance", "closest", "occupancy", "winding", "rays"] }
        guard let meshPath = arguments.first else {
            print(
                "usage: benchmark-labels MESH [--points FILE] [--write FILE] [--sign METHOD] [--repeats N] [--measure NAME]"
            )
            exit(64)
        }
        var mesh = try readObj(meshPath)
        for _ in 0..<subdivisions { mesh = split(mesh) }
        let points = try pointsPath.map(readPoints) ?? uniformPoints(1_000_000)
        let field = MeshField(mesh, sign: sign)
        print("triangles \(mesh.triangles.count)")
        print("sign \(field.resolvedSign.rawValue)")
        print("doubtful-triangles \(field.doubtfulTriangleCount)")
        print("bytes-a-triangle \(Double(field.byteCount) / Double(max(mesh.triangles.count, 1)))")
        for measure in measures {
            switch measure {
            case "build":
                seconds("hierarchy-seconds", repeats) { _ = BoundingVolumeHierarchy(mesh) }
                seconds("field-seconds", repeats) { _ = MeshField(mesh, sign: sign) }
            case "distance":
                var distances = [Float](repeating: 0, count: points.count)
                rate(measure, points.count, repeats) {
                    var span = distances.mutableSpan
                    field.signedDistances(at: points.span, into: &span)
                }
                if let writePath { try write(distances, to: writePath) }
            case "closest":
                rate(measure, points.count, repeats) { _ = field.closestPoints(to: points.span) }
            case "occupancy":
                var occupancies = [UInt8](repeating: 0, count: points.count)
                rate(measure, points.count, repeats) {
                    var span = occupancies.mutableSpan
                    field.occupancies(at: points.span, into: &span)
                }
                if let writePath { try write(occupancies, to: writePath) }
            case "winding":
                var numbers = [Float](repeating: 0, count: points.count)
                rate(measure, points.count, repeats) {
                    var span = numbers.mutableSpan
                    field.windingNumbers(at: points.span, into: &span)
                }
                if let writePath { try write(numbers, to: writePath) }
            case "rays":
                let side = 1000
                let rays = (0..<side * side).map { index in
                    let target = SIMD3<Float>(Float(index % side) / Float(side), Float(index / side) / Float(side), 0.5)
                    return Ray(origin: SIMD3(0.5, 0.5, 3), direction: target - SIMD3(0.5, 0.5, 3))
                }
                rate(measure, rays.count, repeats) { _ = field.hierarchy.firstHits(of: rays) }
            default:
                print("unknown measure \(measure)")
            }
        }
    }

    private static func report(_ name: String, _ value: Double, _ note: String = "") {
        print(name, String(format: "%.4f", value), note)
    }

    private static func seconds(_ name: String, _ repeats: Int, _ body: () -> Void) {
        let (seconds, processorSeconds) = median(repeats, body)
        report(name, seconds, String(format: "%.4f s of processor time", processorSeconds))
    }

    private static func rate(_ name: String, _ count: Int, _ repeats: Int, _ body: () -> Void) {
        let (seconds, processorSeconds) = median(repeats, body)
        let nanoseconds = String(format: "%.0f", processorSeconds / Double(count) * 1e9)
        report(name, Double(count) / seconds / 1e6, "million/s, \(nanoseconds) ns of processor time each")
    }

    /// Median seconds and the least processor seconds, after one call that warms up.
    private static func median(_ repeats: Int, _ body: () -> Void) -> (Double, Double) {
        body()
        var wall: [Double] = []
        var processor: [Double] = []
        for _ in 0..<repeats {
            let start = (ContinuousClock.now, clock())
            body()
            wall.append((ContinuousClock.now - start.0) / .seconds(1))
            processor.append(Double(clock() - start.1) / Double(CLOCKS_PER_SEC))
        }
        return (wall.sorted()[repeats / 2], processor.min() ?? 0)
    }

    /// Every triangle cut into four, edges not shared: for size only.
    private static func split(_ mesh: TriangleMesh) -> TriangleMesh {
        var result = TriangleMesh()
        for index in mesh.triangles.indices {
            let (a, b, c) = mesh.corners(of: index)
            let first = UInt32(result.vertices.count)
            result.vertices += [a, b, c, (a + b) / 2, (b + c) / 2, (c + a) / 2]
            result.triangles += ([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]] as [SIMD3<UInt32>])
                .map { $0 &+ SIMD3(repeating: first) }
        }
        return result
    }

    private static func uniformPoints(_ count: Int) -> [SIMD3<Float>] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in
            SIMD3(
                .random(in: 0..<1, using: &generator), .random(in: 0..<1, using: &generator),
                .random(in: 0..<1, using: &generator))
        }
    }
}
