/// b = base^(i / levels) on every axis, i = 0 … levels − 1: evenly spaced in the logarithm, as in Vaswani et al. (NeurIPS
/// 2017, section 3.5).
public struct TransformerFrequencies: FourierSettings, FrequencySettings {
    public static let name = "transformer"

    /// Frequencies an axis.
    public var levels: Int
    /// Above every frequency, in cycles a unit of length.
    public var base: Float
    public var amplitudes: AmplitudeLaw

    public init() { self.init(levels: 24) }

    public init(levels: Int, base: Float = 10_000, amplitudes: AmplitudeLaw = AmplitudeLaw()) {
        self.levels = levels
        self.base = base
        self.amplitudes = amplitudes
    }

    public var frequencyCount: Int {
        get { levels }
        set { levels = newValue }
    }

    public func frequencies(inputDimension: Int) throws(NeuralFieldsError) -> FourierFeatures {
        try requireFrequencyCount(levels)
        try require(base.isFinite && base > 1, "base", base, "must be finite and above 1")
        let logarithm = Double.log(Double(base))
        return .axisAligned(
            inputDimension: inputDimension,
            magnitudes: (0..<levels).map { Float(Double.exp(logarithm * Double($0) / Double(levels))) })
    }
}
