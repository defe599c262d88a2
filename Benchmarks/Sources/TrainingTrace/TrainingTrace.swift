import Fitting
import Foundation
import Geometry
import Interchange
import MeshIO
import NeuralFields

/// Runs the first steps of the published recipe and writes what another engine needs to run the same ones:
///
///     trace-training --mesh a.obj --steps 1000 --output FOLDER
///
/// `initial.safetensors` is the network before training, `points.npy` `(steps · batch, 3)` and `inside.npy`
/// `(steps · batch)` are the batches in order, `losses.npy` `(steps)` the loss before each step. `peers/loss_curve.py`
/// runs this and compares.
@main
struct TrainingTrace {
    static func main() throws {
        var mesh = ""
        var steps = 1000
        var folder = "."
        var arguments = CommandLine.arguments.dropFirst().makeIterator()
        while let argument = arguments.next() {
            let value = arguments.next() ?? ""
            switch argument {
            case "--mesh": mesh = value
            case "--steps": steps = Int(value) ?? steps
            case "--output": folder = value
            default: fatalError("trace-training takes --mesh, --steps and --output, not \(argument)")
            }
        }
        var configuration = Preset.tancik2020.configuration
        configuration.budget = .steps(steps)
        try trace(configuration, steps: steps, of: MeshImport.load(path: mesh).mesh, to: folder)
    }

    static func trace(_ configuration: FitConfiguration, steps: Int, of mesh: TriangleMesh, to folder: String) throws {
        var fit = Fit(configuration)
        let checkpoint = folder + "/end.checkpoint"
        fit.checkpointing = CheckpointSchedule(path: checkpoint, interval: .infinity)
        let fitted = try fit.run(mesh)

        try ModelFile.write(configuration.makeNetwork(), metadata: [:], to: folder + "/initial.safetensors")
        let losses = try Checkpoint(path: checkpoint).losses
        try NumpyFile.write(NumpyArray(losses, shape: [losses.count]), to: folder + "/losses.npy")
        // Batches follow each other along the sampler's points.
        let sampler = try Sampler(
            fitted.evidence, configuration: configuration.labels.sampling, seed: configuration.seed)
        let points = sampler.points(0..<(steps * configuration.training.batchSize), workers: fit.workers)
        let inside = fitted.evidence.insides(at: points, workers: fit.workers).map { $0 ? UInt8(1) : 0 }
        try NumpyFile.write(NumpyArray(points), to: folder + "/points.npy")
        try NumpyFile.write(NumpyArray(inside, shape: [inside.count]), to: folder + "/inside.npy")
    }
}
