import Core
import Evaluation
import Fitting
import Geometry
import MeshIO
import NeuralFields

/// A coarse solved grid and a preset's network on what it leaves, beside a solved grid and the preset itself: IoU, numbers and seconds.
///
///     benchmark-grid-network MESH [COEFFICIENTS] [PRESET]
@main
struct GridNetworkBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2, let preset = Preset(rawValue: arguments.count > 3 ? arguments[3] : "fast") else {
            return print("usage: benchmark-grid-network MESH [COEFFICIENTS] [PRESET]")
        }
        let coefficients = arguments.count > 2 ? Int(arguments[2]) ?? 16_000 : 16_000
        let configuration = preset.configuration
        guard case .steps(let steps) = configuration.budget else { return print("a preset with steps is needed") }
        let workers = Workers()
        let shape = try PreparedMesh(MeshImport.load(path: arguments[1]).mesh, workers: workers)
        let (unit, field, reference) = (shape.mesh, shape.field, EvaluationReference(shape))
        func report(_ name: String, _ numbers: Int, _ seconds: Double, _ field: some ScalarField) {
            func rounded(_ value: Double, _ places: Double) -> Double { (value * places).rounded() / places }
            let scores = Evaluation.tancik2020(field, against: reference, workers: workers)
            let (uniform, boundary) = (rounded(scores.uniform.value, 1e4), rounded(scores.boundary.value, 1e4))
            print("| \(name) | \(numbers) | \(rounded(seconds, 100)) | \(uniform) / \(boundary) |")
        }
        print("| | numbers | seconds | IoU uniform / boundary |\n|---|---|---|---|")

        func solve(_ count: Int) throws -> (grid: SparseGrid, seconds: Double) {
            let start = ContinuousClock.now
            let settings = GridSettings(coefficients: count)
            let grid = try GridFit(mesh: unit, field: field, settings: settings, workers: workers).run().grid
            return (grid, (ContinuousClock.now - start) / .seconds(1))
        }
        let coarse = try solve(coefficients)
        report("grid", coarse.grid.coefficientCount, coarse.seconds, Sum(grid: coarse.grid, evaluator: nil, scale: 0))
        let network = try configuration.makeNetwork()
        let equal = try solve(coefficients + network.parameters.count)
        report(
            "grid of as many", equal.grid.coefficientCount, equal.seconds,
            Sum(grid: equal.grid, evaluator: nil, scale: 0))

        var start = ContinuousClock.now
        let fitted = try Fit(configuration, workers: workers).run(shape)
        report(
            "\(preset)", network.parameters.count, (ContinuousClock.now - start) / .seconds(1),
            fitted.shape.unitField)

        start = ContinuousClock.now
        let sampler = try Sampler(shape, configuration: configuration.labels.sampling, seed: 0)
        let pool = ResidualPool(
            sampler, count: configuration.labels.poolSize, batch: configuration.training.batchSize, field: field,
            grid: coarse.grid, workers: workers)
        let trainer = Trainer(network, configuration: configuration.training, workers: workers)
        for step in 0..<steps { _ = try trainer.step(pool, progress: Double(step) / Double(steps)) }
        report(
            "grid + network", network.parameters.count + coarse.grid.coefficientCount,
            (ContinuousClock.now - start) / .seconds(1) + coarse.seconds,
            Sum(grid: coarse.grid, evaluator: ModelEvaluator(trainer.trainedModel), scale: ResidualPool.scale))
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

/// What a grid leaves of distances, in parts of a scale, weighted by sech²(d / scale) and at least a fiftieth.
private struct ResidualPool: BatchSource {
    static let scale: Float = 0.007
    private let batch: Int
    private let points: [SIMD3<Float>]
    private let targets: [Float]
    private let weights: [Float]

    init(_ sampler: Sampler, count: Int, batch: Int, field: MeshField, grid: SparseGrid, workers: Workers) {
        let points = sampler.points(0..<count, workers: workers)
        let distances = field.values(at: points, workers: workers)
        let values = GridCorrection(grid, storage: grid.usualStorage)
        var known = [Float](repeating: 0, count: points.count)
        var span = known.mutableSpan
        values.evaluate(points.span, into: &span, workers: workers)
        targets = zip(distances, known).map { distance, value in (distance - value) / Self.scale }
        let compressed = FieldTarget.sdf(.tanh, scale: Self.scale)
        weights = distances.map { distance in
            let slope = compressed.networkValue(ofDistance: distance)
            return max(1 - slope * slope, 0.02)
        }
        self.points = points
        self.batch = batch
    }

    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        for (slot, row) in rows.enumerated() {
            let index = (step * batch + row) % self.points.count
            for axis in 0..<3 { points[3 * slot + axis] = self.points[index][axis] }
            targets[slot] = self.targets[index]
            weights[slot] = self.weights[index]
        }
    }
}
