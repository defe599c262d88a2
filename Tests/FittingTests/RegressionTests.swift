import Evaluation
import Fitting
import Foundation
import Geometry
import MeshIO
import SurfaceExtraction
import Testing

/// Small fits of the generated meshes, held to the IoU they reach.
@Suite struct RegressionTests {
    /// A fixed seed and a network of 12 737 parameters; evaluation points come from streams that training does not use.
    /// Floors are the values reached less 0.004 uniform and 0.012 at the boundary.
    @Test(arguments: [
        ("torus-knot", 0.983, 0.955, 0.983), ("gyroid-block", 0.967, 0.852, 0.968), ("csg-part", 0.976, 0.932, 0.976),
    ])
    func reachesItsFloor(_ name: String, uniform: Double, boundary: Double, meshUniform: Double) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../meshes/\(name).obj").standardized.path
        let mesh = try MeshImport.load(path: path).mesh
        var configuration = FitConfiguration.test(steps: 500)
        configuration.encoding.sigma = 3
        configuration.encoding.frequencyCount = 64
        configuration.width = 64
        let fitted = try Fit(configuration).run(mesh)
        let field = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference)
        #expect(field.uniform.value > uniform)
        #expect(field.boundary.value > boundary)
        var extractor = SurfaceExtractor(resolution: 96, sampling: .exhaustive)
        let surface = try fitted.shape.extract(extractor).mesh
        extractor.sampling = .adaptive
        extractor.exhaustiveLimit = 0
        #expect(try fitted.shape.extract(extractor).mesh == surface)
        #expect(MeshTopology(surface).isWatertight)
        let scores = Evaluation.mesh(fitted.shape.transform.unitMesh(surface), against: fitted.reference)
        #expect(scores.iou.uniform.value > meshUniform)
    }
}
