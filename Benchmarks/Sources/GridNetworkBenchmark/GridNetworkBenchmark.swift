import Core
import Evaluation
import Fitting
import Geometry
import MeshIO
import NeuralFields

/// A coarse solved grid and a network on what it leaves, beside a solved grid and a network alone: IoU, numbers and seconds.
///
///     benchmark-grid-network MESH [COEFFICIENTS] [STEPS]
@main
struct GridNetworkBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2 else { return print("usage: benchmark-grid-network MESH [COEFFICIENTS] [STEPS]") }
        let coefficients = arguments.count > 2 ? Int(arguments[2]) ?? 16_000 : 16_000
        let steps = arguments.count > 3 ? Int(arguments[3]) ?? 1500 : 1500
        let workers = Workers()
        let shape = try PreparedMesh(MeshImport.load(path: arguments[1]).mesh, workers: workers)
        let (unit, field, reference) = (shape.mesh, shape.field, EvaluationReference(shape))
        func report(_ name: String, _ numbers: Int, _ seconds: Double, _ field: some ScalarField) {
            let scores = Evaluation.tancik2020(field, against: reference, workers: workers)
            print("| \(name) | \(numbers) | \(seconds) | \(scores.uniform.value) / \(scores.boundary.value) |")
        }
        print("| | numbers | seconds | IoU uniform / boundary |\n|---|---|---|---|")

        var configuration = Preset.fast.configuration
        configuration.budget = .steps(steps)
        let network = try configuration.makeNetwork()
        func solve(_ count: Int) throws -> (grid: SparseGrid, seconds: Double) {
            let start = ContinuousClock.now
            let settings = GridSettings(coefficients: count)
            let grid = try GridFit(mesh: unit, field: field, settings: settings, workers: workers).run().grid
            return (grid, (ContinuousClock.now - start) / .seconds(1))
        }
        let coarse = try solve(coefficients)
        report("grid", coarse.grid.coefficientCount, coarse.seconds, Sum(grid: coarse.grid, evaluator: nil, scale: 0))
        let equal = try solve(coefficients + network.parameters.count)
        report(
            "grid of as many", equal.grid.coefficientCount, equal.seconds,
            Sum(grid: equal.grid, evaluator: nil, scale: 0))

        for grid in [nil, coarse.grid] {
            let start = ContinuousClock.now
            let sampler = try Sampler(shape, configuration: configuration.labels.sampling, seed: 0)
            let pool = ResidualPool(sampler, field: field, grid: grid, workers: workers)
            let trainer = Trainer(network, configuration: configuration.training, workers: workers)
            for step in 0..<steps { _ = try trainer.step(pool, progress: Double(step) / Double(steps)) }
            let seconds = (ContinuousClock.now - start) / .seconds(1) + (grid == nil ? 0 : coarse.seconds)
            let evaluator = ModelEvaluator(trainer.trainedModel)
            report(
                grid == nil ? "network" : "grid + network",
                network.parameters.count + (grid?.coefficientCount ?? 0), seconds,
                Sum(grid: grid, evaluator: evaluator, scale: ResidualPool.scale))
        }
    }
}

/// A grid, a network times a scale, or their sum.
private struct Sum: ScalarField {
    let grid: SparseGrid?
    let evaluator: ModelEvaluator<CoordinateNetwork>?
    let scale: Float

    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        for index in values.indices { values[index] = 0 }
        grid?.evaluate(points, into: &values, workers: workers)
        guard let evaluator else { return }
        var more = [Float](repeating: 0, count: points.count)
        var span = more.mutableSpan
        let rows = points.indices.flatMap { [points[$0].x, points[$0].y, points[$0].z] }
        evaluator.evaluate(rows.span, into: &span, workers: workers)
        for index in values.indices { values[index] += scale * more[index] }
    }
}

/// What a grid leaves of distances, in parts of a scale, weighted by sech²(d / scale) and at least a fiftieth; without a grid distances compressed as
/// a network alone learns them.
private struct ResidualPool: BatchSource {
    static let scale: Float = 0.007
    private static let count = 1 << 19
    private let points: [SIMD3<Float>]
    private let targets: [Float]
    private let weights: [Float]

    init(_ sampler: Sampler, field: MeshField, grid: SparseGrid?, workers: Workers) {
        let points = sampler.points(0..<Self.count, workers: workers)
        self.points = points
        let distances = field.values(at: points, workers: workers)
        let compressed = FieldTarget.sdf(.tanh, scale: Self.scale)
        guard let grid else {
            targets = distances.map { compressed.networkValue(ofDistance: $0) }
            weights = distances.map { _ in 1 }
            return
        }
        let values = GridCorrection(grid, storage: grid.usualStorage)
        var known = [Float](repeating: 0, count: points.count)
        var span = known.mutableSpan
        values.evaluate(points.span, into: &span, workers: workers)
        var targets: [Float] = []
        for (distance, value) in zip(distances, known) { targets.append((distance - value) / Self.scale) }
        self.targets = targets
        weights = distances.map { distance in
            let slope = compressed.networkValue(ofDistance: distance)
            return max(1 - slope * slope, 0.02)
        }
    }

    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        let batch = 1024
        for (slot, row) in rows.enumerated() {
            let index = (step * batch + row) % Self.count
            for axis in 0..<3 { points[3 * slot + axis] = self.points[index][axis] }
            targets[slot] = self.targets[index]
            weights[slot] = self.weights[index]
        }
    }
}
