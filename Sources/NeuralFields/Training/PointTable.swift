import Core

/// Points and what a network should say there.
public struct PointTable: Sendable, Equatable {
    public let dimension: Int
    public let outputCount: Int
    /// `(n, dimension)` row-major, in the unit cube.
    public let points: [Float]
    /// `(n, outputCount)` row-major.
    public let targets: [Float]

    /// n.
    public var count: Int { points.count / dimension }

    /// - Parameters:
    ///   - dimension: coordinates of a point.
    ///   - outputCount: values at a point.
    ///   - points: `(n, dimension)` row-major, in the unit cube.
    ///   - targets: `(n, outputCount)` row-major.
    /// - Precondition: as many targets as points.
    public init(dimension: Int, outputCount: Int = 1, points: [Float], targets: [Float]) {
        precondition(points.count % dimension == 0, "whole points")
        precondition(targets.count == points.count / dimension * outputCount, "a target for each output of each point")
        self.dimension = dimension
        self.outputCount = outputCount
        self.points = points
        self.targets = targets
    }

    /// The whole table as the batch of every step.
    public var wholeBatch: some BatchSource { TableBatches(self) { _, row in row } }

    /// Independent draws with replacement.
    ///
    /// - Parameters:
    ///   - size: rows of a batch.
    ///   - seed: of the draws.
    /// - Precondition: the table is not empty.
    public func batches(of size: Int, seed: UInt64) -> some BatchSource {
        precondition(count > 0, "rows to draw from")
        let (stream, count) = (RandomStream(seed: seed, stream: RandomStreamPurpose.batches), count)
        return TableBatches(self) { step, row in stream.integer(below: count, at: UInt64(step * size + row)) }
    }
}

/// Batches of a table's rows.
private struct TableBatches: BatchSource {
    let table: PointTable
    /// The table's row that is row `row` of the batch of step `step`.
    let source: @Sendable (_ step: Int, _ row: Int) -> Int

    init(_ table: PointTable, source: @escaping @Sendable (_ step: Int, _ row: Int) -> Int) {
        self.table = table
        self.source = source
    }

    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        let (dimension, outputs) = (table.dimension, table.outputCount)
        for (row, number) in rows.enumerated() {
            let source = source(step, number)
            for axis in 0..<dimension { points[row * dimension + axis] = table.points[source * dimension + axis] }
            for output in 0..<outputs { targets[row * outputs + output] = table.targets[source * outputs + output] }
            weights[row] = 1
        }
    }
}
