import Evaluation
import Foundation
import Jobs

/// The short table that a fit prints on standard output.
struct ResultTable {
    let text: String

    init(_ report: FitReport, job: FitJob) {
        func iou(_ value: Double) -> String { formatted(value, digits: 4) }
        let field = report.evaluation.tancik2020
        let mesh = report.evaluation.mesh
        var lines = [
            "                    uniform  boundary",
            "IoU of the field     \(iou(field.uniform))    \(iou(field.boundary))",
            "IoU of the mesh      \(iou(mesh.iouUniform))    \(iou(mesh.iouBoundary))",
        ]
        if let chamfer = mesh.relativeChamferL1, let hausdorff = mesh.relativeHausdorff,
            let meanLength = mesh.chamferL1, let largest = mesh.hausdorff, let consistency = mesh.normalConsistency
        {
            let unit = report.unit.map { " " + $0.symbol } ?? ""
            func length(_ value: Double) -> String { String(format: "%.3g", value) + unit }
            lines.append(
                "surface distance     \(formatted(100 * chamfer, digits: 4)) % of the diagonal (\(length(meanLength))) in the "
                    + "mean, \(formatted(100 * hausdorff, digits: 3)) % (\(length(largest))) at most")
            lines.append("normal consistency   \(formatted(consistency, digits: 4))")
        }
        if let distance = report.evaluation.distance { lines.append(Self.text(of: distance)) }
        if let reference = report.evaluation.reference, let path = job.referencePath,
            let chamfer = reference.relativeChamferL1, let half = reference.fScoreHalfPercent
        {
            lines.append(
                "against \(path): IoU \(iou(reference.iouUniform)), \(formatted(100 * chamfer, digits: 4)) % of the "
                    + "diagonal in the mean, F-score at 0.5 % \(iou(half))")
        }
        let timings = report.timings
        lines.append(
            "training             \(report.training.steps) steps, \(report.training.samples) samples in "
                + "\(formatted(timings.train, digits: 1)) s; \(formatted(timings.total, digits: 1)) s in all"
                + (report.training.wasStopped ? " (stopped early)" : ""))
        if let search = report.sigmaSearch, !search.candidates.isEmpty {
            lines.append(
                "sigma                \(formatted(Double(report.configuration.encoding.sigma), digits: 2)), found in \(formatted(timings.searchSigma, digits: 1)) s"
            )
        }
        for file in job.files {
            let content: String =
                switch file.kind {
                case .model: "\(report.model.parameters) parameters  "
                case .surface: "\(report.output.triangles) triangles  "
                default: ""
                }
            lines.append(pad(file.kind.rawValue, 21) + content + file.path)
        }
        text = lines.joined(separator: "\n")
    }

    /// How far distances are off beside the surface and away from it, in the mesh's unit.
    private static func text(of distance: DistanceAgreement) -> String {
        let unit = distance.meshLength
        func part(_ band: DistanceAgreement.Band?, _ place: String) -> String? {
            guard let band, band.points > 0 else { return nil }
            return
                "\(ModelReport.number(band.mean * unit)) \(place), at most \(ModelReport.number(Double(band.largest) * unit))"
        }
        let near = distance.bands.first
        let far = distance.bands.dropFirst(2).filter { $0.points > 0 }
        let limit = ModelReport.number(Double(near?.upper ?? 0) * unit)
        let worst = far.max { $0.mean < $1.mean }
        let beyond = ModelReport.number(Double(worst?.lower ?? 0) * unit)
        return "distances off by     "
            + [part(near, "within \(limit) of the surface"), part(worst, "beyond \(beyond)")].compactMap { $0 }
            .joined(separator: "; ")
    }
}
