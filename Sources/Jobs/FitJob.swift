import Core
import Evaluation
import Fitting
import Geometry
import MeshIO
import NeuralFields
import Pictures
import SurfaceExtraction

/// Progress while a ``FitJob`` runs, for whoever shows progress.
public enum FitEvent: Sendable {
    /// Something the user should know of the input: an orientation that was corrected, a mesh that is open.
    case note(String)
    case stage(String)
    case training(FitProgress)
}

/// A fit from a mesh file to files: import → labels → training → surface → evaluation → report.
public struct FitJob: Sendable {
    /// Any file that `MeshImport` reads.
    public var inputPath: String
    /// Get `.obj`, `.safetensors`, `.json`, `.png` and, if asked for, `.html`. The folder is made if it does not exist.
    public var results: ResultPaths
    public var configuration: FitConfiguration
    public var workers: Workers
    public var isolation: Isolation
    /// How the points of an input without faces are taken.
    public var scanOptions = PointCloudOptions()
    /// A mesh that the result is compared with too, such as the one that a scan was drawn from.
    public var referencePath: String?
    /// Whether σ is searched for; see `SigmaSearch`.
    public var searchesSigma = false
    /// Whether the grid is made finer than the configuration's where the shape's thinnest walls need it; see
    /// `ResolutionAdvice`.
    public var adaptsResolution = false
    /// How thoroughly the result is scored.
    public var scoring: Scoring? = .full
    /// A network whose weights training starts from, instead of random ones; see `Fit.initial`.
    public var initial: CoordinateNetwork?
    /// Whether `<name>.png` is drawn.
    public var drawsPreview = true
    /// The shell command that makes this result again, for the page.
    public var command: String?
    /// Where training goes on, instead of from new weights.
    public var resumed: Checkpoint?
    /// Seconds of training between two checkpoints in `<name>.checkpoint.safetensors`, which is also written at its end;
    /// nil for none.
    public var checkpointInterval: Double?
    /// How the surface is written, and what beside it.
    public var output = FitOutput()
    /// Whether the surface is written; it is scored and drawn without its file too.
    public var writesSurface = true
    /// The surface's file, where it is not called as the other results are.
    public var surfaceFile: String?
    /// Files that the caller reads beside the mesh and that must not be replaced either.
    public var otherInputs: [String] = []
    /// Whether files may be replaced that this program did not write.
    public var replacesForeignFiles = false

    public init(
        inputPath: String, outputFolder: String = "output",
        configuration: FitConfiguration = Preset.default.configuration,
        workers: Workers = Workers(), isolation: Isolation = .none
    ) {
        self.inputPath = inputPath
        results = .free(for: inputPath, in: outputFolder)
        self.configuration = configuration
        self.workers = workers
        self.isolation = isolation
    }

    /// The learnt surface's file.
    public var surfacePath: String { surfaceFile ?? results(output.surfaceFormat) }

    /// The files that this job writes, the surface first if it does.
    public var files: [JobFile] {
        var files = writesSurface ? [JobFile(kind: .surface, path: surfacePath)] : []
        files += [
            JobFile(kind: .model, path: results("safetensors")), JobFile(kind: .report, path: results("json")),
        ]
        if drawsPreview { files.append(JobFile(kind: .picture, path: results("png"))) }
        if drawsEvidence { files.append(JobFile(kind: .picture, path: results("evidence.png"))) }
        if output.writesPage { files.append(JobFile(kind: .page, path: results("html"))) }
        if checkpointInterval != nil {
            files.append(JobFile(kind: .checkpoint, path: results("checkpoint.safetensors")))
        }
        return files
    }

    /// Runs the job. Files appear whole or not at all; those of an earlier run stay until then.
    ///
    /// - Parameter notify: told of every stage; false ends training with what has been learnt, and the rest is done.
    /// - Throws: `MeshFileError`, `FittingError`, `NeuralFieldsError` or `FileError`: one line each. A training that
    ///   diverges leaves `<name>.last-good.safetensors` where there were sound weights, and other files as they were.
    public func run(notify: (FitEvent) -> Bool = { _ in true }) throws -> FitReport {
        let start = ContinuousClock.now
        try configuration.validate()
        try prepareOutput()

        _ = notify(.stage("reading \(inputPath)"))
        let shape = try prepare(notify)
        // Whatever is wrong with it shows before the training.
        let other = try referencePath.map { try MeshImport.load(path: $0, isolation: isolation).mesh }
        let reference = EvaluationReference(shape, pointCount: scoring?.pointCount ?? EvaluationReference.tancikCount)
        let importSeconds = start.secondsSince

        let walls =
            configuration.resolution == 0
            ? ThinWalls.ofOwnCells
            : ThinWalls(shape, usual: configuration.resolution, adapts: adaptsResolution, workers: workers)
        if let note = walls.note { _ = notify(.note("\(inputPath): \(note)")) }

        _ = notify(.stage("labelling"))
        var fitted = try makeFit(reference, resolution: walls.resolution).run(shape) { progress in
            if let warning = progress.warning { _ = notify(.note(warning)) }
            return notify(.training(progress))
        }
        if fitted.shape.givesDistances {
            fitted.shape.reach = DistanceAgreement(
                fitted.shape.unitDistances, against: reference, pointCount: configuration.reachPointCount,
                workers: workers)
        }

        _ = notify(.stage("extracting the surface"))
        let extractStart = ContinuousClock.now
        let surface = try keepModel(&fitted, walls)
        if surface.statistics.floaters > 0 {
            let count = surface.statistics.floaters
            _ = notify(
                .note("pieces of surface far from the shape, a few cells large each, that were left out: \(count)"))
        }
        if writesSurface {
            try MeshExport.write(surface.mesh, unit: output.unit, to: surfacePath, workers: workers)
            if losesPlaces(surface.mesh) { _ = notify(.note("\(surfacePath): \(MeshExport.lostPlacesNote)")) }
        }
        judgeTolerance(of: &fitted, surface.mesh)
        let extractSeconds = extractStart.secondsSince

        let evaluateStart = ContinuousClock.now
        var writtenMesh = TriangleMesh()
        var written = TriangleMesh()
        var scores: FitReport.Scorecard?
        if scoring != nil || drawsPreview || output.writesPage {
            writtenMesh = writesSurface ? try MeshImport.load(path: surfacePath).mesh : surface.mesh
            written = fitted.shape.transform.unitMesh(writtenMesh)
        }
        if let scoring {
            _ = notify(.stage("evaluating"))
            let field = Evaluation.tancik2020(fitted.shape.unitField, against: reference, workers: workers)
            let mesh = Evaluation.mesh(written, against: reference, workers: workers)
            scores = FitReport.Scorecard(
                tancik2020: FitReport.Scores(field), mesh: FitReport.MeshScores(mesh), distance: fitted.shape.reach)
            scores?.reference = try other.map { try referenceScores($0, written, fitted.shape.transform) }
            if scoring == .full,
                let note = Evaluation.noteBeyond(
                    fitted.shape.unitField, within: fitted.shape.bounds, against: reference, workers: workers)
            {
                _ = notify(.note("\(results("safetensors")): \(note)"))
            }
            let bounds = scoring == .full ? certifiedHausdorff(shape.oriented, writtenMesh) : nil
            scores?.mesh.certifiedHausdorff = bounds ?? fitted.tolerance?.bounds
        }
        let evaluateSeconds = evaluateStart.secondsSince

        let drawStart = ContinuousClock.now
        var preview: (sheet: ComparisonSheet, image: Image)?
        if drawsPreview || output.writesPage {
            _ = notify(.stage("drawing"))
            let sheet = ComparisonSheet(
                input: reference.mesh, field: reference.field, result: written,
                lengthUnit: 1 / fitted.shape.transform.scale, workers: workers)
            preview = (sheet, sheet.image(up: upAxis, workers: workers))
        }
        if drawsPreview, let preview { try PNGFile.write(preview.image, to: results("png")) }

        var report = FitReport(
            input: FitReport.Input(
                path: inputPath, vertices: shape.mesh.vertices.count, triangles: shape.mesh.triangles.count,
                watertight: shape.topology.isWatertight, sign: reference.field.resolvedSign,
                topology: FitReport.Topology(shape.topology)),
            fitted: fitted, output: surface.mesh, evaluation: scores,
            timings: FitReport.Timings(
                import: importSeconds, label: fitted.labelSeconds, searchSigma: fitted.searchSeconds,
                train: fitted.training.seconds,
                extract: extractSeconds, evaluate: evaluateSeconds, draw: drawStart.secondsSince,
                total: start.secondsSince))
        report.unit = output.unit
        report.model.bytes = FileContents.size(of: results("safetensors"))
        try AtomicFile.write(report.json(), to: results("json"))
        if output.writesPage, let preview {
            let page = try report.page(
                of: fitted, sheet: preview.sheet, preview: preview.image, command: command, workers: workers)
            try AtomicFile.write(page.html(), to: results("html"))
        }
        if let loss = try walls.judge(report) { _ = notify(.note(loss)) }
        return report
    }

    /// Whether the file cannot hold the surface's coordinates.
    private func losesPlaces(_ mesh: TriangleMesh) -> Bool {
        writesSurface && mesh.origin != .zero && !MeshExport.keepsFarPlaces(path: surfacePath)
    }

    private static let lostCoordinates = "the file's format cannot hold the surface's coordinates"

    /// Compares once more where another surface is written than the one that was compared with the tolerance.
    private func judgeTolerance(of fitted: inout FittedShape<PreparedMesh>, _ surface: TriangleMesh) {
        let isOther = losesPlaces(surface)
        let isSimplified = output.keptTriangles.map { $0 < 1 } ?? false
        guard let tolerance = fitted.tolerance?.tolerance, isOther || isSimplified else { return }
        // A file whose numbers have lost the shape cannot be read back.
        guard let written = writesSurface ? try? MeshImport.load(path: surfacePath).mesh : surface else {
            fitted.tolerance?.isMet = false
            fitted.tolerance?.obstacle = Self.lostCoordinates
            return
        }
        let certifier = HausdorffCertifier(relativeError: 0.02, accepted: tolerance, workers: workers)
        guard let bounds = certifier.bounds(between: fitted.evidence.oriented, and: written) else { return }
        fitted.tolerance?.judge(
            bounds,
            change: isOther ? Self.lostCoordinates : "fewer triangles cannot follow the shape as closely")
    }

    /// Bounds on the Hausdorff distance to 1 %, in the mesh's own coordinates; nil where they take more than a second.
    private func certifiedHausdorff(_ mesh: TriangleMesh, _ written: TriangleMesh) -> CertifiedHausdorff? {
        let start = ContinuousClock.now
        let bounds = HausdorffCertifier(workers: workers).bounds(between: mesh, and: written) { _ in
            start.secondsSince < 1
        }
        return bounds.flatMap { $0.isComplete ? $0 : nil }
    }

    /// Extracts the surface and writes the model, also where extraction fails for want of memory. A model without any
    /// surface is not worth the one that it would replace.
    private func keepModel(
        _ fitted: inout FittedShape<PreparedMesh>, _ walls: ThinWalls
    ) throws -> ExtractedSurface {
        let surface: Result<ExtractedSurface, ExtractionError>
        var extractor = SurfaceExtractor(resolution: walls.resolution)
        extractor.keptTriangles = output.keptTriangles ?? 1
        do throws(ExtractionError) {
            // What was compared with the tolerance is what is written, or what is simplified.
            if var compared = fitted.surface {
                compared.mesh = simplified(compared.mesh, of: &fitted)
                surface = .success(compared)
            } else {
                surface = .success(try fitted.shape.extract(extractor, workers: workers))
            }
        } catch .isoLevelNotReached(_, let minimum, let maximum) {
            let model = results("safetensors")
            let failure = walls.error(minimum: minimum, maximum: maximum, of: fitted, model: model, workers: workers)
            if failure.isWorthKeeping { try fitted.shape.write(to: model, configuration: fitted.configuration) }
            throw failure.error
        } catch {
            surface = .failure(error)
        }
        try fitted.shape.write(to: results("safetensors"), configuration: fitted.configuration)
        return try surface.get()
    }

    /// The surface that was compared with a tolerance, with as many triangles as are to be kept.
    private func simplified(_ surface: TriangleMesh, of fitted: inout FittedShape<PreparedMesh>) -> TriangleMesh {
        if let part = output.keptTriangles {
            return part < 1 ? surface.simplified(toTriangles: Int(Float(surface.triangles.count) * part)) : surface
        }
        guard let result = fitted.tolerance, result.isMet else { return surface }
        let simplification = ToleranceSimplification(
            mesh: fitted.evidence.oriented, tolerance: result.tolerance, workers: workers)
        guard let found = simplification.simplified(surface) else { return surface }
        fitted.tolerance?.bounds = found.bounds
        return found.mesh
    }

    private func makeFit(_ reference: EvaluationReference, resolution: Int) -> Fit {
        var fit = Fit(configuration, workers: workers)
        fit.configuration.resolution = resolution
        fit.resumed = resumed
        fit.initial = initial
        fit.searchesSigma = searchesSigma
        fit.agreement = output.writesPage ? AgreementCurve(reference, workers: workers) : nil
        fit.checkpointing = checkpointInterval.map {
            CheckpointSchedule(path: results("checkpoint.safetensors"), interval: $0)
        }
        fit.rescuePath = results("last-good.safetensors")
        return fit
    }

    /// The mesh of the input file, ready to be learnt.
    private func prepare(_ notify: (FitEvent) -> Bool) throws -> PreparedMesh {
        let mesh = try loadMesh(notify)
        _ = notify(.stage("building the hierarchy and finding inside and outside"))
        let prepared = try configuration.prepare(mesh, workers: workers)
        for note in prepared.notes { _ = notify(.note("\(inputPath): \(note)")) }
        return prepared
    }

    /// Whether the input is a scan, of which a picture shows where it has points.
    private var drawsEvidence: Bool { drawsPreview && ScanImport.holdsPoints(path: inputPath) }

    /// The input file's mesh, or the surface of its points.
    private func loadMesh(_ notify: (FitEvent) -> Bool) throws -> TriangleMesh {
        guard ScanImport.holdsPoints(path: inputPath) else {
            let imported = try MeshImport.load(path: inputPath, isolation: isolation)
            for note in imported.summary.notes { _ = notify(.note("\(inputPath): \(note)")) }
            return imported.mesh
        }
        _ = notify(.stage("finding the surface of the points"))
        let scan = try ScanShape(path: inputPath, options: scanOptions, workers: workers)
        for note in scan.notes { _ = notify(.note("\(inputPath): \(note)")) }
        if drawsEvidence { try PNGFile.write(scan.picture(workers: workers), to: results("evidence.png")) }
        return scan.mesh
    }

    /// The written mesh against the one that the input stands for.
    private func referenceScores(
        _ mesh: TriangleMesh, _ written: TriangleMesh, _ transform: UnitCubeTransform
    ) throws -> FitReport.MeshScores {
        let reference = EvaluationReference(try PreparedMesh(mesh, frame: .given(transform), workers: workers))
        return FitReport.MeshScores(Evaluation.mesh(written, against: reference, workers: workers))
    }

    /// Finds out now rather than after the training whether the results can be written.
    private func prepareOutput() throws(OutputError) {
        // Only written when training diverges, and as good a place as the model's.
        let rescue = results("last-good.safetensors")
        try OutputFiles(inputs: [inputPath] + otherInputs, replacesForeignFiles: replacesForeignFiles)
            .prepare(files.map(\.path) + [rescue])
    }

    private var upAxis: Camera.UpAxis {
        output.up ?? .usual(ofFile: inputPath)
    }
}

/// How thoroughly a result is scored.
public enum Scoring: Sendable {
    /// At all points of the protocols, with bounds on the Hausdorff distance where they take less than a second: one to four
    /// seconds in all.
    case full
    /// At a quarter of the points, without bounds: a fifth of that time, with standard errors twice as large.
    case quick

    var pointCount: Int {
        switch self {
        case .full: EvaluationReference.tancikCount
        case .quick: EvaluationReference.tancikCount / 4
        }
    }
}

/// A file that a job writes.
public struct JobFile: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        case surface, model, report, picture, page, checkpoint, table, plot
    }

    public var kind: Kind
    public var path: String

    public init(kind: Kind, path: String) {
        self.kind = kind
        self.path = path
    }
}
