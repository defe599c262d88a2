import Core
import Fitting
import Geometry

extension ShapeOutcome {
    /// A fit's report as columns of a row.
    mutating func describe(_ report: FitReport, transform: UnitCubeTransform?, notes: [String]) {
        self.notes = notes
        sigma = report.configuration.encoding.sigma.map(Double.init)
        parameters = report.model.parameters
        steps = report.training.steps
        peakMemoryBytes = report.peakMemoryBytes
        if let transform {
            self.transform = BatchRow.Transform(
                center: [transform.center.x, transform.center.y, transform.center.z].map { Double($0) },
                scale: Double(transform.scale))
        }
        topology = BatchRow.Topology(report.input)
        if let evaluation = report.evaluation {
            var scores = BatchRow.Scores(
                iouUniform: evaluation.tancik2020.uniform, iouBoundary: evaluation.tancik2020.boundary,
                meshIouUniform: evaluation.mesh.iouUniform, meshIouBoundary: evaluation.mesh.iouBoundary)
            scores.chamferL1 = evaluation.mesh.chamferL1
            scores.hausdorff = evaluation.mesh.hausdorff
            scores.relativeChamferL1 = evaluation.mesh.relativeChamferL1
            scores.relativeHausdorff = evaluation.mesh.relativeHausdorff
            scores.normalConsistency = evaluation.mesh.normalConsistency
            scores.certifiedHausdorffLower = evaluation.mesh.certifiedHausdorff?.lower
            scores.certifiedHausdorffUpper = evaluation.mesh.certifiedHausdorff?.upper
            self.scores = scores
        }
    }
}
