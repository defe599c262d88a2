import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import MeshIO
import NeuralFields

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

    /// Any file that ``MeshImport`` reads.
    public var inputPath: String
    /// Gets the files; made if it does not exist.
    public var outputFolder: String
    /// What all fits have in common.
    public var base: FitConfiguration
    public var sigmas: [Float]
    public var widths: [Int]
    public var frequencyCounts: [Int]
    public var keeping: Keeping
    public var workers: Workers
    public var isolation: Isolation

    /// - Parameters:
    ///   - sigmas, widths, frequencyCounts: values to combine; nil for the base's own.
    public init(
        inputPath: String, outputFolder: String = "output", base: FitConfiguration, sigmas: [Float]? = nil,
        widths: [Int]? = nil, frequencyCounts: [Int]? = nil, keeping: Keeping = .best, workers: Workers = Workers(),
        isolation: Isolation = .none
    ) {
        self.inputPath = inputPath
        self.outputFolder = outputFolder
        self.base = base
        self.sigmas = sigmas ?? [base.encoding.sigma]
        self.widths = widths ?? [base.width]
        self.frequencyCounts = frequencyCounts ?? [base.encoding.frequencyCount]
        self.keeping = keeping
        self.workers = workers
        self.isolation = isolation
    }

    /// One for each fit, σ changing slowest; every combination once.
    public var configurations: [FitConfiguration] {
        var configurations: [FitConfiguration] = []
        for sigma in sigmas {
            for width in widths {
                for count in frequencyCounts {
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

    private var name: String { URL(fileURLWithPath: inputPath).deletingPathExtension().lastPathComponent }

    /// The file of this sweep with an ending.
    public func outputPath(_ ending: String) -> String {
        (outputFolder.hasSuffix("/") ? outputFolder : outputFolder + "/") + "\(name).\(ending)"
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
        try makeFolder()
        // Frame and labels are the same for all.
        let shape = try base.prepare(MeshImport.load(path: inputPath, isolation: isolation).mesh, workers: workers)
        for note in shape.notes { _ = notify(.note("\(inputPath): \(note)")) }
        let fingerprint = shape.fingerprint

        var stored = try storedRows()
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
        try AtomicFile.write(result.plot(title: name).svg, to: outputPath("sweep.svg"))
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
        switch keeping {
        case .all:
            let setting =
                "sigma\(shortText(configuration.encoding.sigma))-width\(configuration.width)"
                + "-frequencies\(configuration.encoding.frequencyCount)"
            row.model = outputPath(setting + ".safetensors")
        case .best: row.model = row.isBetter(than: best) ? outputPath("sweep-best.safetensors") : nil
        case .none: break
        }
        if let path = row.model { try fitted.shape.write(to: path, configuration: configuration) }
        return row
    }

    private func storedRows() throws -> [SweepRow] {
        let path = outputPath("sweep.json")
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try JSONDecoder().decode([SweepRow].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw FileError(path: path, reason: "is no sweep of this version; move it away or choose another --output")
        }
    }

    private func store(_ rows: [SweepRow]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(
            String(decoding: try encoder.encode(rows), as: UTF8.self) + "\n", to: outputPath("sweep.json"))
    }

    private func makeFolder() throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: outputFolder, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: outputFolder, reason: "the output folder cannot be made; choose another --output")
        }
    }
}

/// What happens while a ``Sweep`` runs.
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
