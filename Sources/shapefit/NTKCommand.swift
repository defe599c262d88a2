import ArgumentParser
import Core
import Fitting
import Foundation
import Geometry
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
            "What the network sees of a point: gaussian, positional, transformer, basic or none. Only gaussian has a sigma."
    )
    var encoding: Encoding.Kind = .gaussian

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

    @Option(help: ArgumentHelp("Folder to write into.", valueName: "folder"))
    var output = "output"

    @Option(help: "Seed of points, frequencies and weights.")
    var seed: UInt64 = 0

    @Option(help: "Threads (default: one a processor).")
    var threads: Int?

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
        guard (1...16_384).contains(width), (1...64).contains(depth) else {
            throw ValidationError("--width must be between 1 and 16384, --depth between 1 and 64")
        }
        if let cells = base.resolution, !(4...512).contains(cells) {
            throw ValidationError("--base \(cells): must be between 4 and 512 cells")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): must be between 1 and 1024")
        }
    }

    func run() throws {
        try reportingErrors {
            let workers = Workers(count: threads)
            try OutputFolder.prepare(output)
            if demo { try runDemo(workers) }
            if convergence { try runConvergence(workers) }
            if let mesh { try run(on: mesh, workers) }
        }
    }

    private func runDemo(_ workers: Workers) throws {
        let sigmas = (-4...12).map { Float(exp2(Double($0) / 2)) }
        let sweep = try SignalSweep(sigmas: sigmas, seed: seed, workers: workers)
        let files = try NTKPlots(prefix: OutputFolder.path(output, "demo-ntk")).write(sweep)
        for row in sweep.rows {
            print(
                "sigma \(pad(formattedSigma((row.sigma * 100).rounded() / 100), 6)) train \(formatted(row.trainError, digits: 4)) "
                    + "test \(formatted(row.testError, digits: 4)) after endless training \(formatted(row.testErrorOfLimit, digits: 4))"
            )
        }
        print(NTKWords.paragraph(sweep))
        print(files.joined(separator: "\n"))
    }

    private func runConvergence(_ workers: Workers) throws {
        let encoding = try EncodingConfiguration(
            sigma: sigma.values[sigma.values.count / 2], frequencyCount: frequencies ?? 128, seed: seed
        ).makeEncoding(inputDimension: 3)
        let stream = RandomStream(seed: seed, stream: 0x7769_6474)
        let cube = (0..<3 * 64).map { stream.uniforms(at: UInt64($0)).x }
        print("width   standard parameterisation   tangent parameterisation")
        for width in [32, 64, 128, 256, 512, 1024, 2048] {
            for row in try WidthConvergence.measure(
                encoding: encoding, depth: depth, initialization: .he, widths: [width], seeds: seed..<(seed + 8),
                points: cube, workers: workers)
            {
                func text(_ statistic: WidthConvergence.Statistic) -> String {
                    "\(formatted(statistic.mean, digits: 3)) ± \(formatted(statistic.deviation, digits: 3))"
                }
                print(pad("\(width)", 8) + pad(text(row.standardError), 28) + text(row.tangentError))
            }
        }
    }

    private func run(on path: String, _ workers: Workers) throws {
        try MemoryLimit.check(count: points, bytesPerPair: Eigendecomposition.bytesPerPair + 24)
        let labelled = try ShapeLabels(
            mesh: path, target: target, base: base.resolution, count: points, seed: seed, workers: workers
        ).points
        var studies: [KernelStudy] = []
        for (name, encoding) in try encodings() {
            studies.append(
                try KernelStudy(
                    name: name, encoding: encoding, points: labelled,
                    configuration: .init(
                        width: width, depth: depth,
                        descent: .init(steps: steps, largestStep: stepSize), ridge: ridge, seed: seed),
                    workers: workers
                ) { writeToStandardError("\($0) …\n") })
        }
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        let files = try NTKPlots(prefix: OutputFolder.path(output, "\(name)-ntk")).write(studies)
        let energy = labelled.targets.reduce(0) { $0 + Double($1 * $1) } / Double(max(labelled.targets.count, 1))
        print("mean square of the labels: \(formatted(energy, digits: 4))")
        print(NTKWords.table(studies))
        print(NTKWords.paragraph(studies, steps: steps))
        print(files.joined(separator: "\n"))
    }

    /// The encodings to study, with names for plots.
    private func encodings() throws -> [(String, Encoding)] {
        func make(_ sigma: Float) throws -> Encoding {
            let usual = encoding == .positional ? 6 : encoding == .transformer ? 24 : 128
            return try EncodingConfiguration(
                kind: encoding, sigma: sigma, frequencyCount: frequencies ?? usual,
                amplitudeExponent: amplitudeExponent, seed: seed
            ).makeEncoding(inputDimension: 3)
        }
        guard encoding == .gaussian else { return [(encoding.rawValue, try make(1))] }
        return try sigma.values.map { ("σ = \(formattedSigma($0))", try make($0)) }
    }
}

func pad(_ text: String, _ length: Int) -> String {
    text.padding(toLength: max(length, text.count), withPad: " ", startingAt: 0)
}

/// Where a command writes.
enum OutputFolder {
    /// Makes the folder.
    static func prepare(_ folder: String) throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: folder, reason: "the output folder cannot be made; choose another --output")
        }
    }

    static func path(_ folder: String, _ name: String) -> String {
        (folder.hasSuffix("/") ? folder : folder + "/") + name
    }
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
