import ArgumentParser
import Core
import Fitting
import Jobs
import NeuralFields

extension FieldTarget.Kind: ExpressibleByArgument {}

/// An encoding by its name, with its usual settings.
struct EncodingChoice: ExpressibleByArgument {
    let configuration: EncodingConfiguration

    init(_ settings: any EncodingSettings) { configuration = EncodingConfiguration(settings) }

    init?(argument: String) {
        guard let configuration = EncodingConfiguration(named: argument) else { return nil }
        self.configuration = configuration
    }

    static var allValueStrings: [String] { EncodingConfiguration.all.map { $0.name } }

    var defaultValueDescription: String { configuration.name }

    /// As a list for help texts: "a, b or c".
    static var list: String {
        allValueStrings.dropLast().joined(separator: ", ") + " or " + (allValueStrings.last ?? "")
    }
}

extension Preset: ExpressibleByArgument {}

/// σ as a number or left to a search.
enum SigmaChoice: ExpressibleByArgument {
    case number(Float)
    case automatic

    init?(argument: String) {
        if argument == "auto" {
            self = .automatic
        } else if let number = Float(argument) {
            self = .number(number)
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .number(let number): shortText(number)
        case .automatic: "auto"
        }
    }
}

/// One value of σ, or several with commas between them, of which a batch makes a fit each.
struct SigmaList: ExpressibleByArgument {
    let values: [SigmaChoice]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { SigmaChoice(argument: String($0)) }
        guard !values.isEmpty, values.count == parts.count else { return nil }
        self.values = values
    }

    /// Whether σ is searched for.
    var isAutomatic: Bool {
        if case .automatic? = values.first { true } else { false }
    }
}

/// One seed, several with commas between them, or a range such as 0..9, of which a batch makes a fit each.
struct SeedList: ExpressibleByArgument {
    let values: [UInt64]

    init?(argument: String) {
        let ends = argument.split(separator: "..", omittingEmptySubsequences: false)
        if ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]), first <= last,
            last - first < 1 << 20
        {
            values = Array(first...last)
            return
        }
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { UInt64($0) }
        guard !values.isEmpty, values.count == parts.count else { return nil }
        self.values = values
    }
}

/// A base of a resolution, or none.
enum BaseChoice: ExpressibleByArgument {
    case cells(Int)
    case none

    init?(argument: String) {
        if argument == "none" {
            self = .none
        } else if let cells = Int(argument) {
            self = .cells(cells)
        } else {
            return nil
        }
    }

    var resolution: Int? {
        if case .cells(let cells) = self { cells } else { nil }
    }
}

/// A tolerance as a length, or as a part of the diagonal with a per cent sign.
struct ToleranceChoice: ExpressibleByArgument {
    let tolerance: Tolerance

    init?(argument: String) {
        let isShare = argument.hasSuffix("%")
        guard let number = Double(isShare ? String(argument.dropLast()) : argument) else { return nil }
        tolerance = Tolerance(isShare ? number / 100 : number, unit: isShare ? .diagonal : .length)
    }
}

/// How a correction is represented.
enum CorrectionChoice: String, ExpressibleByArgument, CaseIterable {
    case network, grid
}

/// The settings of a fit as options; what is not given comes from the preset or the configuration file.
struct FitOptions: ParsableArguments {
    @Option(
        help:
            "Where settings start from: instant (about a second, a solved grid instead of a network), tiny (some ten kilobytes, for shaders), fast (5 to 8 s in all), default (half a minute), compact (at most 132k parameters, a minute), fine (four minutes), tancik2020 (the paper's recipe, about an hour). (default: default)"
    )
    var preset: Preset?

    @Option(
        name: .customLong("configuration"),
        help: ArgumentHelp(
            "Start from a JSON file that --print-configuration wrote instead of a preset.", valueName: "file"))
    var configurationFile: String?

    @Option(
        help:
            "Standard deviation of the Gaussian frequencies, in cycles per unit-cube side, or auto: searched for by short trainings, in less than a tenth of the fit's time but for short fits (default: the preset's)."
    )
    var sigma: SigmaList?

    @Option(help: "What the network learns: sdf (signed distance) or occupancy (default: sdf).")
    var target: FieldTarget.Kind?

    @Option(help: ArgumentHelp("What the network sees of a point: \(EncodingChoice.list) (default: gaussian)."))
    var encoding: EncodingChoice?

    @Option(
        help:
            "Gaussian: number of frequencies (default: the preset's). Positional and transformer: levels per axis (defaults: 6 and 24)."
    )
    var frequencies: Int?

    @Option(
        help: ArgumentHelp(
            "Exact distances on a lattice of this many cells along the longest side, on which the network learns a correction; or none: the network learns the whole field, right only near the surface (default: 32; compact 16, tiny 8).",
            valueName: "cells|none"))
    var base: BaseChoice?

    @Option(
        help:
            "What is learnt: network (trained), or grid (solved: coefficients in the cells that the surface crosses, in a second or so) (default: network, with --preset instant grid)."
    )
    var correction: CorrectionChoice?

    @Option(
        help: ArgumentHelp(
            "grid: how far the written surface may be from the mesh, and the mesh from it, anywhere: a length in the mesh's unit, or a part of the diagonal of its box. Chooses the number of coefficients, and proves the result or says how close it came and why.",
            valueName: "0.05 or 0.1%"))
    var tolerance: ToleranceChoice?

    @Option(help: "grid: about how many coefficients (default: as many as the shape asks for, 120 000 to 260 000).")
    var coefficients: Int?

    @Option(
        help:
            "grid: levels, each with cells half as large where the error is largest (default: \(GridSettings().levels))."
    )
    var levels: Int?

    @Option(help: "Units of a hidden layer (default: the preset's).")
    var width: Int?

    @Option(help: "Number of hidden layers (default: the preset's).")
    var depth: Int?

    @Option(help: "Steps of training.")
    var steps: Int?

    @Option(help: "Seconds of training, instead of a number of steps.")
    var seconds: Double?

    @Option(help: "Points of a step.")
    var batchSize: Int?

    @Option(help: "Peak learning rate.")
    var learningRate: Float?

    @Option(
        help:
            "Cells along the longest side of the extraction grid (default: the preset's, and more where the thinnest walls need it; 0 with --correction grid: at its own cells)."
    )
    var resolution: Int?

    @OptionGroup var inside: SignOptions

    @Option(help: "Seed of everything random; the same seed gives the same bits (default: 0).")
    var seed: SeedList?

    func validate() throws {
        if steps != nil && seconds != nil {
            throw ValidationError("--steps and --seconds exclude each other: give one")
        }
    }

    /// Whatever a grid would pass over.
    private func refuseOptionsOfNetworks(withTolerance: Bool) throws {
        let given: [(String, Bool)] = [
            ("--sigma", sigma != nil), ("--encoding", encoding != nil), ("--frequencies", frequencies != nil),
            ("--base", base != nil), ("--width", width != nil), ("--depth", depth != nil), ("--steps", steps != nil),
            ("--seconds", seconds != nil), ("--batch-size", batchSize != nil), ("--learning-rate", learningRate != nil),
        ]
        if let (name, _) = given.first(where: \.1) {
            throw ValidationError(
                "\(name) is a network's, and a grid is solved, not trained: leave it out, or give --correction network")
        }
        guard withTolerance else { return }
        if levels != nil { throw ValidationError("--tolerance chooses the levels: leave out --levels") }
        if resolution != nil {
            throw ValidationError("--tolerance chooses the surface's cells: leave out --resolution")
        }
    }

    /// Preset, file or else `start`, with the options that were given put in.
    ///
    /// - Parameter start: what there is without preset and file; nil for the default preset.
    func makeConfiguration(startingFrom start: FitConfiguration? = nil) throws -> FitConfiguration {
        var configuration = preset?.configuration ?? start ?? Preset.default.configuration
        if let configurationFile {
            configuration = try FitConfiguration(jsonFile: configurationFile)
        }
        if let target, target != configuration.target.kind { configuration.switchTarget(to: target) }
        if let base { configuration.switchBase(to: base.resolution) }
        switch correction {
        case .network: configuration.switchGrid(to: nil)
        case .grid: configuration.switchGrid(to: configuration.grid ?? GridSettings())
        case nil: break
        }
        if let tolerance {
            if correction == .network {
                throw ValidationError("--tolerance is a grid's: a network's error cannot be chosen")
            }
            if coefficients != nil {
                throw ValidationError("--tolerance chooses the coefficients: give one of the two")
            }
            if configuration.grid == nil { configuration.switchGrid(to: GridSettings()) }
            configuration.grid?.tolerance = tolerance.tolerance
        }
        if let coefficients { configuration.grid?.coefficients = coefficients }
        if let levels { configuration.grid?.levels = levels }
        if configuration.grid == nil, coefficients ?? levels != nil {
            throw ValidationError(
                "--coefficients and --levels are a grid's: give --correction grid or --preset instant too")
        }
        if configuration.grid != nil { try refuseOptionsOfNetworks(withTolerance: tolerance != nil) }
        if let encoding = encoding?.configuration, encoding.name != configuration.encoding.name {
            configuration.encoding.switchTo(encoding)
        }
        if sigma?.values.count ?? 1 > 1 || seed?.values.count ?? 1 > 1 {
            throw ValidationError("--sigma and --seed take several values in shapefit batch only: give one")
        }
        if case .number(let sigma)? = sigma?.values.first {
            guard configuration.encoding.sigma != nil else {
                throw ValidationError("--sigma: the encoding \(configuration.encoding.name) has none to set")
            }
            configuration.encoding.sigma = sigma
        }
        if let frequencies {
            guard configuration.encoding.frequencyCount != nil else {
                throw ValidationError("--frequencies: the encoding \(configuration.encoding.name) has none to set")
            }
            configuration.encoding.frequencyCount = frequencies
        }
        if let width { configuration.width = width }
        if let depth { configuration.depth = depth }
        if let steps { configuration.budget = .steps(steps) }
        if let seconds { configuration.budget = .seconds(seconds) }
        if let batchSize { configuration.training.batchSize = batchSize }
        if let learningRate { configuration.training.schedule.peak = learningRate }
        if let sign = inside.sign { configuration.labels.sign = sign }
        if let accuracy = inside.windingAccuracy { configuration.labels.windingAccuracy = accuracy }
        if let resolution { configuration.resolution = resolution }
        if let seed = seed?.values.first {
            configuration.seed = seed
            configuration.encoding.seed = seed
        }
        try configuration.validate()
        return configuration
    }
}
