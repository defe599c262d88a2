import Core
import Geometry
import SurfaceExtraction

extension NeuralShape {
    /// How far outside the shape's bounds extraction looks, in lengths of the network's frame: a field that is a little
    /// off stays whole.
    static let extractionMargin: Float = 0.02

    /// Whether the model knows cells of its own, at which resolution 0 means that its surface is marched.
    public var hasOwnCells: Bool { correction is GridCorrection && base == nil }

    private func ownSurface(
        _ correction: GridCorrection, _ extractor: SurfaceExtractor, workers: Workers
    ) throws(ExtractionError) -> ExtractedSurface {
        let surface = GridSurface(grid: correction.grid, workers: workers)
        // Dual contouring puts its vertices within cells and needs no parts of them.
        let parts = extractor.method == .dualContouring ? 1 : GridSurface.usualSubdivision(of: correction.grid)
        var mesh = surface.mesh(method: extractor.method, subdivision: parts)
        guard !mesh.triangles.isEmpty else {
            let values = correction.grid.levels[0].coefficients
            throw .isoLevelNotReached(isoLevel: 0, minimum: values.min() ?? 0, maximum: values.max() ?? 0)
        }
        if extractor.keptTriangles < 1 {
            mesh = mesh.simplified(toTriangles: Int(Float(mesh.triangles.count) * extractor.keptTriangles))
        }
        var normals: [SIMD3<Float>] = []
        if extractor.computesNormals {
            var values = [Float](repeating: 0, count: mesh.vertices.count)
            normals = [SIMD3<Float>](repeating: .zero, count: mesh.vertices.count)
            var valueSpan = values.mutableSpan
            var normalSpan = normals.mutableSpan
            correction.evaluate(mesh.vertices.span, into: &valueSpan, gradients: &normalSpan, workers: workers)
            normals = normals.map { normalized($0) }
        }
        return ExtractedSurface(
            mesh: transform.worldMesh(mesh), normals: normals,
            statistics: .init(
                evaluations: 0, blocks: 0,
                gridSamples: correction.grid.finest.cornerCounts.x * correction.grid.finest.cornerCounts.y
                    * correction.grid.finest.cornerCounts.z))
    }

    /// The surface where the field has the extractor's level, in the mesh's own coordinates.
    ///
    /// With a base, a level other than 0 of a distance is an **offset**: the surface of level 0 is extracted first, and the result has
    /// exactly this distance from it, to a cell. It is closed, sharp where the offset has creases, and its normals are the offset's.
    ///
    /// Of a model with a base, cubes in which the base is farther from 0 than ``CorrectionBand/certainDistance`` are left out, **for
    /// certain**: the field has the base's sign there whatever was learnt, so that nothing can float, and where ``ShapeBase/error`` is known the
    /// shape has no surface there. In the rest, some cells beside the surface, the search samples: see `SurfaceSampling.adaptive`.
    ///
    /// A solved grid with an extractor of resolution 0 is marched at its own cells, completely; see `GridSurface`.
    ///
    /// - Parameters:
    ///   - extractor: of a level of ``unitField``; see ``level(ofValue:)``. Its box is replaced by the shape's bounds and a margin, in
    ///     which the surface of a level outside the shape has its place, and so is what it knows of where the surface lies.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Throws: `ExtractionError`, also when the field has no surface.
    public func extract(
        _ extractor: SurfaceExtractor, workers: Workers = Workers()
    ) throws(ExtractionError) -> ExtractedSurface {
        if let grid = correction as? GridCorrection, base == nil, extractor.resolution == 0 {
            if extractor.isoLevel == 0 { return try ownSurface(grid, extractor, workers: workers) }
            var finest = extractor
            finest.resolution = min(grid.grid.finest.cellCounts.max(), SurfaceExtractor.maximumResolution)
            return try extract(finest, workers: workers)
        }
        return try extract(extractor, of: unitField, workers: workers)
    }

    /// As ``extract(_:workers:)`` of a model without a base, until somebody has had enough.
    ///
    /// - Parameter proceed: asked many times; false ends it.
    /// - Returns: nil where it was ended.
    func extract(
        _ extractor: SurfaceExtractor, workers: Workers, proceed: () -> Bool
    ) throws(ExtractionError) -> ExtractedSurface? {
        let result = withoutActuallyEscaping(proceed) { proceed in
            let field = StoppableField(unitField, proceed: proceed)
            let surface = Result { () throws(ExtractionError) in try extract(extractor, of: field, workers: workers) }
            return field.isStopped ? nil : surface
        }
        return try result?.get()
    }

    private func extract(
        _ extractor: SurfaceExtractor, of field: some DifferentiableField, workers: Workers
    ) throws(ExtractionError) -> ExtractedSurface {
        var extractor = extractor
        let level = extractor.isoLevel
        let offset = givesDistances ? max(0, meshValue(level) * Float(transform.scale)) : 0
        extractor.box = bounds.expanded(by: Self.extractionMargin + offset)
        extractor.surfaceCells = surfaceCells
        extractor.exclusion = base.map { BandExclusion($0, workers: workers) }
        var surface: ExtractedSurface
        if base != nil, givesDistances, level != 0, extractor.isValidLevel {
            surface = try offsetSurface(extractor, workers: workers)
        } else {
            extractor.box = boxAround(level, extractor.box, workers: workers)
            surface = try extractor.extract(field, workers: workers)
        }
        surface.mesh = transform.worldMesh(surface.mesh)
        return surface
    }

    /// As ``extract(_:workers:)``, for a level as ``values(at:workers:)`` has it, in which its errors speak too.
    ///
    /// - Throws: `FittingError` for a level that the model does not tell from others, else `ExtractionError`.
    package func extract(
        _ extractor: SurfaceExtractor, value: Float, workers: Workers
    ) throws -> ExtractedSurface {
        var extractor = extractor
        extractor.isoLevel = try level(ofValue: value)
        do throws(ExtractionError) {
            return try extract(extractor, workers: workers)
        } catch .isoLevelNotReached(_, let minimum, let maximum) {
            throw ExtractionError.isoLevelNotReached(
                isoLevel: value, minimum: meshValue(minimum), maximum: meshValue(maximum))
        }
    }

    /// The box, or a larger one, outside of which the field is beyond a level of the shape's outside.
    ///
    /// An occupancy's logit, and a solved grid's value away from the surface, say only about how far the level is: the faces of the box are
    /// asked whether it is within.
    private func boxAround(_ level: Float, _ box: BoundingBox, workers: Workers) -> BoundingBox {
        guard level > 0, level.isFinite else { return box }
        var box = box
        for _ in 0..<Self.boxLimit {
            let least = unitField.values(at: Self.points(onFacesOf: box), workers: workers).min() ?? .infinity
            guard least <= level, box.extent.max() < Self.largestBox else { break }
            box = box.expanded(by: max(1.1 * (level - least), 0.02))
        }
        return box
    }

    private static let boxLimit = 16
    /// In lengths of the unit cube: whatever is farther away looks like a ball.
    private static let largestBox: Float = 4
    /// Of a side's points.
    private static let facePoints = 24

    private static func points(onFacesOf box: BoundingBox) -> [SIMD3<Float>] {
        let last = facePoints - 1
        var points: [SIMD3<Float>] = []
        for k in 0...last {
            for j in 0...last {
                for i in 0...last where [i, j, k].contains(0) || [i, j, k].contains(last) {
                    points.append(box.minimum + box.extent * SIMD3<Float>(SIMD3(i, j, k)) / Float(last))
                }
            }
        }
        return points
    }

    /// The surface at the extractor's level from the surface of level 0.
    private func offsetSurface(
        _ extractor: SurfaceExtractor, workers: Workers
    ) throws(ExtractionError) -> ExtractedSurface {
        var original = extractor
        original.isoLevel = 0
        original.method = .marchingCubes
        original.computesNormals = false
        original.keptTriangles = 1
        original.box = bounds.expanded(by: Self.extractionMargin)
        let surface = try original.extract(unitField, workers: workers)
        var offset = extractor
        offset.exclusion = nil
        // Closed, and told apart by its normals: it crosses itself nowhere.
        let field = MeshField(surface.mesh, sign: .pseudonormal, workers: workers)
        if offset.sampling == .adaptive { offset.sampling = .lipschitz(bound: 1) }
        var result = try offset.extract(field, workers: workers)
        result.statistics.evaluations += surface.statistics.evaluations
        return result
    }
}

extension SurfaceExtractor {
    /// Whether the level is a number that some field may have.
    fileprivate var isValidLevel: Bool { isoLevel.isFinite }
}
