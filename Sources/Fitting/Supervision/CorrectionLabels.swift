import Core
import Geometry
import NeuralFields

/// The targets of a correction at points around a base.
///
/// Where the band's gate is g, the field b + g c should be the distance d: so c is taught (d − b) / g. An error of c is one of
/// g c, and matters most where the surface is: its square counts g² max(sech²(d / s), floor), s being the target's scale.
/// Cross-entropy sees the field's own logit −(b + g c) / s instead.
struct CorrectionLabels {
    /// `(n)`: the network's outputs.
    var targets: [Float]
    /// `(n)`; 0 where the correction has no say.
    var weights: [Float]
    /// `(n)`, of the outputs that the loss sees; empty for distances.
    var gains: [Float] = []
    var offsets: [Float] = []

    /// Below this gate a target would be large and count nothing.
    private static let smallestGate: Float = 0.05

    init(
        at positions: [SIMD3<Float>], of shape: some ShapeEvidence, on base: ShapeBase, target: FieldTarget,
        weightFloor: Float, workers: Workers
    ) {
        let bases = base.lattice.values(at: positions, workers: workers)
        let gates = bases.map { base.band.gate($0) >= Self.smallestGate ? base.band.gate($0) : 0 }
        switch target.kind {
        case .occupancy:
            targets = target.labels(at: positions, of: shape, workers: workers)
            weights = gates.map { $0 > 0 ? 1 : 0 }
            gains = gates
            offsets = bases.map { -$0 / target.scale }
        case .sdf:
            let distances = shape.signedDistances(at: positions, workers: workers)
            targets = [Float](repeating: 0, count: positions.count)
            weights = targets
            for index in positions.indices where gates[index] > 0 {
                let gate = gates[index]
                // A distance that jumps, across the opening of a mesh, is out of the correction's reach.
                let wanted = min(max(distances[index] - bases[index], -base.band.bound), base.band.bound)
                let slope = hyperbolicTangent(distances[index] / target.scale)
                targets[index] = wanted / (target.scale * gate)
                weights[index] = gate * gate * max(1 - slope * slope, weightFloor)
            }
        }
    }
}
