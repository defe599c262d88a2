import Core
import Evaluation
import Fitting
import Geometry
import MeshIO
import NeuralFields
import Pictures
import SurfaceExtraction

/// Fits of one mesh with every combination of some settings, scored by `tancik2020`.
///
/// Scores go into `<name>.sweep.json` after every fit, and a fit whose row is there already, of the same mesh and with
/// the same configuration, is not run again: a sweep that was stopped goes on, and one with more values adds to it.
public struct Sweep: Sendable {
    /// Which models stay.
    public enum Keeping: String, Sendable, CaseIterable {
        /// Each as `<name>.sigma<σ>-width<w>-frequencies<m>.safetensors`.
        case all
        /// The best as `<name>.sweep-best.safetensors`.
        case best
        case none
    }

    /// Any file that `MeshImport` reads.
    public var inputPath: String
    /// Gets the files; made if it does not exist.
    public var outputFolder: String
    /// The settings that all fits share.
    public var base: FitConfiguration
    public var sigmas: [Float]
    public var widths: [Int]
    public var frequencyCounts: [Int]
    public var keeping: Keeping
    public var workers: Workers
    public var isolation: Isolation

    /// - Parameters:
    ///   - inputPath: any file that `MeshImport` reads.
    ///   - outputFolder: is made where it is not there.
    ///   - base: all other settings.
    ///   - sigmas: values of σ to combine; nil for the base's own.
    ///   - widths: likewise.
    ///   - frequencyCounts: likewise.
    ///   - keeping: which models are written.
    ///   - workers: the threads to use; the result does not depend on their number.
    ///   - isolation: where an importer runs.
    public init(
        inputPath: String, outputFolder: String = "output", base: FitConfiguration, sigmas: [Float]? = nil,
        widths: [Int]? = nil, frequencyCounts: [Int]? = nil, keeping: Keeping = .best, workers: Workers = Workers(),
        isolation: Isolation = .none
    ) {
        self.inputPath = inputPath
        self.outputFolder = outputFolder
        self.base = base
        self.sigmas = sigmas ?? base.encoding.sigma.map { [$0] } ?? []
        self.widths = widths ?? [base.width]
        self.frequencyCounts = frequencyCounts ?? base.encoding.frequencyCount.map { [$0] } ?? []
        self.keeping = keeping
        self.workers = workers
        self.isolation = isolation
    }

    /// One for each fit, σ changing slowest; every combination once.
    public var configurations: [FitConfiguration] {
        var configurations: [FitConfiguration] = []
        // An encoding without σ or frequencies has one fit each, whatever they are.
        for sigma in sigmas.isEmpty ? [nil] : sigmas.map(Optional.some) {
            for width in widths {
                for count in frequencyCounts.isEmpty ? [nil] : frequencyCounts.map(Optional.some) {
                    var configuration = base
                    configuration.encoding.sigma = sigma
                    configuration.width = width
                    configuration.encoding.frequencyCount = count
                    if !configurations.contains(configuration) { configurations.append(configuration) }
                }
            }
        }
        return configurations
    }

    /// Files that the caller reads beside the mesh and that must not be replaced either.
    public var otherInputs: [String] = []
    /// Whether files may be replaced that this program did not write.
    public var replacesForeignFiles = false
    /// The axis that points upwards in pictures; nil for the usual one of the input's format.
    public var up: Camera.UpAxis?

    private var results: ResultPaths { ResultPaths(folder: outputFolder, name: ResultPaths.stem(of: inputPath)) }

    /// The file of this sweep with an ending.
    public func outputPath(_ ending: String) -> String { results(ending) }

    /// The files of a sweep beside its models.
    public var files: [JobFile] {
        [
            JobFile(kind: .report, path: results("sweep.json")), JobFile(kind: .table, path: results("sweep.csv")),
            JobFile(kind: .plot, path: results("sweep.svg")), JobFile(kind: .plot, path: results("sweep.png")),
            JobFile(kind: .picture, path: results("sweep-sheet.png")),
        ]
    }

    /// Runs the fits that have no row yet.
    ///
    /// - Parameter notify: told which fit comes, how training goes and which row came of it; false ends the sweep, and the
    ///   fit that is running leaves no row.
    /// - Throws: one line each: a setting out of range before anything is run; a file that cannot be read or written. A fit
    ///   that fails is no reason to: its row says why.
    public func run(notify: (SweepEvent) -> Bool = { _ in true }) throws -> SweepResult {
        let configurations = configurations
        for configuration in configurations { try configuration.validate() }
        var stored = try prepareOutput(configurations)
        // Frame and labels are the same for all.
        let shape = try base.prepare(MeshImport.load(path: inputPath, isolation: isolation).mesh, workers: workers)
        for note in shape.notes { _ = notify(.note("\(inputPath): \(note)")) }
        let fingerprint = shape.fingerprint

        var result = SweepResult(rows: [], fitCount: configurations.count)
        // Known rows compete from the start, wherever they stand: the best model is not to be replaced by a lesser one.
        var best = SweepResult(
            rows: stored.filter { $0.mesh == fingerprint && configurations.contains($0.configuration) },
            fitCount: configurations.count
        ).best
        for (index, configuration) in configurations.enumerated() {
            if let row = stored.first(where: { $0.mesh == fingerprint && $0.configuration == configuration }) {
                result.rows.append(row)
                _ = notify(.known(row))
                continue
            }
            guard notify(.fit(index, of: configurations.count, configuration)),
                let row = try fit(shape, configuration, best: best, notify: notify)
            else { break }
            if row.isBetter(than: best) { best = row }
            if let model = row.model {
                // The file has a new owner.
                for other in stored.indices where stored[other].model == model { stored[other].model = nil }
                for other in result.rows.indices where result.rows[other].model == model {
                    result.rows[other].model = nil
                }
            }
            stored.append(row)
            result.rows.append(row)
            try store(stored)
            _ = notify(.row(row))
        }
        try AtomicFile.write(result.csv, to: outputPath("sweep.csv"))
        let plot = result.plot(title: results.name)
        try AtomicFile.write(plot.svg, to: results("sweep.svg"))
        try PNGFile.write(plot.image(), to: results("sweep.png"))
        let diagonal = Double(shape.bounds.diagonal) / shape.transform.scale
        try PNGFile.write(contactSheet(of: result, diagonal: diagonal), to: results("sweep-sheet.png"))
        return result
    }

    /// - Returns: nil when the caller ended it.
    private func fit(
        _ shape: PreparedMesh, _ configuration: FitConfiguration, best: SweepRow?,
        notify: (SweepEvent) -> Bool
    ) throws -> SweepRow? {
        let fitted: FittedShape<PreparedMesh>
        do {
            fitted = try Fit(configuration, workers: workers).run(shape) { notify(.training($0)) }
        } catch {
            return SweepRow(mesh: shape.fingerprint, configuration: configuration, failure: error.description)
        }
        if fitted.training.wasStopped { return nil }
        var row = SweepRow(
            mesh: shape.fingerprint, configuration: configuration,
            parameters: fitted.shape.correction.parameterCount,
            scores: FitReport.Scores(
                Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference, workers: workers)),
            steps: fitted.training.steps, seconds: fitted.training.seconds, finalLoss: fitted.training.finalLoss)
        try drawTile(of: fitted, shape)
        switch keeping {
        case .all: row.model = results(Self.setting(configuration) + ".safetensors")
        case .best: row.model = row.isBetter(than: best) ? outputPath("sweep-best.safetensors") : nil
        case .none: break
        }
        if let path = row.model { try fitted.shape.write(to: path, configuration: configuration) }
        return row
    }

    private static func setting(_ configuration: FitConfiguration) -> String {
        [
            configuration.encoding.sigma.map { "sigma\(shortText($0))" }, "width\(configuration.width)",
            configuration.encoding.frequencyCount.map { "frequencies\($0)" },
        ].compactMap { $0 }.joined(separator: "-")
    }

    /// Rows of earlier sweeps in the table's file. Before schema 1 that was the bare array.
    private struct Table: Codable {
        var rows: [SweepRow]
    }

    /// Finds out now whether the results can be written, and what earlier sweeps have left.
    private func prepareOutput(_ configurations: [FitConfiguration]) throws -> [SweepRow] {
        let table = results("sweep.json")
        var rows: [SweepRow] = []
        if let data = FileManager.default.contents(atPath: table) {
            let decoder = JSONDecoder()
            guard
                let known = (try? decoder.decode(Table.self, from: data))?.rows
                    ?? (try? decoder.decode([SweepRow].self, from: data))
            else {
                throw FileError(
                    path: table, reason: "is no sweep of this version; move it away or choose another folder")
            }
            rows = known
        }
        var outputs = OutputFiles(inputs: [inputPath] + otherInputs, replacesForeignFiles: true)
        try outputs.prepare([table])
        outputs.replacesForeignFiles = replacesForeignFiles
        let models: [String] =
            switch keeping {
            case .all: configurations.map { results(Self.setting($0) + ".safetensors") }
            case .best: [results("sweep-best.safetensors")]
            case .none: []
            }
        try outputs.prepare(files.map(\.path).filter { $0 != table } + models + configurations.map(tilePath))
        return rows
    }

    private func store(_ rows: [SweepRow]) throws {
        try AtomicFile.write(MarkedJSON(Table(rows: rows), command: "sweep").text(), to: results("sweep.json"))
    }
}

// MARK: Pictures

extension Sweep {
    /// Where the picture of one fit stays, for the sheets of sweeps to come.
    private func tilePath(_ configuration: FitConfiguration) -> String {
        "\(results("sweep"))/\(Self.setting(configuration)).png"
    }

    private func drawTile(of fitted: FittedShape<PreparedMesh>, _ shape: PreparedMesh) throws {
        // A panel has fewer pixels than the grid has cells.
        let extractor = SurfaceExtractor(resolution: min(fitted.configuration.resolution, 192))
        let surface = try? fitted.shape.extract(extractor, workers: workers)
        let tile = ContactSheet.tile(
            of: surface.map { fitted.shape.transform.unitMesh($0.mesh) }, beside: shape.mesh, shape.field,
            up: up ?? Camera.UpAxis.usual(ofFile: inputPath), workers: workers)
        try PNGFile.write(tile, to: tilePath(fitted.configuration))
    }

    private func contactSheet(of result: SweepResult, diagonal: Double) -> Image {
        let axes = [
            \FitConfiguration.encoding.sigma.text, \.width.description, \.encoding.frequencyCount.text,
        ]
        let names = ["σ", "width", "frequencies"]
        let varied = axes.indices.filter { axis in
            Set(result.rows.map { $0.configuration[keyPath: axes[axis]] }).count > 1
        }
        let entries = result.rows.map { row in
            let shown = varied.isEmpty ? [0] : varied
            let values = [
                row.configuration.encoding.sigma.map(shortText) ?? row.configuration.encoding.name,
                "\(row.configuration.width)",
                row.configuration.encoding.frequencyCount.text,
            ]
            return ContactSheet.Entry(
                title: shown.map { "\(names[$0]) \(values[$0])" }.joined(separator: ", "),
                caption: row.scores.map { String(printf: "IoU %.4f / %.4f", $0.uniform, $0.boundary) } ?? "failed",
                tile: try? PNGFile.read(tilePath(row.configuration)))
        }
        return ContactSheet(entries: entries, diagonal: diagonal).image
    }
}

/// Progress while a ``Sweep`` runs.
public enum SweepEvent: Sendable {
    /// Something the user should know of the input: what was done to it, what cannot be known of it.
    case note(String)
    /// A fit begins: its index, and how many there are.
    case fit(Int, of: Int, FitConfiguration)
    case training(FitProgress)
    case row(SweepRow)
    /// A row that an earlier sweep left.
    case known(SweepRow)
}

extension Optional where Wrapped: CustomStringConvertible {
    fileprivate var text: String { map(\.description) ?? "–" }
}
