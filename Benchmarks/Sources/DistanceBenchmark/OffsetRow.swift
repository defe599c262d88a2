import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import SurfaceExtraction

/// A field's surface at a distance beside the one that the mesh's own distance has there.
struct OffsetRow {
    static let heading = """
        | shape | offset % | parts | of the mesh's | closed | certified Hausdorff, cells | forward | backward | s |
        |---|---|---|---|---|---|---|---|---|
        """

    private let offset: Float
    private let pieces: Int
    private let truePieces: Int
    private let isClosed: Bool
    private let forward: Double
    private let backward: Double
    private let seconds: Double

    /// Room around the shape, beside the offset's.
    private static let margin: Float = 0.02

    init(_ fitted: FittedShape<PreparedMesh>, offset: Float, resolution: Int) throws {
        let shape = fitted.shape
        let distance = offset * shape.bounds.extent.max()
        var extractor = SurfaceExtractor(resolution: resolution)
        extractor.isoLevel = try shape.level(ofValue: distance / Float(shape.transform.scale))
        let start = ContinuousClock.now
        let surface = shape.transform.unitMesh(try shape.extract(extractor).mesh)
        seconds = (ContinuousClock.now - start) / .seconds(1)
        var exact = SurfaceExtractor(resolution: resolution)
        exact.box = shape.bounds.expanded(by: Self.margin + max(0, distance))
        exact.isoLevel = distance
        exact.sampling = .lipschitz(bound: 1)
        let truth = try exact.extract(fitted.reference.field).mesh
        self.offset = offset
        let topology = MeshTopology(surface)
        pieces = topology.componentCount
        isClosed = topology.isWatertight
        truePieces = MeshTopology(truth).componentCount
        let bounds = HausdorffCertifier().bounds(between: truth, and: surface)
        let cell = Double(exact.box.extent.max()) / Double(resolution)
        forward = (bounds?.forward.upper ?? .infinity) / cell
        backward = (bounds?.backward.upper ?? .infinity) / cell
    }

    var text: String {
        "| \(digits(100 * Double(offset), 1)) | \(pieces) | \(truePieces) | \(isClosed ? "yes" : "no") | "
            + "\(digits(max(forward, backward), 2)) | \(digits(forward, 2)) | \(digits(backward, 2)) | "
            + "\(digits(seconds, 2)) |"
    }
}
