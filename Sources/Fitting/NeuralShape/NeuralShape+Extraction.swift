import Core
import Geometry
import SurfaceExtraction

extension NeuralShape {
    /// How far outside the shape's bounds extraction looks, in lengths of the network's frame: a field that is a little
    /// off stays whole.
    static let extractionMargin: Float = 0.02

    /// The surface where the field has the extractor's level, in the mesh's own coordinates.
    ///
    /// - Parameters:
    ///   - extractor: its box is replaced by the shape's bounds and a margin, in which the surface of a level outside the
    ///     shape has its place; see ``level(ofValue:)``.
    /// - Throws: ``ExtractionError``, also when the field has no surface.
    public func extract(
        _ extractor: SurfaceExtractor, workers: Workers = Workers()
    ) throws(ExtractionError) -> ExtractedSurface {
        var extractor = extractor
        let offset = givesDistances ? max(0, meshValue(extractor.isoLevel) * Float(transform.scale)) : 0
        extractor.box = bounds.expanded(by: Self.extractionMargin + offset)
        extractor.surfaceCells = surfaceCells
        var surface = try extractor.extract(unitField, workers: workers)
        surface.mesh = transform.worldMesh(surface.mesh)
        return surface
    }
}
