import Core
import Geometry
import Interchange
import NeuralFields

/// A training between two steps: all that ``Fit`` needs to go on from there.
///
/// With a budget of steps, a fit that goes on from a checkpoint gives **the same bits** as one that never stopped. With a
/// budget of seconds it trains for those that are left, and how many steps they make depends on the machine. With another
/// budget than before, steps to come have the learning rates that the new one gives them.
///
/// The file is a safetensors file: the trainer's arrays as `trainer.<name>`, every step's loss as `losses`, and in the
/// metadata configuration, transform and mesh. It is not a model: ``NeuralShape`` does not read it.
public struct Checkpoint: Sendable, Equatable {
    public let configuration: FitConfiguration
    public let transform: UnitCubeTransform
    /// The mesh that is learnt.
    public let mesh: ShapeFingerprint
    /// Of training so far.
    public let seconds: Double
    /// Of every step so far.
    public let losses: [Float]
    let trainerState: TrainingState
    /// Where it was read from, for messages.
    private let path: String

    init(
        configuration: FitConfiguration, transform: UnitCubeTransform, mesh: ShapeFingerprint, seconds: Double,
        losses: [Float], trainerState: TrainingState, path: String
    ) {
        self.configuration = configuration
        self.transform = transform
        self.mesh = mesh
        self.seconds = seconds
        self.losses = losses
        self.trainerState = trainerState
        self.path = path
    }

    /// Puts a trainer where this checkpoint's was.
    ///
    /// - Throws: ``FittingError/otherCheckpoint(path:reason:)`` when mesh or configuration are others, but for the
    ///   resolution, which training does not know, and a budget that is not used up; `NeuralFieldsError.invalidModelFile`
    ///   when the file is damaged.
    func restore(
        _ trainer: Trainer<CoordinateNetwork>, configuration: FitConfiguration, transform: UnitCubeTransform,
        shape mesh: ShapeFingerprint
    ) throws(FittingError) {
        func refuse(_ reason: String) -> FittingError { .otherCheckpoint(path: path, reason: reason) }
        guard mesh == self.mesh else {
            throw refuse(
                "is of another mesh (\(self.mesh.vertexCount) vertices and \(self.mesh.triangleCount) triangles, this one "
                    + "\(mesh.vertexCount) and \(mesh.triangleCount)\(mesh.sameCounts(as: self.mesh) ? ", at other places" : "")); "
                    + "give the mesh that it was trained on")
        }
        var expected = self.configuration
        expected.resolution = configuration.resolution
        expected.budget = configuration.budget
        if let difference = configuration.firstDifference(from: expected) {
            throw refuse("has other settings: \(difference); leave that setting as it was, or start anew")
        }
        if case .steps(let total) = configuration.budget, total < losses.count {
            throw refuse("has \(losses.count) steps already; train for as many or more")
        }
        do {
            try trainer.restore(trainerState)
        } catch .unusableState(let reason) {
            throw .training(.invalidModelFile(path: path, reason: "is damaged: \(reason)"))
        } catch {
            throw .training(error)
        }
        guard transform == self.transform, losses.count == trainer.stepCount else {
            throw .training(.invalidModelFile(path: path, reason: "is damaged: its parts do not go together"))
        }
    }
}

/// When a ``Fit`` writes checkpoints.
public struct CheckpointSchedule: Sendable, Equatable {
    /// Replaced by every newer checkpoint, whole or not at all; the last is of the training's end.
    public var path: String
    /// Seconds of training between two checkpoints.
    public var interval: Double

    public init(path: String, interval: Double) {
        self.path = path
        self.interval = interval
    }
}

// MARK: File

extension Checkpoint {
    private struct Metadata: Codable {
        var version: Int
        var configuration: FitConfiguration
        var transform: UnitCubeTransform
        var mesh: ShapeFingerprint
        var seconds: Double
        /// Of the trainer; files of version 2 have them as numbers among the arrays.
        var counts: [String: Int]?
    }

    private static let metadataKey = "shapefit.checkpoint"
    private static let trainerPrefix = "trainer."
    private static let lossesName = "losses"
    /// Grows when an older reader would go on to other bits.
    static let formatVersion = 3

    /// Writes the file, whole or not at all.
    ///
    /// - Throws: `NeuralFieldsError.fileUnwritable`.
    public func write(to path: String) throws {
        let metadata = Metadata(
            version: Self.formatVersion, configuration: configuration, transform: transform, mesh: mesh,
            seconds: seconds, counts: trainerState.counts)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(metadata), as: UTF8.self)
        // What is empty here is empty in the trainer that reads it.
        let tensors = trainerState.arrays.filter { !$0.value.isEmpty }.map {
            SafetensorsFile.Tensor(Self.trainerPrefix + $0.key, shape: [$0.value.count], values: $0.value)
        }
        try SafetensorsFile(
            tensors: tensors + [.init(Self.lossesName, shape: [losses.count], values: losses)],
            metadata: [Self.metadataKey: json]
        ).write(to: path)
    }

    /// Reads a file that ``write(to:)`` made.
    ///
    /// - Throws: `NeuralFieldsError` when there is none, it is damaged or it is something else.
    public init(path: String) throws(NeuralFieldsError) {
        let file = try SafetensorsFile(path: path)
        guard let json = file.metadata[Self.metadataKey], let losses = file[Self.lossesName] else {
            throw .invalidModelFile(
                path: path, reason: "is not a checkpoint")
        }
        guard let metadata = try? JSONDecoder().decode(Metadata.self, from: Data(json.utf8)),
            (2...Self.formatVersion).contains(metadata.version)
        else {
            throw .invalidModelFile(path: path, reason: "is damaged, or a checkpoint of another version of shapefit")
        }
        guard metadata.seconds >= 0, metadata.seconds.isFinite, losses.values.allSatisfy(\.isFinite) else {
            throw .invalidModelFile(path: path, reason: "is damaged: its times or losses are no numbers")
        }
        let arrays = file.tensors.filter { $0.name.hasPrefix(Self.trainerPrefix) }
            .map { (String($0.name.dropFirst(Self.trainerPrefix.count)), $0.values) }
        let named = Dictionary(arrays) { first, _ in first }
        self.init(
            configuration: metadata.configuration, transform: metadata.transform, mesh: metadata.mesh,
            seconds: metadata.seconds, losses: losses.values,
            trainerState: metadata.counts.map { TrainingState(arrays: named, counts: $0) }
                ?? TrainingState(secondVersion: named),
            path: path)
    }
}

extension TrainingState {
    /// What files of version 2 held: counts as single numbers, the number of steps in two halves of 16 bits, and the watch
    /// of the loss as how many losses it has, their best mean (−1 for none) and room for 50 of them. What is none of these
    /// stays an array, which no trainer then takes.
    init(secondVersion arrays: [String: [Float]]) {
        self.init(arrays: arrays)
        func whole(_ value: Float) -> Int? { Int(exactly: value) }
        for (name, values) in arrays {
            if name == "stepCount", values.count == 2, let high = whole(values[0]), let low = whole(values[1]),
                (0..<1 << 24).contains(high), (0..<1 << 16).contains(low)
            {
                counts[name] = high << 16 + low
                self.arrays[name] = nil
            } else if name.hasSuffix("steps"), values.count == 1, let count = whole(values[0]) {
                counts[name] = count
                self.arrays[name] = nil
            } else if name == "lossWatch", values.count >= 2, let count = whole(values[0]),
                (0...values.count - 2).contains(count)
            {
                self.arrays["lossWatch.recent"] = Array(values[2..<(2 + count)])
                self.arrays["lossWatch.best"] = values[1] < 0 ? [] : [values[1]]
                self.arrays[name] = nil
            }
        }
    }
}

extension ShapeFingerprint {
    fileprivate func sameCounts(as other: ShapeFingerprint) -> Bool {
        vertexCount == other.vertexCount && triangleCount == other.triangleCount
    }
}
