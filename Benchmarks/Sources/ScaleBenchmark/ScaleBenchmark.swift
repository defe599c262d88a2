import Core
import Foundation
import Geometry
import MeshIO

/// Measures every stage between a mesh file and its first exact label, for `scale.py`:
///
///     benchmark-scale TRIANGLES FOLDER [--threads N]
///
/// The mesh is a torus with waves of many lengths on it: closed, of one piece, without intersections. It is written into the
/// folder as PLY, STL and OBJ, and read back. Prints a line for each stage: its name, a tab, wall-clock seconds of one run;
/// and the most memory that the process has held, in MB.
@main struct ScaleBenchmark {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var workers = Workers()
        if let index = arguments.firstIndex(of: "--threads"), index + 1 < arguments.count {
            workers = Workers(count: Int(arguments[index + 1]) ?? 1)
            arguments.removeSubrange(index...index + 1)
        }
        guard arguments.count == 2, let size = Int(arguments[0]), size > 0 else {
            print("usage: benchmark-scale TRIANGLES FOLDER [--threads N]")
            exit(64)
        }
        try write(size, to: arguments[1], workers)
        try measure(size, in: arguments[1], workers)
    }

    private static func path(_ size: Int, _ format: String, in folder: String) -> String {
        "\(folder)/torus-\(size).\(format)"
    }

    private static func write(_ size: Int, to folder: String, _ workers: Workers) throws {
        let mesh = wavyTorus(triangles: size)
        for format in ["ply", "stl", "obj"] {
            try MeshExport.write(mesh, to: path(size, format, in: folder), workers: workers)
        }
    }

    private static func stage<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        let result = try body()
        print("\(name)\t\(text((ContinuousClock.now - start) / .seconds(1)))")
        return result
    }

    private static func measure(_ size: Int, in folder: String, _ workers: Workers) throws {
        func load(_ format: String) throws -> TriangleMesh {
            try MeshImport.load(path: path(size, format, in: folder), workers: workers).mesh
        }
        _ = try stage("read OBJ") { try load("obj") }
        _ = try stage("read STL") { try load("stl") }
        var mesh = try stage("read PLY") { try load("ply") }
        let first = ContinuousClock.now
        var topology = stage("topology") { MeshTopology(mesh, workers: workers) }
        _ = stage("orientation") { mesh.orientOutward(&topology, workers: workers) }
        let transform = UnitCubeTransform(fitting: mesh.boundingBox ?? .empty, origin: mesh.origin)
        let unitMesh = stage("unit mesh") { transform.unitMesh(mesh) }
        guard let sampler = stage("sampler", { AreaUniformSampler(unitMesh) }) else { return }
        _ = stage("fingerprint") { ShapeFingerprint(mesh) }
        _ = stage("hierarchy alone") { BoundingVolumeHierarchy(unitMesh, workers: workers) }
        let field = stage("hierarchy and sign") { MeshField(unitMesh, workers: workers) }
        _ = stage("surface cells") { SurfaceCells(field.hierarchy, workers: workers) }
        let stream = RandomStream(seed: 0, stream: 1)
        let points = (0..<(1 << 19)).map { index in
            let noise = stream.normals(at: UInt64(index))
            return sampler.point(at: UInt64(index), of: stream).point + 0.0015 * SIMD3(noise.x, noise.y, noise.z)
        }
        let labels = stage("524288 labels") { field.values(at: points, workers: workers) }
        let insideShare = Double(labels.count { $0 < 0 }) / Double(labels.count)
        precondition(
            topology.isWatertight && abs(insideShare - 0.5) < 0.05, "a closed torus, half of the labels inside")
        print("all from the mesh on\t\(text((ContinuousClock.now - first) / .seconds(1)))")
        print("peak MB\t\(peakMegabytes)")
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
