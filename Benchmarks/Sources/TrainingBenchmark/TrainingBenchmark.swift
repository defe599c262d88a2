import Core
import Foundation
import NeuralFields

/// Measures training and inference against the machine's own matrix product:
/// `benchmark-training [--seconds S] [--only N] [--single] [--rates-only]`
///
/// --seconds     about as long for each figure (1)
/// --only        the Nth network alone, from 0
/// --single      one thread, and rates a second of processor time: ratios that other load hardly disturbs
/// --rates-only  training rates as bare numbers, one network a line, for the peers' scripts
///
/// A network's product and its training take turns, and ratios are medians of turns.
@main struct TrainingBenchmark {
    private static let turns = 5

    private let clock: Clock
    private let threads: Int
    private let seconds: Double

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        func number(_ name: String) -> Double? {
            arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? Double(arguments[$0 + 1]) : nil }
        }
        let isSingle = arguments.contains("--single")
        let benchmark = TrainingBenchmark(
            clock: isSingle ? .processor : .wall, threads: isSingle ? 1 : Workers().count,
            seconds: number("--seconds") ?? 1)
        let subjects = number("--only").map { [Subject.all[Int($0)]] } ?? Subject.all
        if arguments.contains("--rates-only") {
            for subject in subjects {
                let trainer = subject.makeTrainer(try subject.makeNetwork(), threads: benchmark.threads)
                print(benchmark.trainingRate(subject, trainer, seconds: benchmark.seconds))
            }
            return
        }
        print("BLAS: \(BLASPeer.name); \(benchmark.threads) threads\(isSingle ? ", processor time" : "")\n")
        print(
            "| network | sgemm GFLOP/s | training samples/s | of sgemm | speed-up by threads | values/s | of sgemm | values and gradients/s | of sgemm | peak MB |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        for subject in subjects { print(try benchmark.row(subject)) }
    }

    private func row(_ subject: Subject) throws -> String {
        let network = try subject.makeNetwork()
        let trainer = subject.makeTrainer(network, threads: threads)
        let single = subject.makeTrainer(network, threads: 1)
        var products: [Double] = []
        var training: [Double] = []
        var singleTraining: [Double] = []
        var values: [Double] = []
        var gradients: [Double] = []
        for _ in 0..<Self.turns {
            let time = seconds / Double(Self.turns)
            products.append(
                BLASPeer.operationsPerSecond(
                    width: subject.width, threads: threads,
                    operationsPerCall: Double(network.trainingOperations * subject.batchSize), clock: clock,
                    seconds: time))
            training.append(trainingRate(subject, trainer, seconds: time))
            if threads > 1 { singleTraining.append(trainingRate(subject, single, seconds: time)) }
            values.append(inferenceRate(network, withGradients: false, seconds: time))
            gradients.append(inferenceRate(network, withGradients: true, seconds: time))
        }
        func ratio(_ rates: [Double], _ operations: Int) -> String {
            rounded(median(zip(rates, products).map { $0 * Double(operations) / $1 }), 2)
        }
        let cells = [
            subject.name, rounded(median(products) / 1e9, 0),
            rounded(median(training), 0), ratio(training, network.trainingOperations),
            threads > 1 ? rounded(median(zip(training, singleTraining).map { $0 / $1 }), 2) : "–",
            rounded(median(values), 0), ratio(values, network.forwardOperations),
            rounded(median(gradients), 0), ratio(gradients, network.gradientOperations),
            rounded(Double(peakResidentBytes()) / 1e6, 0),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func rounded(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    /// Samples a second: encoding, passes, loss, optimiser and the batch's sampling.
    private func trainingRate(_ subject: Subject, _ trainer: Trainer<CoordinateNetwork>, seconds: Double) -> Double {
        let source = SphereBatches(batchSize: subject.batchSize)
        return clock.medianRate(seconds: seconds) {
            guard (try? trainer.step(source, progress: 0)) != nil else { fatalError("training diverged") }
            return Double(subject.batchSize)
        }
    }

    /// Points a second.
    private func inferenceRate(_ network: CoordinateNetwork, withGradients: Bool, seconds: Double) -> Double {
        let count = 1 << 16
        let stream = RandomStream(seed: 2, stream: 2)
        let points = (0..<3 * count).map { stream.uniforms(at: UInt64($0)).x }
        var values = [Float](repeating: 0, count: count)
        var gradients = [Float](repeating: 0, count: 3 * count)
        let evaluator = ModelEvaluator(network)
        let workers = Workers(count: threads)
        return clock.medianRate(seconds: seconds) {
            var valueSpan = values.mutableSpan
            if withGradients {
                var gradientSpan = gradients.mutableSpan
                evaluator.evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: workers)
            } else {
                evaluator.evaluate(points.span, into: &valueSpan, workers: workers)
            }
            return Double(count)
        }
    }
}
