import ArgumentParser
import Core
import NeuralFields

/// The settings that fits of images and of signals share.
struct TableFitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Standard deviations of the Gaussian frequencies, in cycles over the longest side; several with commas between them.",
            valueName: "list"))
    var sigma = NumberList([10])

    @Option(help: ArgumentHelp("What the network sees of a point: \(EncodingChoice.list)."))
    var encoding = EncodingChoice(GaussianFrequencies())

    @Flag(help: "Train once with each of none, basic, positional and gaussian.")
    var compare = false

    @Option(
        help:
            "Gaussian: number of frequencies (default: 128). Positional and transformer: levels per axis (defaults: 6 and 24)."
    )
    var frequencies: Int?

    @Option(help: "Units of a hidden layer.")
    var width = 128

    @Option(help: "Hidden layers.")
    var depth = 2

    @Option(help: "Steps of training.")
    var steps = 1000

    @Option(help: "Points of a step.")
    var batchSize = 8192

    @Option(help: "Peak learning rate.")
    var learningRate: Float = 3e-3

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder to write into.", valueName: "folder"))
    var output = "output"

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 0

    @OptionGroup var replacement: ReplacementOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        for sigma in sigma.values where !(sigma > 0 && sigma.isFinite) {
            throw ValidationError("--sigma \(sigma): must be a positive number of cycles (try 10)")
        }
        guard learningRate > 0, learningRate <= 10 else {
            throw ValidationError("--learning-rate \(learningRate): must be above 0 and at most 10")
        }
    }

    /// What is trained, with names for the table.
    var fits: [(name: String, fit: TableFit)] {
        let compared: [any EncodingSettings] = [
            IdentityEncoding.Settings(), BasicFrequencies(), PositionalFrequencies(), GaussianFrequencies(),
        ]
        let choices = compare ? compared.map { EncodingConfiguration($0) } : [encoding.configuration]
        return choices.flatMap { choice in
            (choice.sigma == nil ? [nil] : sigma.values.map(Optional.some)).map { sigma in
                var fit = TableFit(encoding: choice, width: width, depth: depth, steps: steps, seed: seed)
                fit.encoding.sigma = sigma
                fit.encoding.seed = seed
                if choice.name == encoding.configuration.name || choice.sigma != nil {
                    fit.encoding.frequencyCount = frequencies
                }
                fit.training.batchSize = batchSize
                fit.training.schedule.peak = learningRate
                return (sigma.map { "\(choice.name), σ = \(formattedSigma($0))" } ?? choice.name, fit)
            }
        }
    }

    /// Trains, telling progress on standard error; Ctrl-C ends a training with what has been learnt.
    func train(
        _ fit: TableFit, named name: String, on table: PointTable, interruption: Interruption
    ) throws -> CoordinateNetwork {
        try fit.run(table, workers: common.workers) { step, loss in
            if !common.quiet, step % max(1, fit.steps / 10) == 0 {
                writeToStandardError(
                    "\(name): step \(step) of \(fit.steps), loss \(formatted(Double(loss), digits: 6))\n")
            }
            return !interruption.isRequested
        }
    }
}
