import Core
import Foundation
import Geometry

/// Measures every stage between a mesh in memory and its first exact label, by size:
/// `benchmark-scale [--threads N] [TRIANGLES]...` (default: 10000 100000 1000000 10000000).
///
/// The mesh is a torus with waves of many lengths on it: closed, of one piece, without intersections. Prints a row of
/// Markdown for each size: wall-clock seconds of one run each, and the most memory that the process has held so far.
@main struct ScaleBenchmark {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var workers = Workers()
        if let index = arguments.firstIndex(of: "--threads"), index + 1 < arguments.count {
            workers = Workers(count: Int(arguments[index + 1]) ?? 1)
            arguments.removeSubrange(index...index + 1)
        }
        let sizes = arguments.compactMap { Int($0) }
        for size in sizes.isEmpty ? [10_000, 100_000, 1_000_000, 10_000_000] : sizes {
            try measure(wavyTorus(triangles: size), workers)
        }
    }

    private static func measure(_ mesh: TriangleMesh, _ workers: Workers) throws {
        var stages: [(name: String, seconds: Double)] = []
        let first = ContinuousClock.now
        func stage<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
            let start = ContinuousClock.now
            let result = try body()
            stages.append((name, (ContinuousClock.now - start) / .seconds(1)))
            return result
        }
        var mesh = mesh
        var topology = stage("topology") { MeshTopology(mesh, workers: workers) }
        _ = stage("orientation") { mesh.orientOutward(&topology, workers: workers) }
        let transform = stage("unit cube") { UnitCubeTransform(fitting: mesh.boundingBox ?? .empty) }
        let unitMesh = stage("unit mesh") { transform.unitMesh(mesh) }
        _ = stage("hierarchy") { BoundingVolumeHierarchy(unitMesh, workers: workers) }
        let field = stage("hierarchy and sign") { MeshField(unitMesh, workers: workers) }
        _ = stage("surface cells") { SurfaceCells(field.hierarchy, workers: workers) }
        guard let sampler = stage("sampler", { AreaUniformSampler(unitMesh) }) else { return }
        _ = stage("fingerprint") { ShapeFingerprint(mesh) }
        let stream = RandomStream(seed: 0, stream: 1)
        let points = (0..<(1 << 19)).map { index in
            let noise = stream.normals(at: UInt64(index))
            return sampler.point(at: UInt64(index), of: stream).point + 0.0015 * SIMD3(noise.x, noise.y, noise.z)
        }
        let labels = stage("524288 labels") { field.values(at: points, workers: workers) }
        let insideShare = Double(labels.count { $0 < 0 }) / Double(labels.count)
        let total = (ContinuousClock.now - first) / .seconds(1)
        print("\(mesh.triangles.count) triangles, inside \(insideShare), watertight \(topology.isWatertight)")
        for stage in stages { print("| \(stage.name) | \(text(stage.seconds)) |") }
        print("| all | \(text(total)) |")
        print("| peak MB | \(peakMegabytes) |")
    }

    private static var peakMegabytes: Int {
        var usage = rusage()
        #if canImport(Darwin)
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss >> 20
        #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss >> 10
        #endif
    }

    private static func text(_ seconds: Double) -> String { "\((seconds * 1000).rounded() / 1000)" }

    /// A torus of about `triangles` triangles, its tube three times as finely cut as its ring, with waves on it whose
    /// heights fall with their lengths.
    static func wavyTorus(triangles: Int) -> TriangleMesh {
        let tube = max(3, Int((Double(triangles) / 6).squareRoot()))
        let ring = 3 * tube
        var mesh = TriangleMesh()
        mesh.vertices.reserveCapacity(tube * ring)
        mesh.triangles.reserveCapacity(2 * tube * ring)
        for i in 0..<ring {
            let u = 2 * Double.pi * Double(i) / Double(ring)
            for j in 0..<tube {
                let v = 2 * Double.pi * Double(j) / Double(tube)
                var radius = 0.33
                for octave in 0..<6 {
                    let frequency = Double(3 << octave)
                    radius +=
                        0.06 / frequency * sin(frequency * u + Double(octave))
                        * cos(frequency * v + 0.5 * Double(octave))
                }
                mesh.vertices.append(
                    SIMD3(
                        Float((1 + radius * cos(v)) * cos(u)), Float((1 + radius * cos(v)) * sin(u)),
                        Float(radius * sin(v))))
            }
        }
        func vertex(_ i: Int, _ j: Int) -> UInt32 { UInt32((i % ring) * tube + j % tube) }
        for i in 0..<ring {
            for j in 0..<tube {
                let (a, b, c, d) = (vertex(i, j), vertex(i + 1, j), vertex(i + 1, j + 1), vertex(i, j + 1))
                mesh.triangles.append(SIMD3(a, b, c))
                mesh.triangles.append(SIMD3(a, c, d))
            }
        }
        return mesh
    }
}
