import ArgumentParser
import Core
import Fitting
import Jobs
import NeuralFields
import Pictures

/// `shapefit signal data.csv`: a signal by a network, one coordinate to one value.
struct SignalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal", abstract: "Fit a signal of (x, y) lines: trains on every second, tests on the rest.",
        discussion: """
            Writes <name>-signal.csv (x, y and each fit), <name>-signal.svg and .png. Prints root mean squared errors in the \
            unit of y.
            """)

    @Argument(
        help:
            "A file of lines x,y, or - for standard input; a first line of names is skipped. Columns may also stand between semicolons, tabs or blanks, and then have decimal commas."
    )
    var data: String

    @OptionGroup var options: TableFitOptions

    /// The figures of one fit.
    private struct Row: Encodable {
        let encoding: String
        let trainingError: Double
        let testError: Double
    }

    /// The value that `--json` prints.
    private struct Result: Encodable {
        let fits: [Row]
        let files: [WrittenFile]
    }

    func run() throws {
        let input = try InputFile(data)
        let signal = try SignalFile(input.path)
        let name = data == StandardInput.dash ? "standard-input" : ResultPaths.stem(of: data)
        let results = ResultPaths(folder: options.output, name: "\(name)-signal")
        let files = ["csv", "svg", "png"].map { WrittenFile(kind: $0 == "csv" ? "table" : "plot", path: results($0)) }
        try options.replacement.prepare(files.map(\.path), reading: [input.path])
        let training = stride(from: 0, to: signal.count, by: 2).map { $0 }
        let test = stride(from: 1, to: signal.count, by: 2).map { $0 }
        let table = PointTable(
            dimension: 1, outputCount: 1, points: training.map { signal.unitX[$0] },
            targets: training.map { signal.standardY[$0] })
        let interruption = Interruption()
        var series: [Plot.Series] = [.init("data", x: signal.x, y: signal.y, style: .dots, colour: 6)]
        var columns: [(String, [Double])] = [("x", signal.x), ("y", signal.y)]
        var lines = [pad("", 22) + "training error  test error"]
        var rows: [Row] = []
        for (name, fit) in options.fits where !interruption.isRequested {
            let network = try options.train(fit, named: name, on: table, interruption: interruption)
            let values = network.values(at: signal.unitX, workers: options.common.workers).map(signal.originalY)
            func error(_ rows: [Int]) -> Double {
                let squares = rows.reduce(0.0) { $0 + (values[$1] - signal.y[$1]) * (values[$1] - signal.y[$1]) }
                return (squares / Double(max(rows.count, 1))).squareRoot()
            }
            let row = Row(encoding: name, trainingError: error(training), testError: error(test))
            rows.append(row)
            lines.append(
                pad(name, 22) + pad(String(printf: "%.5g", row.trainingError), 16)
                    + String(printf: "%.5g", row.testError))
            series.append(.init(name, x: signal.x, y: values, colour: series.count - 1))
            // The heading by which the table is known again as ours.
            columns.append(("shapefit " + name.replacing(",", with: ""), values))
        }
        let plot = Plot(title: name, xAxis: .init("x"), yAxis: .init("y"), series: series)
        try AtomicFile.write(plot.svg, to: results("svg"))
        try PNGFile.write(plot.image(), to: results("png"))
        let cells =
            [columns.map(\.0).joined(separator: ",")]
            + (0..<signal.count).map { row in columns.map { "\($0.1[row])" }.joined(separator: ",") }
        try AtomicFile.write(cells.joined(separator: "\n") + "\n", to: results("csv"))
        try options.common.report(
            Result(fits: rows, files: files), of: "signal",
            text: (lines + files.map(\.path)).joined(separator: "\n"))
        if let code = interruption.exitCode { throw code }
    }
}
