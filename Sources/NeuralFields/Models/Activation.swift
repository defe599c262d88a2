import CKernels
import Core

/// The nonlinearity of a hidden layer.
public enum Activation: Sendable, Equatable {
    /// max(z, 0).
    case relu
    /// sin(frequency · z): SIREN (Sitzmann et al., NeurIPS 2020).
    case sine(frequency: Float)
    /// exp(−z² / (2 width²)): Ramasinghe and Lucey (ECCV 2022).
    case gaussian(width: Float)
    /// sin(frequency · (|z| + 1) z): FINER (Liu et al., CVPR 2024).
    case finer(frequency: Float)

    /// The names of the four.
    public enum Kind: String, Sendable, CaseIterable {
        case relu, sine, gaussian, finer
    }

    public var kind: Kind {
        switch self {
        case .relu: .relu
        case .sine: .sine
        case .gaussian: .gaussian
        case .finer: .finer
        }
    }

    /// Frequency or width; 1 for ReLU, which has none.
    public var scale: Float {
        switch self {
        case .relu: 1
        case .sine(let scale), .gaussian(let scale), .finer(let scale): scale
        }
    }

    /// - Parameters:
    ///   - scale: frequency or width; without effect on ReLU.
    ///   - kind: which function.
    public init(_ kind: Kind, scale: Float = 1) {
        switch kind {
        case .relu: self = .relu
        case .sine: self = .sine(frequency: scale)
        case .gaussian: self = .gaussian(width: scale)
        case .finer: self = .finer(frequency: scale)
        }
    }

    /// The number that the kernels know this kind by.
    var kernelCode: Int32 {
        switch self {
        case .relu: Int32(CK_ACTIVATION_RELU.rawValue)
        case .sine: Int32(CK_ACTIVATION_SINE.rawValue)
        case .gaussian: Int32(CK_ACTIVATION_GAUSSIAN.rawValue)
        case .finer: Int32(CK_ACTIVATION_FINER.rawValue)
        }
    }

    /// Says what the activation computes.
    public func describe<Builder: GraphBuilder>(_ z: Builder.Rows, in builder: inout Builder) -> Builder.Rows {
        switch self {
        case .relu:
            return builder.apply(.rectified, to: z)
        case .sine(let frequency):
            return builder.apply(.sine, to: builder.scale(z, by: [frequency], name: "activation.frequency"))
        case .gaussian(let width):
            let scaled = builder.scale(z, by: [1 / width], name: "activation.inverse_width")
            let square = builder.multiply(scaled, scaled)
            return builder.apply(.exponential, to: builder.scale(square, by: [-0.5], name: "activation.minus_half"))
        case .finer(let frequency):
            let growing = builder.shift(builder.apply(.magnitude, to: z), by: [1], name: "activation.one")
            let scaled = builder.scale(
                builder.multiply(growing, z), by: [frequency], name: "activation.frequency")
            return builder.apply(.sine, to: scaled)
        }
    }
}

extension Activation: Codable {
    /// `{"relu": {}}`, `{"sine": {"frequency": 30}}`, `{"gaussian": {"width": 1}}` or `{"finer": {"frequency": 5}}`.
    private struct Payload: Codable {
        var frequency: Float?
        var width: Float?
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ChoiceName.self)
        // Files without a schema number said a scale whatever the kind.
        if container.contains("kind") {
            guard let kind = Kind(rawValue: try container.decode(String.self, forKey: "kind")) else {
                throw DecodingError.unknownChoice(Kind.allCases.map(\.rawValue), in: decoder)
            }
            self.init(kind, scale: try container.decode(Float.self, forKey: "scale"))
            return
        }
        guard let kind = Kind.allCases.first(where: { container.contains(ChoiceName($0.rawValue)) }) else {
            throw DecodingError.unknownChoice(Kind.allCases.map(\.rawValue), in: decoder)
        }
        let name = ChoiceName(kind.rawValue)
        let payload = try container.decode(Payload.self, forKey: name)
        guard let scale = kind == .relu ? 1 : kind == .gaussian ? payload.width : payload.frequency else {
            let missing: ChoiceName = kind == .gaussian ? "width" : "frequency"
            throw DecodingError.keyNotFound(
                missing, .init(codingPath: decoder.codingPath + [name], debugDescription: "not set"))
        }
        self.init(kind, scale: scale)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: ChoiceName.self)
        let payload: Payload =
            switch self {
            case .relu: Payload()
            case .gaussian(let width): Payload(width: width)
            case .sine(let frequency), .finer(let frequency): Payload(frequency: frequency)
            }
        try container.encode(payload, forKey: ChoiceName(kind.rawValue))
    }
}
