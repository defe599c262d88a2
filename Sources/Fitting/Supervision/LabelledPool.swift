import Core
import Geometry
import NeuralFields

extension FieldTarget {
    /// The network's targets at `positions`, `(n)` in the shape's frame.
    func labels(at positions: [SIMD3<Float>], of shape: some ShapeEvidence, workers: Workers) -> [Float] {
        switch kind {
        case .occupancy:
            return shape.insides(at: positions, workers: workers).map { $0 ? 1 : 0 }
        case .sdf:
            return shape.signedDistances(at: positions, workers: workers).map(networkValue(ofDistance:))
        }
    }
}

/// A training's batches from a pool of points that were labelled once.
///
/// Row r of step s is point (s · batch + r) mod n: the points are independent draws already, so going through them in
/// order is as random as any shuffle. A point far from the surface is moved each time, as far as its label stays true:
/// where few points must keep a large space clean, the same few again and again let floaters grow between them.
package struct LabelledPool: BatchSource {
    let batchSize: Int
    /// `(n, 3)` row-major.
    private let points: [Float]
    /// `(n)`.
    private let targets: [Float]
    /// `(n)`; empty where all points count alike.
    private let weights: [Float]
    /// `(n)`: what the loss sees of the outputs; empty where that is the outputs.
    private let gains: [Float]
    private let offsets: [Float]
    /// `(n)`: half the side of the cube around each point in which its label is true.
    private let reaches: [Float]
    /// Enough to fill the gaps between a million points of a cube, too little to thin them out at its faces.
    private static let largestReach: Float = 0.02
    private let stream: RandomStream

    /// Draws and labels points `0 ..< count` of `sampler`.
    package init(
        _ sampler: Sampler, of shape: some ShapeEvidence, count: Int, batchSize: Int, target: FieldTarget,
        workers: Workers
    ) {
        let positions = sampler.points(0..<count, workers: workers)
        self.batchSize = batchSize
        stream = RandomStream(seed: sampler.seed, stream: 0x6d6f_7665)
        weights = []
        gains = []
        offsets = []
        switch target.kind {
        case .occupancy:
            targets = target.labels(at: positions, of: shape, workers: workers)
            reaches = []
        case .sdf:
            let distances = shape.signedDistances(at: positions, workers: workers)
            targets = distances.map(target.networkValue(ofDistance:))
            // A cube in the ball; none where the sign may change in empty space.
            reaches =
                shape.changesSignAtSurfaceOnly
                ? distances.map { min(target.flatRadius(atDistance: $0) / Float(3).squareRoot(), Self.largestReach) }
                : []
        }
        points = Self.packed(positions)
    }

    /// Draws points `0 ..< count` of `sampler` and keeps those at which a correction to `base` has a say.
    init(
        _ sampler: Sampler, of shape: some ShapeEvidence, count: Int, batchSize: Int, target: FieldTarget,
        base: ShapeBase, weightFloor: Float, workers: Workers
    ) {
        let positions = sampler.points(0..<count, workers: workers)
        let labels = CorrectionLabels(
            at: positions, of: shape, on: base, target: target, weightFloor: weightFloor, workers: workers)
        var kept = labels.weights.indices.filter { labels.weights[$0] > 0 }
        // A base that is right everywhere leaves nothing to learn, but a pool is never empty.
        if kept.isEmpty { kept = [0] }
        func part(_ values: [Float]) -> [Float] { values.isEmpty ? [] : kept.map { values[$0] } }
        self.batchSize = batchSize
        stream = RandomStream(seed: sampler.seed, stream: 0x6d6f_7665)
        targets = part(labels.targets)
        weights = part(labels.weights)
        gains = part(labels.gains)
        offsets = part(labels.offsets)
        reaches = []
        points = Self.packed(kept.map { positions[$0] })
    }

    private static func packed(_ positions: [SIMD3<Float>]) -> [Float] {
        [Float](unsafeUninitializedCapacity: 3 * positions.count) { buffer, initialized in
            for (index, position) in positions.enumerated() {
                buffer[3 * index] = position.x
                buffer[3 * index + 1] = position.y
                buffer[3 * index + 2] = position.z
            }
            initialized = 3 * positions.count
        }
    }

    package func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        let first = step * batchSize + rows.lowerBound
        var source = first % self.targets.count
        for row in 0..<rows.count {
            for axis in 0..<3 { points[3 * row + axis] = self.points[3 * source + axis] }
            if !reaches.isEmpty, reaches[source] > 0 {
                let draw = stream.uniforms(at: UInt64(first + row))
                for axis in 0..<3 { points[3 * row + axis] += reaches[source] * (2 * draw[axis] - 1) }
            }
            targets[row] = self.targets[source]
            weights[row] = self.weights.isEmpty ? 1 : self.weights[source]
            source += 1
            if source == self.targets.count { source = 0 }
        }
    }

    package var mapsOutputs: Bool { !gains.isEmpty }

    package func fillOutputMaps(
        step: Int, rows: Range<Int>, gains: inout MutableSpan<Float>, offsets: inout MutableSpan<Float>
    ) {
        var source = (step * batchSize + rows.lowerBound) % targets.count
        for row in 0..<rows.count {
            gains[row] = self.gains[source]
            offsets[row] = self.offsets[source]
            source += 1
            if source == targets.count { source = 0 }
        }
    }
}

/// A training's batches of points that no other step has: row r of step s is point s · batch + r of the sampler,
/// labelled by the worker that trains on it.
package struct EndlessSamples<Evidence: ShapeEvidence>: BatchSource {
    let sampler: Sampler
    let shape: Evidence
    let batchSize: Int
    let target: FieldTarget
    /// The base that is corrected, and the floor of the weights; nil where a network learns the whole field.
    let base: ShapeBase?
    let weightFloor: Float

    package init(
        _ sampler: Sampler, of shape: Evidence, batchSize: Int, target: FieldTarget, base: ShapeBase? = nil,
        weightFloor: Float = 0
    ) {
        self.sampler = sampler
        self.shape = shape
        self.batchSize = batchSize
        self.target = target
        self.base = base
        self.weightFloor = weightFloor
    }

    package func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        let positions = positions(step: step, rows: rows)
        let labels = base.map { correctionLabels(at: positions, on: $0) }
        let taught = labels?.targets ?? target.labels(at: positions, of: shape, workers: .single)
        for (row, position) in positions.enumerated() {
            for axis in 0..<3 { points[3 * row + axis] = position[axis] }
            targets[row] = taught[row]
            weights[row] = labels?.weights[row] ?? 1
        }
    }

    package var mapsOutputs: Bool { base != nil && target.kind == .occupancy }

    package func fillOutputMaps(
        step: Int, rows: Range<Int>, gains: inout MutableSpan<Float>, offsets: inout MutableSpan<Float>
    ) {
        guard let base else { return }
        let labels = correctionLabels(at: positions(step: step, rows: rows), on: base)
        for row in 0..<rows.count {
            gains[row] = labels.gains[row]
            offsets[row] = labels.offsets[row]
        }
    }

    private func positions(step: Int, rows: Range<Int>) -> [SIMD3<Float>] {
        let start = step * batchSize + rows.lowerBound
        return sampler.points(start..<(start + rows.count), workers: .single)
    }

    private func correctionLabels(at positions: [SIMD3<Float>], on base: ShapeBase) -> CorrectionLabels {
        CorrectionLabels(
            at: positions, of: shape, on: base, target: target, weightFloor: weightFloor, workers: .single)
    }
}
