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
