import Evaluation
import Fitting
import Foundation
import Geometry
import MeshIO
import SurfaceExtraction

/// Fits shapes by variants of a preset and prints how good they are beside samples and seconds, so that recipes can be
/// compared:
///
///     benchmark-recipes [--preset default] [--seconds 2,5,10] [--voxels] --mesh a.obj --mesh b.obj 'target.sdf.scale=0.03' 'width=64;depth=3'
///
/// A variant is a list of `key=value` with the keys of `shapefit --print-configuration`; an empty one is the preset
/// itself. With `--seconds` each variant has each of these budgets of training time in turn, a fit of its own for each
/// (a schedule that ends is no point of one that goes on), so that rows of a variant are its IoU against seconds and
/// samples. CPU s are processor seconds of labelling and training together, which other work on the machine changes
/// little; budgets of time it does.
///
/// Pieces and Hausdorff distance (in the diagonal's hundredths) are of the surface at 128 cells: floaters far from the shape cost
/// almost no IoU.
@main
struct RecipeBenchmark {
    static func main() throws {
        var preset = Preset.default
        var meshes: [String] = []
        var variants: [String] = []
        var budgets: [Double?] = [nil]
        var scoresVoxels = false
        var arguments = CommandLine.arguments.dropFirst().makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--preset": preset = arguments.next().flatMap(Preset.init) ?? preset
            case "--mesh": if let path = arguments.next() { meshes.append(path) }
            case "--seconds": budgets = arguments.next()?.split(separator: ",").map { Double($0) } ?? budgets
            case "--voxels": scoresVoxels = true
            default: variants.append(argument)
            }
        }
        if variants.isEmpty { variants = [""] }
        print(
            "| variant | shape | uniform | boundary |\(scoresVoxels ? " voxel256 |" : "") pieces | Hausdorff % | loss | samples | s | CPU s |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|" + (scoresVoxels ? "---|" : ""))
        let loaded = try meshes.map { ($0, try MeshImport.load(path: $0).mesh) }
        for variant in variants {
            for budget in budgets {
                var rows: [Row] = []
                for (path, mesh) in loaded {
                    var configuration = try configuration(of: preset, changedBy: variant)
                    if let budget { configuration.budget = .seconds(budget) }
                    let row = try Row(Fit(configuration), mesh, scoresVoxels: scoresVoxels)
                    row.print(variant, URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent)
                    rows.append(row)
                }
                if rows.count > 1 { Row(meanOf: rows).print(variant, "**mean**") }
            }
        }
    }

    /// The preset with `key.path=value` changes; values are JSON, or else taken as text.
    static func configuration(of preset: Preset, changedBy variant: String) throws -> FitConfiguration {
        var json = try JSONSerialization.jsonObject(with: Data(preset.configuration.json().utf8))
        for change in variant.split(separator: ";") {
            let parts = change.split(separator: "=", maxSplits: 1).map(String.init)
            let value =
                (try? JSONSerialization.jsonObject(with: Data(parts[1].utf8), options: .fragmentsAllowed)) ?? parts[1]
            json = changing(json, at: parts[0].split(separator: ".").map(String.init)[...], to: value)
        }
        return try JSONDecoder().decode(FitConfiguration.self, from: JSONSerialization.data(withJSONObject: json))
    }

    private static func changing(_ json: Any, at path: ArraySlice<String>, to value: Any) -> Any {
        guard let key = path.first else { return value }
        var object = json as? [String: Any] ?? [:]
        // A budget is one of two keys.
        if key == "budget" { object[key] = nil }
        object[key] = changing(object[key] ?? [:], at: path.dropFirst(), to: value)
        return object
    }
}

/// What one fit reached, or several in the mean.
struct Row {
    var uniform, boundary: Double
    var voxels: Double?
    /// Connected parts of the surface.
    var pieces: Double
    /// In diagonals.
    var hausdorff: Double
    /// Of the last tenth of the steps.
    var loss: Double
    var samples, seconds, processorSeconds: Double

    init(_ fit: Fit, _ mesh: TriangleMesh, scoresVoxels: Bool) throws {
        let start = Self.processorTime()
        let fitted = try fit.run(mesh)
        processorSeconds = Self.processorTime() - start
        seconds = fitted.training.seconds + fitted.labelSeconds
        samples = Double(fitted.training.samples)
        loss = Double(fitted.training.finalLoss)
        let scores = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference, workers: fit.workers)
        (uniform, boundary) = (scores.uniform.value, scores.boundary.value)
        voxels =
            scoresVoxels
            ? Evaluation.voxel256(fitted.shape.unitField, against: fitted.reference, workers: fit.workers).value : nil
        let surface = try fitted.shape.extract(SurfaceExtractor(resolution: 128), workers: fit.workers).mesh
        pieces = Double(MeshTopology(surface).componentCount)
        hausdorff =
            Evaluation.mesh(
                fitted.shape.transform.unitMesh(surface), against: fitted.reference, workers: fit.workers
            ).surface?.relativeHausdorff ?? 1
    }

    init(meanOf rows: [Row]) {
        func mean(_ value: (Row) -> Double) -> Double { rows.map(value).reduce(0, +) / Double(rows.count) }
        uniform = mean(\.uniform)
        boundary = mean(\.boundary)
        voxels = rows.allSatisfy { $0.voxels != nil } ? mean { $0.voxels ?? 0 } : nil
        pieces = mean(\.pieces)
        hausdorff = mean(\.hausdorff)
        loss = mean(\.loss)
        samples = mean(\.samples)
        seconds = mean(\.seconds)
        processorSeconds = mean(\.processorSeconds)
    }

    func print(_ variant: String, _ shape: String) {
        let voxelColumn = voxels.map { String(format: " %.5f |", $0) } ?? ""
        Swift.print(
            "| \(variant.isEmpty ? "preset" : variant) | \(shape) |"
                + String(format: " %.5f | %.5f |", uniform, boundary)
                + voxelColumn
                + String(
                    format: " %.1f | %.2f | %.6f | %.0f | %.1f | %.1f |", pieces, 100 * hausdorff, loss, samples,
                    seconds,
                    processorSeconds))
        fflush(nil)
    }

    private static func processorTime() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
