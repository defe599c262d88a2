/// The amplitudes a_j of Fourier features.
public struct AmplitudeLaw: Sendable, Equatable, Codable {
    /// p of power-law amplitudes ‖b_j‖^−p; 0 for a_j = 1.
    public var exponent: Float
    /// Whether amplitudes are divided by ‖a‖.
    public var isNormalized: Bool

    public init(exponent: Float = 0, isNormalized: Bool = false) {
        self.exponent = exponent
        self.isNormalized = isNormalized
    }

    private enum CodingKeys: String, CodingKey {
        case exponent, isNormalized = "normalized"
    }

    func apply(to features: FourierFeatures) throws(NeuralFieldsError) -> FourierFeatures {
        try require(
            exponent.isFinite && exponent >= 0, "amplitude exponent", exponent, "must be finite and not negative")
        let scaled = exponent > 0 ? features.withPowerLawAmplitudes(exponent: exponent) : features
        return isNormalized ? scaled.normalized() : scaled
    }
}

/// Settings from which ``FourierFeatures`` are made.
public protocol FourierSettings: EncodingSettings {
    var amplitudes: AmplitudeLaw { get set }

    /// The frequencies, all amplitudes 1.
    func frequencies(inputDimension: Int) throws(NeuralFieldsError) -> FourierFeatures
}

extension FourierSettings {
    public func makeEncoding(inputDimension: Int) throws(NeuralFieldsError) -> any Encoding {
        try amplitudes.apply(to: frequencies(inputDimension: inputDimension))
    }
}

/// Throws ``NeuralFieldsError/invalidSetting(name:value:remedy:)`` unless `condition` holds.
func require(
    _ condition: Bool, _ name: String, _ value: some CustomStringConvertible, _ remedy: String
) throws(NeuralFieldsError) {
    if !condition { throw .invalidSetting(name: name, value: "\(value)", remedy: remedy) }
}

private let frequencyCounts = 1...65_536

func requireFrequencyCount(_ count: Int) throws(NeuralFieldsError) {
    try require(
        frequencyCounts.contains(count), "frequencies", count,
        "must be between \(frequencyCounts.lowerBound) and \(frequencyCounts.upperBound)")
}
