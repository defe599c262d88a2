/// b_j ~ N(0, σ²I): the encoding of Tancik et al. (NeurIPS 2020).
public struct GaussianFrequencies: FourierSettings, SigmaSettings, FrequencySettings, SeedSettings {
    public static let name = "gaussian"

    /// Standard deviation of b_j, in cycles a unit of length.
    public var sigma: Float
    /// How many b_j.
    public var frequencyCount: Int
    public var amplitudes: AmplitudeLaw
    /// Seed of the b_j.
    public var seed: UInt64
    /// What every b_j's coordinates are multiplied by, an axis each: more than 1 along axes on which a shape is thin; nil for 1.
    public var stretch: [Float]?

    public init() { self.init(sigma: 5) }

    public init(sigma: Float, frequencyCount: Int = 128, amplitudes: AmplitudeLaw = AmplitudeLaw(), seed: UInt64 = 0) {
        self.sigma = sigma
        self.frequencyCount = frequencyCount
        self.amplitudes = amplitudes
        self.seed = seed
    }

    private enum CodingKeys: String, CodingKey {
        case sigma, frequencyCount = "frequencies", amplitudes, seed, stretch
    }

    public func frequencies(inputDimension: Int) throws(NeuralFieldsError) -> FourierFeatures {
        try requireFrequencyCount(frequencyCount)
        try require(
            sigma.isFinite && sigma > 0, "sigma", sigma, "must be a positive, finite number of cycles (try 5)")
        let features = FourierFeatures.gaussian(
            inputDimension: inputDimension, count: frequencyCount, sigma: sigma, seed: seed)
        guard let stretch else { return features }
        try require(
            stretch.count == inputDimension && stretch.allSatisfy { $0 > 0 && $0.isFinite }, "stretch", "\(stretch)",
            "must be a positive, finite factor for each of \(inputDimension) axes")
        return FourierFeatures(
            inputDimension: inputDimension,
            frequencies: features.frequencies.indices.map { features.frequencies[$0] * stretch[$0 / frequencyCount] },
            amplitudes: features.amplitudes)
    }
}
