import Core
import Evaluation
import Fitting
import Geometry
import Jobs
import MeshIO

/// Whichever scores a candidate has against a reference.
struct EvaluationScores: Codable {
    var tancik2020: FitReport.Scores?
    var voxel256: Double?
    var mesh: FitReport.MeshScores?
    /// In the meshes' own coordinates.
    var certified: CertifiedHausdorff?
    /// Of bounding it, from two meshes in memory.
    var certifiedSeconds: Double?

    /// How the Hausdorff distance is to be bounded.
    struct Certification {
        var relativeError: Double
        var interruption: Interruption
    }

    /// Reads the files and compares them.
    ///
    /// - Parameter inside: of the reference that a model is compared with; two meshes are told by winding number.
    init(
        _ referencePath: String, _ candidatePath: String, voxels: Bool, inside: SignOptions,
        certification: Certification? = nil, workers: Workers
    ) throws {
        if StoredPath(candidatePath).isModel {
            let model = try NeuralShape(stored: candidatePath)
            let reference = EvaluationReference(
                try PreparedMesh(path: referencePath, frame: .given(model.transform), inside: inside, workers: workers))
            tancik2020 = FitReport.Scores(Evaluation.tancik2020(model.unitField, against: reference, workers: workers))
            if let note = Evaluation.noteBeyond(
                model.unitField, within: model.bounds, against: reference, workers: workers)
            {
                writeToStandardError("shapefit: note: \(candidatePath): \(note)\n")
            }
            if voxels { voxel256 = Evaluation.voxel256(model.unitField, against: reference, workers: workers).value }
        } else {
            let prepared = try PreparedMesh(path: referencePath, workers: workers)
            let reference = EvaluationReference(prepared)
            let candidate = try PreparedMesh(
                path: candidatePath, frame: .given(reference.transform), workers: workers)
            self.mesh = FitReport.MeshScores(
                Evaluation.mesh(candidate.mesh, against: reference, workers: workers))
            if let certification {
                let certifier = HausdorffCertifier(relativeError: certification.relativeError, workers: workers)
                let start = ContinuousClock.now
                certified = certifier.bounds(between: prepared.oriented, and: candidate.oriented) { _ in
                    !certification.interruption.isRequested
                }
                certifiedSeconds = (ContinuousClock.now - start) / .seconds(1)
            }
        }
    }

    var table: String {
        rows.map { $0.name.padded(to: 24) + $0.value }.joined(separator: "\n")
    }

    /// Names and values with their standard errors, as a person reads them.
    var rows: [(name: String, value: String)] {
        var rows: [(name: String, value: String)] = []
        if let scores = tancik2020 {
            rows.append(("IoU uniform", Self.share(scores.uniform, scores.uniformStandardError)))
            rows.append(("IoU boundary", Self.share(scores.boundary, scores.boundaryStandardError)))
        }
        if let voxel256 { rows.append(("IoU voxel256", formatted(voxel256, digits: 5))) }
        if let mesh {
            rows.append(("IoU uniform", Self.share(mesh.iouUniform, mesh.iouUniformStandardError)))
            rows.append(("IoU boundary", Self.share(mesh.iouBoundary, mesh.iouBoundaryStandardError)))
            let errors = mesh.standardErrors
            let lengths = [
                ("Chamfer-L1", mesh.chamferL1, errors?.chamferL1), ("Chamfer-L2", mesh.chamferL2, errors?.chamferL2),
                ("Hausdorff of samples", mesh.hausdorff, nil),
                ("Chamfer-L1 / diagonal", mesh.relativeChamferL1, errors?.relativeChamferL1),
                ("Hausdorff / diagonal", mesh.relativeHausdorff, nil),
            ]
            for case (let name, let value?, let error) in lengths { rows.append((name, Self.length(value, error))) }
            let shares = [
                ("F-score at 0.5 %", mesh.fScoreHalfPercent, errors?.fScoreHalfPercent),
                ("F-score at 1 %", mesh.fScoreOnePercent, errors?.fScoreOnePercent),
                ("normal consistency", mesh.normalConsistency, errors?.normalConsistency),
            ]
            for case (let name, let value?, let error) in shares { rows.append((name, Self.share(value, error ?? 0))) }
        }
        if let certified { rows += Self.rows(of: certified) }
        return rows
    }

    private static func rows(of bounds: CertifiedHausdorff) -> [(name: String, value: String)] {
        func interval(_ lower: Double, _ upper: Double) -> String {
            // As many digits as the interval tells apart, the lower end rounded down and the upper one up.
            "\(rounded(lower, up: false)) to \(rounded(upper, up: true))"
        }
        func row(_ name: String, _ distance: CertifiedDistance) -> (String, String) {
            let place = (0..<3).map { String(printf: "%.6g", distance.place[$0]) }.joined(separator: " ")
            return (name, interval(distance.lower, distance.upper) + ", furthest at \(place)")
        }
        var hausdorff = interval(bounds.lower, bounds.upper)
        if !bounds.isComplete { hausdorff += " (ended before the error asked for was reached)" }
        return [
            ("Hausdorff, certified", hausdorff), row("from the reference", bounds.forward),
            row("from the candidate", bounds.backward),
        ]
    }

    /// Six digits of a length, never on the wrong side of it.
    private static func rounded(_ length: Double, up: Bool) -> String {
        guard length > 0, length.isFinite else { return "\(length == 0 ? "0" : "\(length)")" }
        let text = String(printf: "%.6g", length)
        guard let value = Double(text), up ? value < length : value > length else { return text }
        return String(printf: "%.6g", length * (up ? 1 + 2e-6 : 1 - 2e-6))
    }

    private static func share(_ value: Double, _ standardError: Double) -> String {
        "\(formatted(value, digits: 5)) ± \(formatted(standardError, digits: 5))"
    }

    private static func length(_ value: Double, _ standardError: Double?) -> String {
        String(printf: "%.5g", value) + (standardError.map { String(printf: " ± %.2g", $0) } ?? "")
    }
}
