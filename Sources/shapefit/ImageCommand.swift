import ArgumentParser
import Core
import Fitting
import Jobs
import NeuralFields
import Pictures

/// `shapefit image photo.png`: an image by a network, two coordinates to three colours.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Fit an image: trains on every second pixel each way, tests on the rest.",
        discussion: """
            Prints the peak signal-to-noise ratio of both sets in dB and writes <name>-fit.png, the reconstruction with \
            the best test figure, and <name>-fit.json. With several --sigma, or --compare, a line for each.
            """)

    @Argument(help: "The image, a PNG file, or - for standard input.")
    var image: String

    @OptionGroup var options: TableFitOptions

    /// A line of the table.
    private struct Row: Codable {
        let encoding: String
        let trainingDecibels: Double
        let testDecibels: Double
        let seconds: Double
        let configuration: TableFit
    }

    /// What the JSON file holds and `--json` prints.
    private struct Result: Encodable {
        let fits: [Row]
        let files: [WrittenFile]
    }

    func run() throws {
        let input = try InputFile(image)
        let name = image == StandardInput.dash ? "standard-input" : ResultPaths.stem(of: image)
        let results = ResultPaths(folder: options.output, name: "\(name)-fit")
        let files = ["png", "json"].map { WrittenFile(kind: $0 == "png" ? "picture" : "report", path: results($0)) }
        try options.replacement.prepare(files.map(\.path), reading: [input.path])
        let picture = try PNGFile.read(input.path)
        guard picture.width >= 2, picture.height >= 2 else {
            throw FileError(path: image, reason: "is \(picture.width) by \(picture.height) pixels; 2 by 2 at least")
        }
        if picture.isTransparentSomewhere { options.common.note("\(image): transparent pixels are put on white") }
        let split = ImageSplit(picture)
        if split.hasOneColour {
            options.common.note("\(image): all pixels have one colour, so that there is nothing to learn or to compare")
        }
        let (training, test) = (split.pixels(training: true), split.pixels(training: false))
        let table = PointTable(
            dimension: 2, outputCount: 3, points: training.flatMap { split.points[(2 * $0)..<(2 * $0 + 2)] },
            // Centred, so that an untrained network starts from grey.
            targets: training.flatMap { split.colours[(3 * $0)..<(3 * $0 + 3)].map { $0 - 0.5 } })
        let interruption = Interruption()
        var rows: [Row] = []
        var best: (decibels: Double, values: [Float]) = (-.infinity, [])
        var lines = [pad("", 22) + "training dB  test dB  seconds"]
        for (name, fit) in options.fits where !interruption.isRequested {
            let start = ContinuousClock.now
            let network = try options.train(fit, named: name, on: table, interruption: interruption)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let values = network.values(at: split.points, workers: options.common.workers).map { $0 + 0.5 }
            let row = Row(
                encoding: name, trainingDecibels: split.signalToNoise(of: values, over: training),
                testDecibels: split.signalToNoise(of: values, over: test), seconds: seconds, configuration: fit)
            rows.append(row)
            if row.testDecibels > best.decibels { best = (row.testDecibels, values) }
            lines.append(
                pad(name, 22) + pad(formatted(row.trainingDecibels, digits: 2), 13)
                    + pad(formatted(row.testDecibels, digits: 2), 9) + formatted(seconds, digits: 1))
        }
        if !best.values.isEmpty { try PNGFile.write(split.image(of: best.values), to: results("png")) }
        let result = Result(fits: rows, files: best.values.isEmpty ? Array(files.suffix(1)) : files)
        try AtomicFile.write(MarkedJSON(result, command: "image").text(), to: results("json"))
        try options.common.report(
            result, of: "image", text: (lines + result.files.map(\.path)).joined(separator: "\n"))
        if let code = interruption.exitCode { throw code }
    }
}
