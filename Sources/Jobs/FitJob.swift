import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import MeshIO
import NeuralFields
import Pictures
import SurfaceExtraction

/// What happens while a ``FitJob`` runs, for whoever shows progress.
public enum FitEvent: Sendable {
    /// Something the user should know of the input: an orientation that was corrected, a mesh that is open.
    case note(String)
    case stage(String)
    case training(FitProgress)
}

/// A fit from a mesh file to files: import → labels → training → surface → evaluation → report.
public struct FitJob: Sendable {
    /// Any file that ``MeshImport`` reads.
    public var inputPath: String
    /// Gets `<name>.obj`, `<name>.safetensors`, `<name>.json`, `<name>.png` and, if asked for, `<name>.html`;
    /// made if it does not exist.
    public var outputFolder: String
    public var configuration: FitConfiguration
    public var workers: Workers
    public var isolation: Isolation
    /// Whether σ is searched for; see ``SigmaSearch``.
    public var searchesSigma = false
    /// Whether `<name>.png` is drawn.
    public var drawsPreview = true
    /// Whether to write `<name>.html` too, for which IoU is measured while training.
    public var writesPage = false
    /// What makes this result again in a shell, for the page.
    public var command: String?
    /// Where training goes on, instead of from new weights.
    public var resumed: Checkpoint?
    /// Seconds of training between two checkpoints in `<name>.checkpoint.safetensors`, which is also written at its end; nil for none.
    public var checkpointInterval: Double?

    public init(
        inputPath: String, outputFolder: String = "output",
        configuration: FitConfiguration = Preset.default.configuration,
        workers: Workers = Workers(), isolation: Isolation = .none
    ) {
        self.inputPath = inputPath
        self.outputFolder = outputFolder
        self.configuration = configuration
        self.workers = workers
        self.isolation = isolation
    }

    /// The input's file name without its extension.
    public var name: String { URL(fileURLWithPath: inputPath).deletingPathExtension().lastPathComponent }

    /// The file of this job with an extension.
    public func outputPath(_ fileExtension: String) -> String {
        (outputFolder.hasSuffix("/") ? outputFolder : outputFolder + "/") + "\(name).\(fileExtension)"
    }

    /// Runs the job. Files appear whole or not at all; those of an earlier run stay until then.
    ///
    /// - Parameter notify: told of every stage; false ends training with what has been learnt, and the rest is done.
    /// - Throws: `MeshFileError`, ``FittingError``, `NeuralFieldsError` or `FileError`: one line each. A training that
    ///   diverges leaves `<name>.last-good.safetensors` where there were sound weights, and other files as they were.
    public func run(notify: (FitEvent) -> Bool = { _ in true }) throws -> FitReport {
        let start = ContinuousClock.now
        try configuration.validate()
        try prepareOutput()

        _ = notify(.stage("reading \(inputPath)"))
        let shape = try prepare(notify)
        let reference = EvaluationReference(shape)
        let importSeconds = start.secondsSince

        _ = notify(.stage("labelling"))
        var fitted = try makeFit(reference).run(shape) { progress in
            if let warning = progress.warning { _ = notify(.note(warning)) }
            return notify(.training(progress))
        }
        if fitted.shape.givesDistances {
            fitted.shape.reach = DistanceAgreement(
                fitted.shape.unitDistances, against: reference, workers: workers)
        }

        _ = notify(.stage("extracting the surface"))
        let extractStart = ContinuousClock.now
        let surface = try keepModel(fitted)
        if surface.statistics.specks > 0 {
            let count = surface.statistics.specks
            _ = notify(
                .note("pieces of surface far from the shape, a few cells large each, that were left out: \(count)"))
        }
        try MeshExport.write(surface.mesh, to: outputPath("obj"), workers: workers)
        let extractSeconds = extractStart.secondsSince

        _ = notify(.stage("evaluating"))
        let evaluateStart = ContinuousClock.now
        let written = fitted.shape.transform.unitMesh(try MeshImport.load(path: outputPath("obj")).mesh)
        let fieldScores = Evaluation.tancik2020(fitted.shape.unitField, against: reference, workers: workers)
        let meshScores = Evaluation.mesh(written, against: reference, workers: workers)
        let evaluateSeconds = evaluateStart.secondsSince

        if drawsPreview || writesPage { _ = notify(.stage("drawing")) }
        let drawStart = ContinuousClock.now
        let sheet = ComparisonSheet(
            input: reference.mesh, field: reference.field, result: written,
            lengthUnit: 1 / fitted.shape.transform.scale, workers: workers)
        let preview = drawsPreview || writesPage ? sheet.image(workers: workers) : nil
        if drawsPreview, let preview { try PNGFile.write(preview, to: outputPath("png")) }

        let report = FitReport(
            input: FitReport.Input(
                path: inputPath, vertices: shape.mesh.vertices.count, triangles: shape.mesh.triangles.count,
                watertight: shape.topology.isWatertight, sign: reference.field.resolvedSign),
            fitted: fitted, output: surface.mesh, field: fieldScores, mesh: meshScores,
            timings: FitReport.Timings(
                import: importSeconds, label: fitted.labelSeconds, searchSigma: fitted.searchSeconds,
                train: fitted.training.seconds,
                extract: extractSeconds, evaluate: evaluateSeconds, draw: drawStart.secondsSince,
                total: start.secondsSince))
        try AtomicFile.write(report.json(), to: outputPath("json"))
        if writesPage, let preview {
            let page = try report.page(of: fitted, sheet: sheet, preview: preview, command: command, workers: workers)
            try AtomicFile.write(page.html(), to: outputPath("html"))
        }
        return report
    }

    /// Extracts the surface and writes the model, also where extraction fails for want of memory. A model without any
    /// surface is not worth the one that it would replace.
    private func keepModel(_ fitted: FittedShape<PreparedMesh>) throws -> ExtractedSurface {
        let surface: Result<ExtractedSurface, ExtractionError>
        do {
            surface = .success(
                try fitted.shape.extract(SurfaceExtractor(resolution: configuration.resolution), workers: workers))
        } catch .isoLevelNotReached(_, let minimum, let maximum) {
            throw FittingError.nothingLearnt(minimum: minimum, maximum: maximum)
        } catch {
            surface = .failure(error)
        }
        try fitted.shape.write(to: outputPath("safetensors"), configuration: fitted.configuration)
        return try surface.get()
    }

    private func makeFit(_ reference: EvaluationReference) -> Fit {
        var fit = Fit(configuration, workers: workers)
        fit.resumed = resumed
        fit.searchesSigma = searchesSigma
        fit.agreement = writesPage ? AgreementCurve(reference, workers: workers) : nil
        fit.checkpointing = checkpointInterval.map {
            CheckpointSchedule(path: outputPath("checkpoint.safetensors"), interval: $0)
        }
        fit.rescuePath = outputPath("last-good.safetensors")
        return fit
    }

    /// The mesh of the input file, ready to be learnt.
    private func prepare(_ notify: (FitEvent) -> Bool) throws -> PreparedMesh {
        let mesh = try MeshImport.load(path: inputPath, isolation: isolation).mesh
        let prepared = try configuration.prepare(mesh, workers: workers)
        for note in prepared.notes { _ = notify(.note("\(inputPath): \(note)")) }
        return prepared
    }

    /// Makes the output folder and finds out now rather than after the training whether it can be written.
    private func prepareOutput() throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: outputFolder, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: outputFolder, reason: "the output folder cannot be made; choose another --output")
        }
        guard access(outputFolder, W_OK | X_OK) == 0 else {
            throw FileError(path: outputFolder, reason: "the output folder is not writable; choose another --output")
        }
        for fileExtension in ["obj", "safetensors", "json", "png", "html"] {
            let output = URL(fileURLWithPath: outputPath(fileExtension)).resolvingSymlinksInPath().path
            if output == URL(fileURLWithPath: inputPath).resolvingSymlinksInPath().path {
                throw FileError(
                    path: inputPath, reason: "the result would overwrite the input; choose another --output")
            }
        }
    }
}
