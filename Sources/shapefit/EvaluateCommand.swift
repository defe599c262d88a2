import ArgumentParser
import Foundation
import Geometry
import ShapeFitting
import Support

/// `shapefit evaluate <reference> <candidate>`: how well a mesh or a model agrees with a mesh.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Compare a mesh or a model with a reference mesh.",
        discussion: """
            IoU is |A and B| / |A or B| over test points, A and B being the insides. tancik2020: 2^18 points uniform in \
            the bounding box grown by 1e-3, and 2^18 on the surface with noise of deviation 0.01, in the frame of \
            Tancik et al. (NeurIPS 2020). voxel256: the cell centres of a grid of 1/256 within the shape's bounds, its \
            longest side being 0.9. Surface distances: 2^17 area-uniform points on each surface against the other. \
            ± gives a standard error.
            """)

    @Argument(help: "The reference mesh.")
    var reference: String

    @Argument(help: "A mesh, or a model (.safetensors).")
    var candidate: String

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Flag(help: "Also score a model by voxel256 (some ten million points).")
    var voxels = false

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

    func run() throws {
        try reportingErrors {
            let workers = Workers(count: threads)
            let mesh = try MeshImport.load(path: reference, isolation: .process(.thisProgram)).mesh
            var scores = EvaluationScores()
            if candidate.lowercased().hasSuffix(".safetensors") {
                let model = try NeuralShape(file: candidate)
                let reference = try EvaluationReference(mesh, transform: model.transform, workers: workers)
                scores.tancik2020 = FitReport.Scores(
                    Evaluation.tancik2020(model, against: reference, workers: workers))
                if voxels { scores.voxel256 = Evaluation.voxel256(model, against: reference, workers: workers).value }
            } else {
                let reference = try EvaluationReference(mesh, workers: workers)
                let other = try MeshImport.load(path: candidate, isolation: .process(.thisProgram)).mesh
                scores.mesh = FitReport.MeshScores(
                    Evaluation.mesh(reference.transform.unitMesh(other), against: reference, workers: workers))
            }
            print(try json ? scores.json() : scores.table)
        }
    }
}

/// What an evaluation printed: whichever scores there are.
private struct EvaluationScores: Codable {
    var tancik2020: FitReport.Scores?
    var voxel256: Double?
    var mesh: FitReport.MeshScores?

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var table: String {
        var rows: [(String, String)] = []
        if let scores = tancik2020 {
            rows.append(("IoU uniform", Self.iou(scores.uniform, scores.uniformStandardError)))
            rows.append(("IoU boundary", Self.iou(scores.boundary, scores.boundaryStandardError)))
        }
        if let voxel256 { rows.append(("IoU voxel256", formatted(voxel256, digits: 5))) }
        if let mesh {
            rows.append(("IoU uniform", formatted(mesh.iouUniform, digits: 5)))
            rows.append(("IoU boundary", formatted(mesh.iouBoundary, digits: 5)))
            let lengths = [
                ("Chamfer-L1", mesh.chamferL1), ("Chamfer-L2", mesh.chamferL2), ("Hausdorff", mesh.hausdorff),
                ("Chamfer-L1 / diagonal", mesh.relativeChamferL1), ("Hausdorff / diagonal", mesh.relativeHausdorff),
                ("F-score at 0.5 %", mesh.fScoreHalfPercent), ("F-score at 1 %", mesh.fScoreOnePercent),
                ("normal consistency", mesh.normalConsistency),
            ]
            for case (let name, let value?) in lengths { rows.append((name, String(format: "%.6g", value))) }
        }
        return rows.map { $0.0.padding(toLength: 24, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }

    private static func iou(_ value: Double, _ standardError: Double) -> String {
        "\(formatted(value, digits: 5)) ± \(formatted(standardError, digits: 5))"
    }
}
