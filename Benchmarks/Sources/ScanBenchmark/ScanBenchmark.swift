import Core
import Evaluation
import Foundation
import Geometry
import MeshIO
import SurfaceExtraction

/// Surfaces of scans drawn from meshes, for `peers/scans.py`:
///
///     benchmark-scans draw MESH OUT.ply [--count N] [--noise F] [--missing F] [--outliers F] [--seed N]
///     benchmark-scans surface POINTS.ply OUT.ply [--resolution N] [--no-normals] [--points SEEN.ply]
///     benchmark-scans score MESH CANDIDATE
///
/// Noise is a standard deviation in diagonals of the mesh's box; missing a part of the points, in patches; outliers a
/// part of the points that is replaced by points uniform in the box grown by a tenth. Prints one line of JSON.
@main struct ScanBenchmark {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func option(_ name: String) -> String? {
            guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
            defer { arguments.removeSubrange(index...index + 1) }
            return arguments[index + 1]
        }
        func number(_ name: String, _ usual: Double) -> Double { option(name).flatMap(Double.init) ?? usual }
        let scan = ScanModel(
            count: Int(number("--count", 100_000)), noise: Float(number("--noise", 0)),
            missing: number("--missing", 0), outliers: number("--outliers", 0), seed: UInt64(number("--seed", 0)))
        let resolution = Int(number("--resolution", 256))
        let pointsFile = option("--points")
        let ignoresNormals = arguments.contains("--no-normals")
        arguments.removeAll { $0 == "--no-normals" }
        switch (arguments.first, arguments.count) {
        case ("draw", 3):
            let points = scan.draw(from: try MeshImport.load(path: arguments[1]).mesh)
            try PointFile.write(points, to: arguments[2])
        case ("surface", 3):
            try surface(arguments[1], arguments[2], resolution, ignoresNormals, pointsFile)
        case ("score", 3):
            try score(arguments[1], arguments[2])
        default:
            print("usage: benchmark-scans draw MESH OUT.ply | surface POINTS.ply OUT.ply | score MESH CANDIDATE")
            exit(64)
        }
    }

    private static func surface(
        _ input: String, _ output: String, _ resolution: Int, _ ignoresNormals: Bool, _ pointsFile: String?
    ) throws {
        let start = ContinuousClock.now
        func seconds() -> Double { (ContinuousClock.now - start) / .seconds(1) }
        let points = try PointFile.read(input)
        let read = seconds()
        let cloud = try OrientedPointCloud(points.positions, normals: ignoresNormals ? nil : points.normals)
        let prepared = seconds()
        let surface = try SurfaceExtractor(resolution: resolution, box: cloud.bounds.expanded(by: 0.05)).extract(
            cloud)
        let extracted = seconds()
        if let pointsFile {
            let stream = RandomStream(seed: 1, stream: 1)
            let places = (0..<UInt64(20_000)).map { cloud.surfacePoint(at: $0, of: stream) }
            let points = ScanModel.Points(
                positions: places.map { cloud.transform.meshPoint($0.position) }, normals: places.map(\.normal))
            try PointFile.write(points, to: pointsFile)
        }
        try MeshExport.write(cloud.transform.worldMesh(surface.mesh), to: output)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let summary = cloud.summary
        print(
            """
            {"read": \(read), "prepare": \(prepared - read), "extract": \(extracted - prepared), "seconds": \(seconds()), \
            "triangles": \(surface.mesh.triangles.count), "evaluations": \(surface.statistics.evaluations), \
            "outliers": \(summary.outlierCount), "spacing": \(summary.spacing), "noise": \(summary.noise), \
            "support": \(summary.support), "smoothed": \(summary.wasSmoothed), "peakMB": \(usage.ru_maxrss >> 10)}
            """)
        for note in summary.notes { FileHandle.standardError.write(Data((note + "\n").utf8)) }
    }

    private static func score(_ mesh: String, _ candidate: String) throws {
        let reference = EvaluationReference(try PreparedMesh(MeshImport.load(path: mesh).mesh))
        let other = reference.transform.unitMesh(try MeshImport.load(path: candidate).mesh)
        guard
            let comparison = SurfaceComparison(
                reference: reference, candidate: other, hierarchy: BoundingVolumeHierarchy(other), workers: Workers())
        else { fatalError("no triangles") }
        print(
            """
            {"chamfer": \(comparison.relativeChamferL1), "fscore": \(comparison.fScoreHalfPercent), \
            "normals": \(comparison.normalConsistency), "hausdorff": \(comparison.relativeHausdorff)}
            """)
    }
}
