import Geometry
import NeuralFields

/// Writes a training's checkpoints when they are due.
struct CheckpointWriter {
    let schedule: CheckpointSchedule?
    let configuration: FitConfiguration
    let transform: UnitCubeTransform
    let shape: ShapeFingerprint
    private var last = ContinuousClock.now
    private var warning: String?

    init(
        schedule: CheckpointSchedule?, configuration: FitConfiguration, transform: UnitCubeTransform,
        shape: ShapeFingerprint
    ) {
        self.schedule = schedule
        self.configuration = configuration
        self.transform = transform
        self.shape = shape
    }

    mutating func writeIfDue(_ trainer: Trainer<CoordinateNetwork>, seconds: Double, losses: [Float]) {
        if let schedule, trainer.stepCount > 0, last.secondsSince >= schedule.interval {
            write(trainer, seconds: seconds, losses: losses)
        }
    }

    /// A full disk is no reason to lose the training: the failure becomes a warning, and the next one is tried when due.
    mutating func write(_ trainer: Trainer<CoordinateNetwork>, seconds: Double, losses: [Float]) {
        guard let schedule else { return }
        last = .now
        do {
            try Checkpoint(
                configuration: configuration, transform: transform, mesh: shape, seconds: seconds, losses: losses,
                trainerState: trainer.state, path: schedule.path
            ).write(to: schedule.path)
        } catch {
            warning = "no checkpoint: \(error)"
        }
    }

    var hasWarning: Bool { warning != nil }

    mutating func takeWarning() -> String? {
        defer { warning = nil }
        return warning
    }
}
