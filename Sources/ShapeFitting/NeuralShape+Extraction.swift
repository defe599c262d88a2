import Geometry
import Support

extension NeuralShape {
    /// How far outside the shape's bounds extraction looks, in lengths of the network's frame: a field that is a little
    /// off stays whole.
    static let extractionMargin: Float = 0.02

    /// The surface where the field is zero, in the mesh's own coordinates.
    ///
    /// - Parameters:
    ///   - extractor: its box is replaced by the shape's bounds and a margin.
    /// - Throws: ``ShapeFittingError``, also when the field has no surface.
    public func extract(
        _ extractor: SurfaceExtractor, workers: Workers = Workers()
    ) throws(ShapeFittingError) -> ExtractedSurface {
        var extractor = extractor
        extractor.box = bounds.expanded(by: Self.extractionMargin)
        var surface = try extractor.extract(self, workers: workers)
        surface.mesh = transform.worldMesh(surface.mesh)
        return surface
    }
}
