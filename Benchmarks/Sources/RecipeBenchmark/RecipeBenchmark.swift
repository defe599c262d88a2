import Foundation
import Geometry
import ShapeFitting

/// Fits shapes by variants of a preset and prints IoU beside samples and seconds, so that recipes can be compared:
///
///     benchmark-recipes [--preset default] [--voxels] --mesh a.obj --mesh b.obj 'target.scale=0.03' 'width=64;depth=3'
///
/// A variant is a list of `key=value` with the keys of `shapefit --print-configuration`; an empty one is the preset
/// itself. Seconds are processor seconds of training, which other work on the machine does not change much.
@main
struct RecipeBenchmark {
    static func main() throws {
        var preset = Preset.default
        var meshes: [String] = []
        var variants: [String] = []
        var scoresVoxels = false
        var arguments = CommandLine.arguments.dropFirst().makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--preset": preset = arguments.next().flatMap(Preset.init) ?? preset
            case "--mesh": if let path = arguments.next() { meshes.append(path) }
            case "--voxels": scoresVoxels = true
            default: variants.append(argument)
            }
        }
        print("| variant | shape | uniform | boundary |\(scoresVoxels ? " voxel256 |" : "") samples | CPU s |")
        print("|---|---|---|---|---|---|" + (scoresVoxels ? "---|" : ""))
        let loaded = try meshes.map { ($0, try MeshImport.load(path: $0).mesh) }
        for variant in variants {
            var sum = (uniform: 0.0, boundary: 0.0, voxels: 0.0, seconds: 0.0)
            for (path, mesh) in loaded {
                let configuration = try configuration(of: preset, changedBy: variant)
                let fit = Fit(configuration)
                let start = processorSeconds()
                let fitted = try fit.run(mesh)
                let seconds = processorSeconds() - start
                let scores = Evaluation.tancik2020(fitted.shape, against: fitted.reference, workers: fit.workers)
                let voxels = scoresVoxels
                    ? Evaluation.voxel256(fitted.shape, against: fitted.reference, workers: fit.workers).value : 0
                sum.uniform += scores.uniform.value
                sum.boundary += scores.boundary.value
                sum.voxels += voxels
                sum.seconds += seconds
                let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
                row(
                    variant, name, scores.uniform.value, scores.boundary.value, scoresVoxels ? voxels : nil,
                    "\(fitted.training.samples)", seconds)
            }
            let count = Double(max(loaded.count, 1))
            row(
                variant, "**mean**", sum.uniform / count, sum.boundary / count,
                scoresVoxels ? sum.voxels / count : nil, "", sum.seconds / count)
        }
    }

    static func row(
        _ variant: String, _ shape: String, _ uniform: Double, _ boundary: Double, _ voxels: Double?, _ samples: String,
        _ seconds: Double
    ) {
        let voxelColumn = voxels.map { String(format: " %.5f |", $0) } ?? ""
        let name = variant.isEmpty ? "preset" : variant
        print(
            "| \(name) | \(shape) |" + String(format: " %.5f | %.5f |", uniform, boundary) + voxelColumn
                + " \(samples) |" + String(format: " %.1f |", seconds))
        fflush(nil)
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

    static func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
