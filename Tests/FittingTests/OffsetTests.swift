import Core
import Evaluation
import Fitting
import Geometry
import SurfaceExtraction
import TestSupport
import Testing

/// Levels of a model with a base are offsets of its surface.
@Suite struct OffsetTests {
    /// Two balls with a gap of a tenth of the longest side between them: an offset of 6 % joins them, one of 3 % does not.
    private static func pair() throws -> TriangleMesh {
        let balls = ClosureField { p in
            min(length(p - SIMD3(0.255, 0.5, 0.5)) - 0.2, length(p - SIMD3(0.745, 0.5, 0.5)) - 0.2)
        }
        return try TestMeshes.mesh(of: balls, resolution: 64)
    }

    @Test func offsetsHaveThePiecesAndTheDistance() throws {
        let mesh = try Self.pair()
        var configuration = FitConfiguration.test(steps: 300)
        configuration.switchBase(to: 24)
        let fitted = try Fit(configuration).run(mesh)
        let truth = fitted.reference.field
        let side = fitted.shape.bounds.extent.max()
        for (part, pieces) in [(Float(-0.05), 2), (-0.02, 2), (0.01, 2), (0.03, 2), (0.07, 1), (0.1, 1)] {
            var extractor = SurfaceExtractor(resolution: 64)
            let distance = part * side / Float(fitted.shape.transform.scale)
            extractor.isoLevel = try fitted.shape.level(ofValue: distance)
            let surface = try fitted.shape.extract(extractor).mesh
            let connectivity = Connectivity(surface)
            #expect(connectivity.isClosedAndOriented && connectivity.components == pieces, "\(part)")
            let vertices = fitted.shape.transform.unitMesh(surface).vertices
            let cell = (side + 2 * max(part, 0) * side + 0.04) / 64
            for value in truth.values(at: vertices) { #expect((value - part * side).magnitude < cell, "\(part)") }
        }
    }

    /// Levels outside of the shape have their place in the box, whatever their distance is: logits, and grids away from the surface.
    @Test func levelsOfOtherFieldsAreNotCutOff() throws {
        var occupancy = FitConfiguration.test(steps: 60)
        occupancy.switchBase(to: 16)
        occupancy.switchTarget(to: .occupancy)
        var grid = Preset.instant.configuration
        grid.grid?.coefficients = 5000
        for (configuration, value) in [(occupancy, Float(10)), (grid, 0.3), (grid, 1.2)] {
            let shape = try Fit(configuration).run(TestMeshes.torus()).shape
            let surface = try shape.extract(SurfaceExtractor(resolution: 48), value: value, workers: Workers()).mesh
            #expect(Connectivity(surface).isClosedAndOriented)
            let values = shape.values(
                at: surface.vertices.map { SIMD3<Double>($0) + surface.origin }, workers: Workers())
            for found in values { #expect((found - value).magnitude < 0.04 * value) }
        }
    }

    /// In the unit that was asked in.
    @Test func levelsWithoutASurfaceAreNamedAsGiven() throws {
        var configuration = Preset.instant.configuration
        configuration.grid?.coefficients = 5000
        let shape = try Fit(configuration).run(TestMeshes.torus()).shape
        #expect {
            try shape.extract(SurfaceExtractor(resolution: 32), value: -5, workers: Workers())
        } throws: { error in
            if case .isoLevelNotReached(-5, let minimum, _)? = error as? ExtractionError { minimum > -2 } else { false }
        }
        for value in [Float.nan, .infinity] {
            #expect(throws: FittingError.self) { try shape.level(ofValue: value) }
        }
    }

    @Test func levelsBeyondReachAreErrors() throws {
        var configuration = FitConfiguration.test(steps: 5)
        configuration.switchBase(to: 8)
        let shape = try Fit(configuration).run(TestMeshes.torus()).shape
        #expect(throws: FittingError.self) { try shape.level(ofValue: 0.5) }
        #expect(throws: FittingError.self) { try shape.level(ofValue: .nan) }
        // Deeper than any part: no surface, said so.
        var extractor = SurfaceExtractor(resolution: 32)
        extractor.isoLevel = try shape.level(ofValue: -0.3)
        #expect(throws: ExtractionError.self) { try shape.extract(extractor) }
    }

    @Test(arguments: [48, 96, 200])
    func adaptiveSearchFindsWhatEverySampleFinds(_ resolution: Int) throws {
        var configuration = FitConfiguration.test(steps: 60)
        configuration.switchBase(to: 16)
        let shape = try Fit(configuration).run(try Self.pair()).shape
        var extractor = SurfaceExtractor(resolution: resolution)
        let adaptive = try shape.extract(extractor)
        extractor.sampling = .exhaustive
        let exhaustive = try shape.extract(extractor)
        #expect(adaptive.mesh == exhaustive.mesh)
        #expect(adaptive.statistics.evaluations < exhaustive.statistics.evaluations * 3 / 5)
    }
}
