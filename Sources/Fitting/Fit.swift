import Core
import Evaluation
import Geometry
import NeuralFields
import SurfaceExtraction

/// Progress of a fit, told several times a second at most.
public struct FitProgress: Sendable {
    public var step: Int
    /// The part of the training that is done, in [0, 1].
    public var fraction: Double
    public var loss: Float
    public var samples: Int
    /// Of training so far.
    public var seconds: Double
    /// Something that went wrong without ending the training, said once: a checkpoint that could not be written.
    public var warning: String?

    public var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
    /// Seconds of training left, at the present rate.
    public var secondsLeft: Double { fraction > 0 ? seconds / fraction * (1 - fraction) : 0 }
}

/// A shape that was learnt, with everything that was measured on the way.
public struct FittedShape<Evidence: ShapeEvidence>: Sendable {
    public var shape: NeuralShape
    public let configuration: FitConfiguration
    /// The evidence that it was learnt from.
    public let evidence: Evidence
    public let training: TrainingSummary
    /// Seconds of preparing queries and labels.
    public let labelSeconds: Double
    /// How σ was found; nil where it was given.
    public let sigmaSearch: SigmaSearch?
    /// Seconds of that search.
    public let searchSeconds: Double
    /// How a tolerance was met; nil where none was given.
    public var tolerance: ToleranceResult?
    /// The surface that ``tolerance`` is about, in the mesh's own coordinates.
    public var surface: ExtractedSurface?
}

extension FittedShape<PreparedMesh> {
    /// The mesh in the network's frame, for evaluation.
    public var reference: EvaluationReference { EvaluationReference(evidence) }
}

/// The course of a training.
public struct TrainingSummary: Sendable, Equatable, Codable {
    public var steps: Int
    public var samples: Int
    public var seconds: Double
    public var samplesPerSecond: Double
    /// Mean loss of the last tenth of the steps.
    public var finalLoss: Float
    /// Mean loss of each of up to 200 equally long stretches.
    public var lossCurve: [Float]
    /// How good the field was on the way; empty without ``Fit/agreement``.
    package var agreementCurve: [AgreementCurve.Point]
    /// Whether the caller stopped it before its budget was used up.
    public var wasStopped: Bool
}

/// The fit: evidence → labels → training → field.
public struct Fit: Sendable {
    public var configuration: FitConfiguration
    public var workers: Workers
    /// Where training goes on, instead of from new weights.
    public var resumed: Checkpoint?
    /// A network whose weights training starts from, instead of random ones; it has the settings' frequencies and layers.
    public var initial: CoordinateNetwork?
    /// Also written when training ends; nil for none.
    public var checkpointing: CheckpointSchedule?
    /// Whether σ is searched for (see ``SigmaSearch``) instead of taken from the configuration. A training that is resumed
    /// keeps its own, and encodings without σ have none.
    public var searchesSigma = false
    /// With what IoU is measured now and then while training, which adds about a second to it; nil for not at all.
    package var agreement: AgreementCurve?
    /// Gets a model of sound weights when training diverges after `Trainer.soundInterval` steps or more.
    public var rescuePath: String?

    public init(_ configuration: FitConfiguration, workers: Workers = Workers()) {
        self.configuration = configuration
        self.workers = workers
    }

    /// Learns `mesh`, oriented outwards; see `PreparedMesh` for what is done to it, and
    /// ``FittedShape/evidence`` for whether anything was.
    ///
    /// - Parameters:
    ///   - mesh: in its own coordinates.
    ///   - progress: as for `run`.
    /// - Throws: ``FittingError``, also for a mesh without triangles of some area.
    public func run(
        _ mesh: TriangleMesh, progress: (FitProgress) -> Bool = { _ in true }
    ) throws(FittingError) -> FittedShape<PreparedMesh> {
        try configuration.validate()
        return try run(configuration.prepare(mesh, workers: workers), progress: progress)
    }

    /// Learns a shape.
    ///
    /// - Parameters:
    ///   - shape: in the frame that the configuration names; see ``FitConfiguration/prepare(_:workers:)``.
    ///   - progress: called now and then from the calling thread; false ends training with what has been learnt.
    /// - Throws: ``FittingError`` for settings out of range; a training that diverges; a checkpoint of another fit.
    public func run<Evidence: ShapeEvidence>(
        _ shape: Evidence, progress: (FitProgress) -> Bool = { _ in true }
    ) throws(FittingError) -> FittedShape<Evidence> {
        try configuration.validate()
        var thin = self
        if resumed == nil, thin.configuration.followThinness(of: shape.bounds) {
            return try thin.run(shape, progress: progress)
        }
        let labelStart = ContinuousClock.now
        try shape.checkInside(seed: configuration.seed, workers: workers)
        if let grid = configuration.grid {
            guard let mesh = shape as? PreparedMesh else {
                throw .invalidSetting(
                    name: "correction", value: "grid", remedy: "needs a mesh: its cells are those that triangles touch")
            }
            return try solveGrid(grid, shape, mesh, labelStart: labelStart, progress: progress)
        }
        let sampler: Sampler
        do {
            sampler = try Sampler(shape, configuration: configuration.labels.sampling, seed: configuration.seed)
        } catch {
            throw FittingError(error)
        }
        let (batchSize, target) = (configuration.training.batchSize, configuration.target)
        let base = configuration.base.map {
            ShapeBase(
                of: shape, resolution: $0.resolution, largestSample: $0.sampleBits == 8 ? Int16(Int8.max) : .max,
                workers: workers)
        }
        let weightFloor = configuration.base?.weightFloor ?? 0
        let poolSize = configuration.labels.poolSize
        let batches: any BatchSource =
            if poolSize == 0 {
                EndlessSamples(
                    sampler, of: shape, batchSize: batchSize, target: target, base: base, weightFloor: weightFloor)
            } else if let base {
                LabelledPool(
                    sampler, of: shape, count: poolSize, batchSize: batchSize, target: target, base: base,
                    weightFloor: weightFloor, workers: workers)
            } else {
                LabelledPool(
                    sampler, of: shape, count: poolSize, batchSize: batchSize, target: target, workers: workers)
            }
        let labelSeconds = labelStart.secondsSince

        let searchStart = ContinuousClock.now
        var configuration = configuration
        var search: SigmaSearch?
        if searchesSigma && resumed == nil && configuration.encoding.sigma != nil {
            search = try SigmaSearch(configuration, source: batches, workers: workers) {
                progress(FitProgress(step: 0, fraction: 0, loss: .nan, samples: 0, seconds: 0))
            }
            configuration.encoding.sigma = search?.sigma
        }
        let searchSeconds = search == nil ? 0 : searchStart.secondsSince
        let trainer = Trainer(
            try configuration.makeNetwork(startingFrom: initial), configuration: configuration.training,
            workers: workers)
        try resumed?.restore(
            trainer, configuration: configuration, transform: shape.transform, shape: shape.fingerprint)

        let surfaceCells = base == nil ? shape.surfaceCells(workers: workers) : nil
        func learnt(_ trained: CoordinateNetwork) -> NeuralShape {
            var network = trained
            if configuration.weightBits == 16 { network.roundToHalves() }
            return NeuralShape(
                network: network, base: base, target: configuration.target, transform: shape.transform,
                bounds: shape.bounds, surfaceCells: surfaceCells)
        }
        let measure = agreement.map { curve in { curve.measure(learnt($0).unitField, step: $1, seconds: $2) } }
        let writer = CheckpointWriter(
            schedule: checkpointing, configuration: configuration, transform: shape.transform,
            shape: shape.fingerprint)
        let summary: TrainingSummary
        do throws(NeuralFieldsError) {
            summary = try train(trainer, on: batches, writer, measure: measure, progress: progress)
        } catch {
            guard case .diverged = error, let rescuePath, let sound = trainer.lastSound,
                (try? learnt(sound.model).write(to: rescuePath, configuration: configuration)) != nil
            else { throw .training(error) }
            throw .divergedWithModel(error, step: sound.step, path: rescuePath)
        }
        return FittedShape(
            shape: learnt(trainer.trainedModel), configuration: configuration, evidence: shape,
            training: summary, labelSeconds: labelSeconds, sigmaSearch: search,
            searchSeconds: searchSeconds)
    }

    private func train(
        _ trainer: Trainer<CoordinateNetwork>, on source: some BatchSource, _ writer: CheckpointWriter,
        measure: ((CoordinateNetwork, _ step: Int, _ seconds: Double) -> AgreementCurve.Point)?,
        progress: (FitProgress) -> Bool
    ) throws(NeuralFieldsError) -> TrainingSummary {
        let start = ContinuousClock.now
        let secondsBefore = resumed?.seconds ?? 0
        var losses = resumed?.losses ?? []
        var writer = writer
        var lastReport = -1.0
        var wasStopped = false
        var agreements: [AgreementCurve.Point] = []
        var nextPoint = 0
        func state(_ seconds: Double, _ fraction: Double) -> FitProgress {
            FitProgress(
                step: trainer.stepCount, fraction: min(fraction, 1), loss: losses.last ?? .nan,
                samples: trainer.stepCount * configuration.training.batchSize, seconds: seconds,
                warning: writer.takeWarning())
        }
        var fraction = 0.0
        while true {
            let seconds = secondsBefore + start.secondsSince
            writer.writeIfDue(trainer, seconds: seconds, losses: losses)
            fraction = configuration.budget.fraction(steps: trainer.stepCount, seconds: seconds)
            // Asking the caller ten times a second costs nothing that can be measured.
            if seconds - lastReport > 0.1 || fraction >= 1 {
                lastReport = seconds
                wasStopped = !progress(state(seconds, fraction)) && trainer.stepCount > 0
            }
            let isLast = wasStopped || fraction >= 1
            if let measure, isLast || fraction >= AgreementCurve.fraction(ofPoint: nextPoint) {
                agreements.append(measure(trainer.trainedModel, trainer.stepCount, seconds))
                while AgreementCurve.fraction(ofPoint: nextPoint) <= fraction { nextPoint += 1 }
            }
            if isLast { break }
            losses.append(try trainer.step(source, progress: fraction))
        }
        let seconds = secondsBefore + start.secondsSince
        writer.write(trainer, seconds: seconds, losses: losses)
        if writer.hasWarning { _ = progress(state(seconds, fraction)) }
        let samples = trainer.stepCount * configuration.training.batchSize
        let tail = losses.suffix(max(1, losses.count / 10))
        let stretches = min(200, losses.count)
        return TrainingSummary(
            steps: trainer.stepCount, samples: samples, seconds: seconds,
            samplesPerSecond: Double(samples) / max(seconds, 1e-9),
            finalLoss: tail.reduce(0, +) / Float(max(tail.count, 1)),
            lossCurve: (0..<stretches).map { stretch in
                let part = losses[(stretch * losses.count / stretches)..<((stretch + 1) * losses.count / stretches)]
                return part.reduce(0, +) / Float(part.count)
            },
            agreementCurve: agreements, wasStopped: wasStopped)
    }
}

extension FitConfiguration {
    /// A mesh made ready to be learnt with this configuration: in its frame, with the sign that it asks for.
    ///
    /// - Throws: ``FittingError/unusableShape(_:)``.
    public func prepare(_ mesh: TriangleMesh, workers: Workers = Workers()) throws(FittingError) -> PreparedMesh {
        do {
            return try PreparedMesh(
                mesh, frame: frame == .unitCube ? .unitCube : .tancik2020, sign: labels.sign,
                windingAccuracy: labels.windingAccuracy, workers: workers)
        } catch {
            throw .unusableShape(error)
        }
    }
}

extension FitConfiguration.Budget {
    func fraction(steps: Int, seconds: Double) -> Double {
        switch self {
        case .steps(let total): Double(steps) / Double(max(total, 1))
        case .seconds(let total): seconds / max(total, 1e-9)
        }
    }
}

extension ContinuousClock.Instant {
    /// Seconds from this instant until now.
    package var secondsSince: Double { (ContinuousClock.now - self) / .seconds(1) }
}
