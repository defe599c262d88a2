import Geometry
import NeuralFields
import Support

extension FieldTarget {
    /// What the network should say at `positions`, `(n)` in the unit cube: exact labels from the mesh.
    func labels(at positions: [SIMD3<Float>], of field: MeshField, workers: Workers) -> [Float] {
        switch kind {
        case .occupancy:
            var inside = [UInt8](repeating: 0, count: positions.count)
            var span = inside.mutableSpan
            field.occupancies(at: positions.span, into: &span, workers: workers)
            return inside.map(Float.init)
        case .sdf:
            return field.values(at: positions, workers: workers).map(networkValue(ofDistance:))
        }
    }
}

/// A training's batches from a pool of points that were labelled once.
///
/// Row r of step s is point (s · batch + r) mod n: the points are independent draws already, so going through them in
/// order is as random as any shuffle.
package struct LabelledPool: BatchSource {
    let batchSize: Int
    /// `(n, 3)` row-major.
    private let points: [Float]
    /// `(n)`.
    private let targets: [Float]

    /// Draws and labels points `0 ..< count` of `sampler`.
    package init(
        _ sampler: Sampler, count: Int, batchSize: Int, field: MeshField, target: FieldTarget, workers: Workers
    ) {
        let positions = sampler.points(0..<count, workers: workers)
        self.batchSize = batchSize
        targets = target.labels(at: positions, of: field, workers: workers)
        points = [Float](unsafeUninitializedCapacity: 3 * count) { buffer, initialized in
            for (index, position) in positions.enumerated() {
                buffer[3 * index] = position.x
                buffer[3 * index + 1] = position.y
                buffer[3 * index + 2] = position.z
            }
            initialized = 3 * count
        }
    }

    package func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        var source = (step * batchSize + rows.lowerBound) % self.targets.count
        for row in 0..<rows.count {
            for axis in 0..<3 { points[3 * row + axis] = self.points[3 * source + axis] }
            targets[row] = self.targets[source]
            weights[row] = 1
            source += 1
            if source == self.targets.count { source = 0 }
        }
    }
}

/// A training's batches of points that no other step has: row r of step s is point s · batch + r of the sampler,
/// labelled by the worker that trains on it.
package struct EndlessSamples: BatchSource {
    let sampler: Sampler
    let batchSize: Int
    let field: MeshField
    let target: FieldTarget

    package init(sampler: Sampler, batchSize: Int, field: MeshField, target: FieldTarget) {
        self.sampler = sampler
        self.batchSize = batchSize
        self.field = field
        self.target = target
    }

    package func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        let start = step * batchSize + rows.lowerBound
        let positions = sampler.points(start..<(start + rows.count), workers: .single)
        let labels = target.labels(at: positions, of: field, workers: .single)
        for (row, position) in positions.enumerated() {
            for axis in 0..<3 { points[3 * row + axis] = position[axis] }
            targets[row] = labels[row]
            weights[row] = 1
        }
    }
}
