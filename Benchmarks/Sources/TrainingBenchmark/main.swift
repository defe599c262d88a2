// Training and inference rates against the machine's own matrix product.
//
//   benchmark-training [--seconds S] [--only N] [--rates-only]
//
// --seconds     time for each figure (1)
// --only        the Nth network alone, from 0
// --rates-only  training rates as bare numbers, one network a line: for the peers' scripts
//
// A network's product and its training take turns, and its ratios are medians of turns: other load on the machine then
// changes both.

import Foundation
import NeuralFields
import Support

var seconds = 1.0
var subjects = Subject.all
var ratesOnly = false
var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let argument = arguments.next() {
    switch argument {
    case "--seconds": seconds = arguments.next().flatMap(Double.init) ?? seconds
    case "--only": subjects = arguments.next().flatMap(Int.init).map { [Subject.all[$0]] } ?? subjects
    case "--rates-only": ratesOnly = true
    default: fatalError("unknown argument \(argument)")
    }
}

let turns = 5
let threads = Workers().count

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
func rounded(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// Samples a second of steps with these threads.
func trainingRate(_ subject: Subject, _ trainer: Trainer, seconds: Double) -> Double {
    let source = SphereBatches(batchSize: subject.batchSize)
    return medianRate(seconds: seconds) {
        guard (try? trainer.step(source, progress: 0)) != nil else { fatalError("training diverged") }
        return Double(subject.batchSize)
    }
}

func inferenceRate(_ network: CoordinateNetwork, withGradients: Bool, seconds: Double) -> Double {
    let count = 1 << 16
    let stream = RandomStream(seed: 2, stream: 2)
    let points = (0..<3 * count).map { stream.uniforms(at: UInt64($0)).x }
    var values = [Float](repeating: 0, count: count)
    var gradients = [Float](repeating: 0, count: 3 * count)
    let evaluator = NetworkEvaluator(network)
    return medianRate(seconds: seconds) {
        var valueSpan = values.mutableSpan
        if withGradients {
            var gradientSpan = gradients.mutableSpan
            evaluator.evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: Workers())
        } else {
            evaluator.evaluate(points.span, into: &valueSpan, workers: Workers())
        }
        return Double(count)
    }
}

if ratesOnly {
    for subject in subjects {
        print(trainingRate(subject, subject.makeTrainer(try subject.makeNetwork(), threads: threads), seconds: seconds))
    }
    exit(0)
}

print("BLAS: \(BLASPeer.name); \(threads) threads\n")
print("| network | sgemm GFLOP/s | training samples/s | of sgemm | \(threads) threads / 1 | values/s | of sgemm | values and gradients/s | of sgemm | peak MB |")
print("|---|---|---|---|---|---|---|---|---|---|")
for subject in subjects {
    let network = try subject.makeNetwork()
    let trainer = subject.makeTrainer(network, threads: threads)
    let single = subject.makeTrainer(network, threads: 1)
    var (products, training, training1, values, gradients) = ([Double](), [Double](), [Double](), [Double](), [Double]())
    for _ in 0..<turns {
        let time = seconds / Double(turns)
        products.append(
            BLASPeer.operationsPerSecond(
                width: subject.width, threads: threads,
                operationsPerCall: Double(network.trainingOperations * subject.batchSize), seconds: time))
        training.append(trainingRate(subject, trainer, seconds: time))
        training1.append(trainingRate(subject, single, seconds: time))
        values.append(inferenceRate(network, withGradients: false, seconds: time))
        gradients.append(inferenceRate(network, withGradients: true, seconds: time))
    }
    func ratio(_ rates: [Double], _ operations: Int) -> String {
        rounded(median(zip(rates, products).map { $0 * Double(operations) / $1 }), 2)
    }
    let cells = [
        subject.name, rounded(median(products) / 1e9, 0),
        rounded(median(training), 0), ratio(training, network.trainingOperations),
        rounded(median(zip(training, training1).map { $0 / $1 }), 2),
        rounded(median(values), 0), ratio(values, network.forwardOperations),
        rounded(median(gradients), 0), ratio(gradients, network.gradientOperations),
        rounded(Double(peakResidentBytes()) / 1e6, 0),
    ]
    print("| " + cells.joined(separator: " | ") + " |")
}
