import ArgumentParser
import Core
import Fitting
import Foundation
import NeuralFields
import Pictures

/// `shapefit signal data.csv`: a signal by the network that shapes are learnt with, one coordinate to one value.
struct SignalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal", abstract: "Fit a signal of (x, y) lines: trains on every second, tests on the rest.",
        discussion: """
            Writes <name>-fit.csv (x, y and each fit), <name>-fit.svg and .png. Prints root mean squared errors in the \
            unit of y.
            """)

    @Argument(help: "A file of lines x,y; a first line of names is skipped.")
    var data: String

    @OptionGroup var options: TableFitOptions

    func run() throws {
        try reportingErrors {
            let signal = try SignalFile(data)
            try OutputFolder.prepare(options.output)
            let training = stride(from: 0, to: signal.count, by: 2).map { $0 }
            let test = stride(from: 1, to: signal.count, by: 2).map { $0 }
            let table = PointTable(
                dimension: 1, outputCount: 1, points: training.map { signal.unitX[$0] },
                targets: training.map { signal.standardY[$0] })
            let interruption = Interruption()
            var series: [Plot.Series] = [
                .init("data", x: signal.x, y: signal.y, style: .dots, colour: 6)
            ]
            var columns: [(String, [Double])] = [("x", signal.x), ("y", signal.y)]
            print(pad("", 22) + "training error  test error")
            for (name, fit) in options.fits where !interruption.isRequested {
                let network = try options.train(fit, named: name, on: table, interruption: interruption)
                let values = network.values(at: signal.unitX, workers: options.workers).map(signal.originalY)
                func error(_ rows: [Int]) -> Double {
                    let squares = rows.reduce(0.0) { $0 + (values[$1] - signal.y[$1]) * (values[$1] - signal.y[$1]) }
                    return (squares / Double(max(rows.count, 1))).squareRoot()
                }
                print(
                    pad(name, 22) + pad(String(format: "%.5g", error(training)), 16)
                        + String(format: "%.5g", error(test)))
                series.append(.init(name, x: signal.x, y: values, colour: series.count - 1))
                columns.append((name.replacingOccurrences(of: ",", with: ""), values))
            }
            let name = URL(fileURLWithPath: data).deletingPathExtension().lastPathComponent
            let path = OutputFolder.path(options.output, "\(name)-fit")
            let plot = Plot(title: name, xAxis: .init("x"), yAxis: .init("y"), series: series)
            try AtomicFile.write(plot.svg, to: path + ".svg")
            try PNGFile.write(plot.image(), to: path + ".png")
            let lines =
                [columns.map(\.0).joined(separator: ",")]
                + (0..<signal.count).map { row in columns.map { "\($0.1[row])" }.joined(separator: ",") }
            try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: path + ".csv")
            print([".svg", ".png", ".csv"].map { path + $0 }.joined(separator: "\n"))
        }
    }
}

/// A signal from a file, sorted by x.
struct SignalFile {
    let x: [Double]
    let y: [Double]
    /// x in [0, 1].
    let unitX: [Float]
    /// y of mean 0 and deviation 1.
    let standardY: [Float]
    private let mean: Double
    private let deviation: Double

    var count: Int { x.count }

    /// - Throws: `FileError` that names the line that is no pair of finite numbers; a file of fewer than four; x without
    ///   an extent.
    init(_ path: String) throws(FileError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw FileError(path: path, reason: isThere ? "is not a text file" : "no such file")
        }
        var pairs: [(x: Double, y: Double)] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(whereSeparator: { ",; \t".contains($0) })
            if fields.isEmpty || line.hasPrefix("#") { continue }
            let numbers = fields.prefix(2).compactMap { Double($0) }
            if numbers.count == 2, numbers.allSatisfy(\.isFinite) {
                pairs.append((numbers[0], numbers[1]))
            } else if !pairs.isEmpty || number > 0 {
                throw FileError(path: path, reason: "line \(number + 1) is not a pair of finite numbers x,y")
            }
        }
        guard pairs.count >= 4 else {
            throw FileError(path: path, reason: "has \(pairs.count) lines x,y; four at least are needed")
        }
        pairs.sort { $0.x < $1.x }
        let (low, high) = (pairs[0].x, pairs[pairs.count - 1].x)
        guard high > low, (high - low).isFinite else {
            throw FileError(path: path, reason: "all x are equal or too far apart")
        }
        x = pairs.map(\.x)
        y = pairs.map(\.y)
        let mean = y.reduce(0, +) / Double(y.count)
        let variance = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(y.count)
        let deviation = variance > 0 && variance.isFinite ? variance.squareRoot() : 1
        unitX = x.map { Float(($0 - low) / (high - low)) }
        standardY = y.map { Float(($0 - mean) / deviation) }
        self.mean = mean
        self.deviation = deviation
    }

    func originalY(_ value: Float) -> Double { Double(value) * deviation + mean }
}
