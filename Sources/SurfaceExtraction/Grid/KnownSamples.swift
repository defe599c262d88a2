import Core
import Geometry

/// Surfaces of samples that need not be looked for: of fields that say themselves in which of their cells the surface is.
package enum KnownSamples {
    /// The surface of samples in blocks, in the samples' own frame. Closed, as ``MarchingCubes`` says.
    ///
    /// - Parameters:
    ///   - field: what the samples are of, negative inside, in their frame: dual contouring takes the normals from it.
    ///   - isoLevel: what was subtracted from the samples.
    package static func surface(
        of samples: some BlockSamples, method: ExtractionMethod, field: some DifferentiableField, isoLevel: Float,
        workers: Workers
    ) -> TriangleMesh {
        let numbering = BlockNumbering(samples, workers: workers)
        let marched = march(samples, numbering, crossings: method == .dualContouring, workers: workers)
        guard method == .dualContouring else { return marched.mesh }
        var evaluator = BatchEvaluator(field: field, isoLevel: isoLevel, workers: workers)
        return dualContour(
            samples, numbering, crossings: marched.crossings, points: marched.mesh.vertices, evaluator: &evaluator)
    }
}
