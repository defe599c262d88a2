import Core
import Evaluation
import Geometry
import NeuralFields

extension Fit {
    /// Solves for a grid instead of training a network.
    ///
    /// - Parameters:
    ///   - shape, prepared: the same mesh, as evidence and as itself.
    func solveGrid<Evidence: ShapeEvidence>(
        _ settings: GridSettings, _ shape: Evidence, _ prepared: PreparedMesh, labelStart: ContinuousClock.Instant,
        progress: (FitProgress) -> Bool
    ) throws(FittingError) -> FittedShape<Evidence> {
        guard resumed == nil else {
            throw .invalidSetting(
                name: "resume", value: "a checkpoint",
                remedy: "a grid is solved at once and has no checkpoints: fit anew")
        }
        guard checkpointing == nil else {
            throw .invalidSetting(
                name: "checkpoint", value: "of a grid",
                remedy: "a grid is solved at once and has none; its model is all there is to keep")
        }
        let start = ContinuousClock.now
        func proceed(_ fraction: Double) -> Bool {
            progress(
                FitProgress(step: 0, fraction: fraction, loss: .nan, samples: 0, seconds: start.secondsSince))
        }
        let surroundings = BaseLattice(
            prepared.field, bounds: prepared.bounds, resolution: GridCorrection.surroundingCells, workers: workers)
        func makeShape(_ fitted: FittedGrid) -> NeuralShape {
            NeuralShape(
                correction: GridCorrection(
                    fitted.grid, storage: fitted.grid.usualStorage, surroundings: surroundings), base: nil,
                target: .sdf(.linear, scale: 1), transform: prepared.transform,
                bounds: prepared.bounds)
        }
        let (fitted, learnt): (FittedGrid, NeuralShape)
        var outcome: ToleranceSearch.Outcome?
        if let wanted = settings.tolerance {
            let search = ToleranceSearch(mesh: prepared, settings: settings, workers: workers)
            let length = wanted.length(diagonal: Double(prepared.oriented.boundingBox?.diagonal ?? 0))
            let found = try search.run(length, makeShape: makeShape, proceed: proceed)
            (fitted, learnt) = (found.fitted, found.shape)
            outcome = found
        } else {
            do {
                fitted = try GridFit(
                    mesh: prepared.mesh, field: prepared.field, settings: settings, workers: workers
                ).run(proceed: proceed)
            } catch {
                throw FittingError(error)
            }
            learnt = makeShape(fitted)
        }
        let statistics = fitted.statistics
        let seconds = statistics.solveSeconds
        return FittedShape(
            shape: learnt, configuration: configuration, evidence: shape,
            training: TrainingSummary(
                steps: statistics.iterations, samples: statistics.rows, seconds: seconds,
                samplesPerSecond: Double(statistics.rows) / max(seconds, 1e-9),
                finalLoss: statistics.meanSquaredError, lossCurve: [statistics.meanSquaredError], agreementCurve: [],
                wasStopped: statistics.wasStopped),
            labelSeconds: labelStart.secondsSince - seconds, sigmaSearch: nil, searchSeconds: 0,
            tolerance: outcome?.result,
            surface: outcome?.surface)
    }
}
