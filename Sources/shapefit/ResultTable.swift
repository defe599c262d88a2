import Core
import Evaluation
import Fitting
import Jobs

/// The short table that a fit prints on standard output.
struct ResultTable {
    let text: String

    init(_ report: FitReport, job: FitJob) {
        func iou(_ value: Double) -> String { formatted(value, digits: 4) }
        var lines: [String] = []
        if let scores = report.evaluation {
            let (field, mesh) = (scores.tancik2020, scores.mesh)
            lines = [
                "                    uniform  boundary",
                "IoU of the field     \(iou(field.uniform))    \(iou(field.boundary))",
                "IoU of the mesh      \(iou(mesh.iouUniform))    \(iou(mesh.iouBoundary))",
            ]
        }
        if let mesh = report.evaluation?.mesh, let chamfer = mesh.relativeChamferL1,
            let hausdorff = mesh.relativeHausdorff, let meanLength = mesh.chamferL1, let largest = mesh.hausdorff,
            let consistency = mesh.normalConsistency
        {
            let unit = report.unit.map { " " + $0.symbol } ?? ""
            func length(_ value: Double) -> String { String(printf: "%.3g", value) + unit }
            lines.append(
                "surface distance     \(formatted(100 * chamfer, digits: 4)) % of the diagonal (\(length(meanLength))) in the "
                    + "mean, \(formatted(100 * hausdorff, digits: 3)) % (\(length(largest))) at most of samples")
            if let certified = mesh.certifiedHausdorff, hausdorff > 0, largest > 0 {
                // The diagonal, from the sampled distance in both units.
                let percent = 100 * hausdorff / largest
                lines.append(
                    "certified            every point within \(formatted(percent * certified.upper + 0.0005, digits: 3)) % of the diagonal, "
                        + "some beyond \(formatted(max(percent * certified.lower - 0.0005, 0), digits: 3)) %")
            }
            lines.append("normal consistency   \(formatted(consistency, digits: 4))")
        }
        if let distance = report.evaluation?.distance { lines.append(Self.text(of: distance)) }
        if let reference = report.evaluation?.reference, let path = job.referencePath,
            let chamfer = reference.relativeChamferL1, let half = reference.fScoreHalfPercent
        {
            lines.append(
                "against \(path): IoU \(iou(reference.iouUniform)), \(formatted(100 * chamfer, digits: 4)) % of the "
                    + "diagonal in the mean, F-score at 0.5 % \(iou(half))")
        }
        let timings = report.timings
        if let tolerance = report.tolerance { lines += Self.lines(of: tolerance) }
        lines.append(
            "\(report.configuration.grid == nil ? "training" : "solving ")             \(report.training.steps) steps, \(report.training.samples) samples in "
                + "\(formatted(timings.train, digits: 1)) s; \(formatted(timings.total, digits: 1)) s in all"
                + (report.training.wasStopped ? " (stopped early)" : ""))
        if let search = report.sigmaSearch, !search.candidates.isEmpty, let sigma = report.configuration.encoding.sigma
        {
            lines.append(
                "sigma                \(formatted(Double(sigma), digits: 2)), found in \(formatted(timings.searchSigma, digits: 1)) s"
            )
        }
        let numbers = report.configuration.grid == nil ? "parameters" : "coefficients"
        let bytes = report.model.bytes.map { ", \($0) bytes" } ?? ""
        for file in job.files {
            let content: String =
                switch file.kind {
                case .model: "\(report.model.parameters) \(numbers)\(bytes)  "
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

    private static func lines(of result: ToleranceResult) -> [String] {
        func digits(_ length: Double) -> String { String(printf: "%.4g", length) }
        let last = result.attempts.last
        let tries = "\(result.attempts.count) \(result.attempts.count == 1 ? "grid" : "grids") tried"
        let cell = last.map { ", cells of \(digits($0.cell))" } ?? ""
        let distance =
            result.bounds.lower > 0
            ? "a point is \(digits(result.bounds.lower)) from the other surface"
            : "how far the surfaces are apart is not known"
        if result.isMet {
            return [
                "tolerance            \(digits(result.tolerance)) met: every point of both surfaces is within \(digits(result.bounds.upper)) of the other; \(tries)\(cell)"
            ]
        }
        return [
            "tolerance            \(digits(result.tolerance)) NOT met: \(distance); \(tries)\(cell)",
            "                     \(result.obstacle ?? "")",
        ]
    }
}
