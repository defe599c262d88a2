import Core
import Geometry

/// Collects points, evaluates a field at all of them at once, and keeps count and range of what it saw.
struct BatchEvaluator {
    /// Points a batch: enough for every worker to have many tiles, few enough (5 MiB) not to count.
    static let batchSize = 1 << 18

    let field: any ScalarField
    let isoLevel: Float
    let workers: Workers
    private var points: [SIMD3<Float>] = []
    /// Relative to the level, of the points last evaluated.
    private(set) var values: [Float] = []
    private(set) var evaluationCount = 0
    /// Range of the field's values, the level not subtracted; NaN does not count.
    private(set) var minimum = Float.infinity
    private(set) var maximum = -Float.infinity

    init(field: any ScalarField, isoLevel: Float, workers: Workers) {
        self.field = field
        self.isoLevel = isoLevel
        self.workers = workers
    }

    var count: Int { points.count }

    mutating func begin() { points.removeAll(keepingCapacity: true) }
    mutating func append(_ point: SIMD3<Float>) { points.append(point) }

    /// Counts evaluations that did not go through ``evaluate()``.
    mutating func countEvaluations(_ count: Int) { evaluationCount += count }

    /// Fills `values` for the points appended since ``begin()``.
    mutating func evaluate() {
        values = field.values(at: points, workers: workers)
        evaluationCount += points.count
        for index in values.indices {
            let value = values[index]
            minimum = min(minimum, value.isNaN ? .infinity : value)
            maximum = max(maximum, value.isNaN ? -.infinity : value)
            values[index] = value - isoLevel
        }
    }
}
