import Core
import NeuralFields

/// What a network is taught of a shape, and how its output becomes a field that is negative inside.
public struct FieldTarget: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Signed distance in unit-cube lengths, negative inside.
        case sdf
        /// The logit of being inside: positive inside, negated where it becomes a field.
        case occupancy
    }

    /// How a distance d becomes the number that a network learns, with `scale` s. All are odd and have slope 1/s at 0.
    public enum Compression: String, Sendable, Codable, CaseIterable {
        /// tanh(d / s).
        case tanh
        /// d / s, cut off at ±1: a truncated signed distance.
        case truncated
        /// d / s.
        case linear
    }

    public var kind: Kind
    public var compression: Compression
    /// s, in unit-cube lengths; an occupancy without a base ignores it.
    public var scale: Float

    public init(kind: Kind, compression: Compression, scale: Float) {
        self.kind = kind
        self.compression = compression
        self.scale = scale
    }

    /// What the network should say where the signed distance is `distance`.
    @inlinable
    public func networkValue(ofDistance distance: Float) -> Float {
        switch (kind, compression) {
        case (.occupancy, _): distance < 0 ? 1 : 0
        case (.sdf, .tanh): hyperbolicTangent(distance / scale)
        case (.sdf, .truncated): min(max(distance / scale, -1), 1)
        case (.sdf, .linear): distance / scale
        }
    }

    /// How far from a point at signed distance `distance` the network should say the same, to 1e-4: a compressed distance is
    /// flat away from the surface.
    func flatRadius(atDistance distance: Float) -> Float {
        let reach: Float =
            switch (kind, compression) {
            case (.occupancy, _), (.sdf, .linear): .infinity
            // tanh 5 = 0.99991.
            case (.sdf, .tanh): 5 * scale
            case (.sdf, .truncated): scale
            }
        return max(abs(distance) - reach, 0)
    }

    /// The field's value where the network says `output`: the distance in unit-cube lengths near the surface, flattened
    /// away from it as the compression says; a negated logit for occupancy. Increases with distance in both cases.
    @inlinable
    public func fieldValue(ofOutput output: Float) -> Float {
        switch kind {
        case .occupancy: -output
        case .sdf: output * scale
        }
    }

    /// Unit-cube lengths, of a field that is negative inside, in an output of 1. With a base the logit of an occupancy is
    /// −(base + correction) / ``scale``, so that it has the base's sign and size away from the surface; without one it is
    /// the output itself.
    func correctionFactor(hasBase: Bool) -> Float {
        switch kind {
        case .occupancy: hasBase ? -scale : -1
        case .sdf: scale
        }
    }

    /// The signed distance that `output` stands for, in unit-cube lengths: the compression undone, up to 3 scales away
    /// from the surface, beyond which a compressed distance is not told apart. For occupancy the negated logit.
    public func distance(ofOutput output: Float) -> Float {
        guard kind == .sdf, compression == .tanh else { return fieldValue(ofOutput: output) }
        let bounded = Double(min(max(output, -0.995), 0.995))
        return scale * Float(0.5 * log((1 + bounded) / (1 - bounded)))
    }

    /// The derivative of ``distance(ofOutput:)``, in scales: 0 where outputs do not tell distances apart.
    func distanceSlope(ofOutput output: Float) -> Float {
        guard kind == .sdf, compression == .tanh else { return 1 }
        return abs(output) < 0.995 ? 1 / (1 - output * output) : 0
    }
}
