/// b = 2^i on every axis, i = 0 … levels − 1: the encoding of NeRF (Mildenhall et al., ECCV 2020).
public struct PositionalFrequencies: FourierSettings, FrequencySettings {
    public static let name = "positional"

    /// Frequencies an axis.
    public var levels: Int
    public var amplitudes: AmplitudeLaw

    /// Six levels: up to 32 cycles.
    public init() { self.init(levels: 6) }

    public init(levels: Int, amplitudes: AmplitudeLaw = AmplitudeLaw()) {
        self.levels = levels
        self.amplitudes = amplitudes
    }

    public var frequencyCount: Int {
        get { levels }
        set { levels = newValue }
    }

    public func frequencies(inputDimension: Int) throws(NeuralFieldsError) -> FourierFeatures {
        // 2^i above 2^20 cycles is noise in single precision.
        try require(
            (1...20).contains(levels), "frequencies", levels, "the positional encoding takes 1 to 20 levels an axis")
        return .axisAligned(inputDimension: inputDimension, magnitudes: (0..<levels).map { Float(1 << $0) })
    }
}
