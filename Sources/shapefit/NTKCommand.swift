import ArgumentParser
import Core
import Fitting
import Geometry
import Jobs
import MeshIO
import NeuralFields
import TangentKernels

/// `shapefit ntk <mesh>`: what the kernel of a network with each σ can learn of a shape, and how the real network does.
struct NTKCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ntk", abstract: "Show what the choice of sigma does: kernels, spectra and what they can learn.",
        discussion: """
            Composes the encoding with the infinite network's neural tangent kernel, takes the kernel over labelled \
            points of the shape apart into eigenvectors, and predicts what gradient descent learns first; then trains a \
            real network by plain gradient descent and shows its residuals beside the prediction. Writes \
            <name>-ntk-*.svg and .png, and <name>-ntk.json. docs/theory.md derives what is shown.
            """)

    @Argument(help: "The mesh. Left out with --demo.")
    var mesh: String?

    @Flag(help: "No mesh: a one-dimensional signal from few samples, over many sigmas.")
    var demo = false

    @Flag(help: "No mesh: how the kernel of real networks approaches the closed form as width grows, over 8 seeds.")
    var convergence = false

    @Option(
        help: ArgumentHelp(
            "Standard deviations of the Gaussian frequencies, with commas between them.", valueName: "list"))
    var sigma = NumberList([1, 5, 25])

    @Option(
        help:
            ArgumentHelp(
                "What the network sees of a point: \(EncodingChoice.list); none with parameters of its own. Only gaussian has a sigma."
            )
    )
    var encoding = EncodingChoice(GaussianFrequencies())

    @Option(help: "What the shape's labels are: sdf (compressed, as a fit learns it) or occupancy (±1).")
    var target: FieldTarget.Kind = .sdf

    @Option(
        help: ArgumentHelp(
            "For sdf: take the labels on a base of this many cells, as a fit's correction learns them; or none: compressed distances.",
            valueName: "cells|none"))
    var base: BaseChoice = .none

    @Option(help: "Labelled points; memory grows with their square, time with their cube.")
    var points = 1024

    @Option(help: "Gaussian: number of frequencies. Positional and transformer: levels per axis.")
    var frequencies: Int?

    @Option(help: "Power p of amplitudes |b|^-p.")
    var amplitudeExponent: Float = 0

    @Option(help: "Units of a hidden layer of the real network.")
    var width = 128

    @Option(help: "Hidden layers.")
    var depth = 2

    @Option(help: "Steps of plain gradient descent that are measured.")
    var steps = 1000

    @Option(help: "Length of a step times the largest eigenvalue; below 2, and small for theory to hold.")
    var stepSize = 0.2

    @Option(help: "Add this many mean eigenvalues to a kernel's diagonal. Without it, a singular kernel is an error.")
    var ridge = 0.0

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder to write into.", valueName: "folder"))
    var output = "output"

    @Option(help: "Seed of points, frequencies and weights.")
    var seed: UInt64 = 0

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard [demo, convergence, mesh != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("give a mesh, or --demo or --convergence without one")
        }
        for sigma in sigma.values where !(sigma > 0 && sigma.isFinite) {
            throw ValidationError("--sigma \(sigma): must be positive numbers of cycles (try 1,5,25)")
        }
        guard (8...1_000_000).contains(points) else { throw ValidationError("--points \(points): must be at least 8") }
        guard (1...1_000_000).contains(steps) else {
            throw ValidationError("--steps \(steps): must be between 1 and 1000000")
        }
        if convergence && seed > .max - 8 { throw ValidationError("--seed \(seed): must leave room for 8 seeds") }
        guard (1...16_384).contains(width), (1...64).contains(depth) else {
            throw ValidationError("--width must be between 1 and 16384, --depth between 1 and 64")
        }
        if let cells = base.resolution, !(4...512).contains(cells) {
            throw ValidationError("--base \(cells): must be between 4 and 512 cells")
        }
    }

    func run() throws {
        if demo { try runDemo() }
        if convergence { try runConvergence() }
        if let mesh { try run(on: mesh) }
    }

    private func runDemo() throws {
        let plots = NTKPlots(prefix: ResultPaths(folder: output, name: "demo-ntk").prefix)
        try replacement.prepare(plots.demoFiles, reading: [])
        let sigmas = (-4...12).map { Float(exp2(Double($0) / 2)) }
        let sweep = try SignalSweep(sigmas: sigmas, seed: seed, workers: common.workers)
        try plots.write(sweep)
        let lines = sweep.rows.map { row in
            "sigma \(pad(formattedSigma((row.sigma * 100).rounded() / 100), 6)) train \(formatted(row.trainError, digits: 4)) "
                + "test \(formatted(row.testError, digits: 4)) after endless training \(formatted(row.testErrorOfLimit, digits: 4))"
        }
        let rows = sweep.rows.map {
            NTKDemoRow(
                sigma: $0.sigma, trainError: $0.trainError, testError: $0.testError,
                testErrorOfLimit: $0.testErrorOfLimit)
        }
        try common.report(
            NTKResult(rows, plots.demoFiles), of: "ntk",
            text: (lines + [NTKWords.paragraph(sweep)] + plots.demoFiles).joined(separator: "\n"))
    }

    private func runConvergence() throws {
        let encoding = try GaussianFrequencies(
            sigma: sigma.values[sigma.values.count / 2], frequencyCount: frequencies ?? 128, seed: seed
        ).makeEncoding(inputDimension: 3)
        let stream = RandomStream(seed: seed, stream: 0x7769_6474)
        let cube = (0..<3 * 64).map { stream.uniforms(at: UInt64($0)).x }
        var lines = ["width   standard parameterisation   tangent parameterisation"]
        var rows: [WidthConvergence] = []
        for width in [32, 64, 128, 256, 512, 1024, 2048] {
            for row in try WidthConvergence.measure(
                encoding: encoding, depth: depth, initialization: .he, widths: [width], seeds: seed..<(seed + 8),
                points: cube, workers: common.workers)
            {
                func text(_ statistic: WidthConvergence.Statistic) -> String {
                    "\(formatted(statistic.mean, digits: 3)) ± \(formatted(statistic.deviation, digits: 3))"
                }
                lines.append(pad("\(width)", 8) + pad(text(row.standardError), 28) + text(row.tangentError))
                rows.append(row)
            }
        }
        try common.report(NTKResult(rows), of: "ntk", text: lines.joined(separator: "\n"))
    }

    private func run(on mesh: String) throws {
        try MemoryLimit.check(count: points, bytesPerPair: Eigendecomposition.bytesPerPair + 24)
        let input = try InputFile(mesh)
        let name = mesh == StandardInput.dash ? "standard-input" : ResultPaths.stem(of: mesh)
        let plots = NTKPlots(prefix: ResultPaths(folder: output, name: "\(name)-ntk").prefix)
        let encodings = try encodings()
        let files = plots.files(studyCount: encodings.count)
        try replacement.prepare(files, reading: [input.path])
        let labelled = try ShapeLabels(
            mesh: input.path, target: target, base: base.resolution, count: points, seed: seed, workers: common.workers
        ).points
        let studies = try encodings.map { name, encoding in
            try KernelStudy(
                name: name, encoding: encoding, points: labelled,
                configuration: .init(
                    width: width, depth: depth, descent: .init(steps: steps, largestStep: stepSize), ridge: ridge,
                    seed: seed),
                workers: common.workers
            ) { if !common.quiet { writeToStandardError("\($0) …\n") } }
        }
        try plots.write(studies)
        let energy = labelled.targets.reduce(0) { $0 + Double($1 * $1) } / Double(max(labelled.targets.count, 1))
        try common.report(
            NTKResult(studies.map { NTKSummary($0) }, files), of: "ntk",
            text: ([
                "mean square of the labels: \(formatted(energy, digits: 4))", NTKWords.table(studies),
                NTKWords.paragraph(studies, steps: steps),
            ] + files)
            .joined(separator: "\n"))
    }

    /// The encodings to study, with names for plots.
    private func encodings() throws -> [(String, any Encoding)] {
        func make(_ sigma: Float?) throws -> any Encoding {
            var configuration = encoding.configuration
            configuration.sigma = sigma
            configuration.frequencyCount = frequencies
            configuration.seed = seed
            if var fourier = configuration.settings as? any FourierSettings {
                fourier.amplitudes.exponent = amplitudeExponent
                configuration.settings = fourier
            }
            return try configuration.makeEncoding(inputDimension: 3)
        }
        guard encoding.configuration.sigma != nil else { return [(encoding.configuration.name, try make(nil))] }
        return try sigma.values.map { ("σ = \(formattedSigma($0))", try make($0)) }
    }
}

func pad(_ text: String, _ length: Int) -> String {
    text.padded(to: max(length, text.count))
}

/// What `ntk --json` prints: the JSON file's own content has the curves too.
struct NTKResult<Row: Encodable>: Encodable {
    let rows: [Row]
    let files: [WrittenFile]

    init(_ rows: [Row], _ paths: [String] = []) {
        self.rows = rows
        files = paths.map { WrittenFile(kind: $0.hasSuffix(".json") ? "report" : "plot", path: $0) }
    }
}

/// A row of the demonstration without its curve.
private struct NTKDemoRow: Encodable {
    let sigma: Float
    let trainError: Double
    let testError: Double
    let testErrorOfLimit: Double
}

/// A shape's points with the labels that a fit learns.
struct ShapeLabels {
    let points: LabelledPoints

    /// - Parameters:
    ///   - base: cells of a base from which distances are taken, in the target's scales; nil for compressed distances.
    ///   - count: of points to learn from; four times as many are for testing.
    init(
        mesh path: String, target: FieldTarget.Kind, base: Int? = nil, count: Int, seed: UInt64, workers: Workers
    ) throws {
        let shape = try PreparedMesh(path: path, workers: workers)
        var recipe = Preset.default.configuration
        recipe.switchBase(to: base)
        let lattice = base.map {
            BaseLattice(shape.distanceField, bounds: shape.bounds, resolution: $0, workers: workers)
        }
        func draw(_ count: Int, purpose: UInt64) throws -> (points: [Float], targets: [Float]) {
            let sampler = try Sampler(shape, configuration: recipe.labels.sampling, seed: seed, purpose: purpose)
            let positions = sampler.points(0..<count, workers: workers)
            let distances = shape.signedDistances(at: positions, workers: workers)
            let bases = lattice?.values(at: positions, workers: workers)
            return (
                positions.flatMap { [$0.x, $0.y, $0.z] },
                // A network's labels of mean near zero: +1 outside as for distances, −1 inside.
                distances.enumerated().map { index, distance in
                    if target == .occupancy { return distance < 0 ? -1 : 1 }
                    return recipe.target.networkValue(ofDistance: distance - (bases?[index] ?? 0))
                }
            )
        }
        let training = try draw(count, purpose: 0x6e74)
        let test = try draw(4 * count, purpose: 0x6e75)
        points = LabelledPoints(
            dimension: 3, points: training.points, targets: training.targets, testPoints: test.points,
            testTargets: test.targets)
    }
}
