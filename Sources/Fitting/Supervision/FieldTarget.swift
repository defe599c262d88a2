import Core
import Interchange
import NeuralFields

/// The quantity that a network learns of a shape, and how its output becomes a field that is negative inside.
public enum FieldTarget: Sendable, Equatable {
    /// Signed distance in unit-cube lengths, negative inside, compressed with the scale s.
    case sdf(Compression, scale: Float)
    /// The logit of being inside: positive inside, negated where it becomes a field. On a base, `scale` is the unit-cube lengths
    /// in a logit of 1.
    case occupancy(scale: Float)

    /// The choice without its settings.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case sdf, occupancy
    }

    /// How a distance d becomes the number that a network learns, with the scale s. All are odd and have slope 1/s at 0.
    public enum Compression: String, Sendable, Codable, CaseIterable {
        /// tanh(d / s).
        case tanh
        /// d / s, cut off at ±1: a truncated signed distance.
        case truncated
        /// d / s.
        case linear
    }

    public var kind: Kind {
        switch self {
        case .sdf: .sdf
        case .occupancy: .occupancy
        }
    }

    /// s, in unit-cube lengths.
    public var scale: Float {
        switch self {
        case .sdf(_, let scale), .occupancy(let scale): scale
        }
    }

    /// The network's target where the signed distance is `distance`.
    @inlinable
    public func networkValue(ofDistance distance: Float) -> Float {
        switch self {
        case .occupancy: distance < 0 ? 1 : 0
        case .sdf(.tanh, let scale): hyperbolicTangent(distance / scale)
        case .sdf(.truncated, let scale): min(max(distance / scale, -1), 1)
        case .sdf(.linear, let scale): distance / scale
        }
    }

    /// How far from a point at signed distance `distance` the network should say the same, to 1e-4: a compressed distance is
    /// flat away from the surface.
    func flatRadius(atDistance distance: Float) -> Float {
        let reach: Float =
            switch self {
            case .occupancy, .sdf(.linear, _): .infinity
            // tanh 5 = 0.99991.
            case .sdf(.tanh, let scale): 5 * scale
            case .sdf(.truncated, let scale): scale
            }
        return max(abs(distance) - reach, 0)
    }

    /// The field's value where the network says `output`: the distance in unit-cube lengths near the surface, flattened
    /// away from it as the compression says; a negated logit for occupancy. Increases with distance in both cases.
    @inlinable
    public func fieldValue(ofOutput output: Float) -> Float {
        switch self {
        case .occupancy: -output
        case .sdf(_, let scale): output * scale
        }
    }

    /// Unit-cube lengths, of a field that is negative inside, in an output of 1. With a base the logit of an occupancy is
    /// −(base + correction) / scale, so that it has the base's sign and size away from the surface; without one it is
    /// the output itself.
    func correctionFactor(hasBase: Bool) -> Float {
        switch self {
        case .occupancy(let scale): hasBase ? -scale : -1
        case .sdf(_, let scale): scale
        }
    }

    /// The signed distance that `output` stands for, in unit-cube lengths: the compression undone, up to 3 scales away
    /// from the surface, beyond which a compressed distance is not told apart. For occupancy the negated logit.
    public func distance(ofOutput output: Float) -> Float {
        guard case .sdf(.tanh, let scale) = self else { return fieldValue(ofOutput: output) }
        let bounded = Double(min(max(output, -ExportFrame.artanhLimit), ExportFrame.artanhLimit))
        return scale * Float(0.5 * log((1 + bounded) / (1 - bounded)))
    }

    /// The derivative of ``distance(ofOutput:)``, in scales: 0 where outputs do not tell distances apart.
    func distanceSlope(ofOutput output: Float) -> Float {
        guard case .sdf(.tanh, _) = self else { return 1 }
        return abs(output) < ExportFrame.artanhLimit ? 1 / (1 - output * output) : 0
    }
}

extension FieldTarget: Codable {
    private enum CodingKeys: String, CodingKey {
        case sdf, occupancy
        /// Of files of before, which had a compression for occupancies too.
        case kind, compression, scale
    }

    private struct Settings: Codable {
        /// nil for an occupancy.
        var compression: Compression?
        var scale: Float

        func target(_ kind: Kind) -> FieldTarget? {
            switch kind {
            case .occupancy: .occupancy(scale: scale)
            case .sdf: compression.map { .sdf($0, scale: scale) }
            }
        }
    }

    /// `{"sdf": {"compression": "tanh", "scale": 0.007}}` or `{"occupancy": {"scale": 0.007}}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let target: FieldTarget?
        if let kind = try container.decodeIfPresent(Kind.self, forKey: .kind) {
            target = try Settings(from: decoder).target(kind)
        } else if let settings = try container.decodeIfPresent(Settings.self, forKey: .occupancy) {
            target = settings.target(.occupancy)
        } else {
            target = try container.decode(Settings.self, forKey: .sdf).target(.sdf)
        }
        guard let target else {
            throw DecodingError.dataCorruptedError(
                forKey: .compression, in: container, debugDescription: "a signed distance needs one")
        }
        self = target
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .sdf(let compression, let scale):
            try container.encode(Settings(compression: compression, scale: scale), forKey: .sdf)
        case .occupancy(let scale): try container.encode(Settings(scale: scale), forKey: .occupancy)
        }
    }
}
