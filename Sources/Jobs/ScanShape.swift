import Core
import Geometry
import MeshIO
import Pictures
import SurfaceExtraction

/// A scan as a shape: its points made ready, and the closed surface that they make.
///
/// What a mesh has, a scan then has through that surface: labels, evaluation, pictures.
public struct ScanShape: Sendable {
    public let cloud: OrientedPointCloud
    /// The surface, in the points' own coordinates.
    public let mesh: TriangleMesh
    /// The part of the surface's area that has no point within ``emptyDistance``.
    public let emptyShare: Double
    /// In the points' own coordinates.
    public let emptyDistance: Double
    /// `(vertices)`: the distance from each of the mesh's vertices to the nearest point, in the points' own coordinates.
    public let distancesToPoints: [Float]

    /// A surface has no evidence where the nearest point is so many times farther away than points from each other.
    private static let emptySpacings = 4.0

    /// Reads and prepares the points of a file.
    ///
    /// - Parameters:
    ///   - resolution: cells along the longest side of the grid that the surface is found on.
    ///   - path: a file that `ScanImport` reads.
    ///   - options: how the points are taken.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Throws: `MeshFileError`, `PointCloudError`, `ExtractionError`.
    public init(
        path: String, options: PointCloudOptions = PointCloudOptions(), resolution: Int = 256, workers: Workers
    ) throws {
        let scan = try ScanImport.load(path: path)
        cloud = try OrientedPointCloud(scan.positions, normals: scan.normals, options: options, workers: workers)
        // Room for the surface that closes an opening.
        let extractor = SurfaceExtractor(resolution: resolution, box: cloud.bounds.expanded(by: 0.05))
        let surface = try extractor.extract(cloud, workers: workers).mesh
        mesh = cloud.transform.worldMesh(surface)
        let unit = Float(1 / cloud.transform.scale)
        let distances = cloud.distancesToPoints(at: surface.vertices, workers: workers)
        distancesToPoints = distances.map { $0 * unit }
        let limit = Float(Self.emptySpacings) * cloud.spacing
        emptyDistance = Double(limit * unit)
        var (empty, whole) = (0.0, 0.0)
        for (index, triangle) in surface.triangles.enumerated() {
            let (a, b, c) = surface.corners(of: index)
            let area = Double(length(cross(b - a, c - a)))
            whole += area
            let corners = [triangle.x, triangle.y, triangle.z]
            empty += area * Double(corners.count { distances[Int($0)] > limit }) / 3
        }
        emptyShare = whole > 0 ? empty / whole : 0
    }

    /// Notes for the points' owner, a line each.
    public var notes: [String] {
        var notes = cloud.summary.notes
        if emptyShare >= 0.001 {
            let percent = (1000 * emptyShare).rounded() / 10
            notes.append(
                "\(percent) % of the surface has no point within \(Self.emptySpacings) times their distance: there it is a guess"
            )
        }
        return notes
    }

    /// The surface in colours of the distance to the nearest point: white where there is one, red from
    /// ``emptyDistance`` on.
    public func picture(workers: Workers) -> Image {
        let camera = Camera(
            from: Camera.View.threeQuarter.direction, up: .y, fitting: mesh.vertices, aspectRatio: 1)
        return MeshRenderer(mesh, workers: workers).images(
            of: [.signedValues(distancesToPoints, of: mesh, limit: Float(emptyDistance))], from: camera, width: 800,
            height: 800, workers: workers)[0]
    }
}
