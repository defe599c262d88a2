/// One cycle a unit on every axis: b = unit axes.
public struct BasicFrequencies: FourierSettings {
    public static let name = "basic"

    public var amplitudes: AmplitudeLaw

    public init() { self.init(amplitudes: AmplitudeLaw()) }

    public init(amplitudes: AmplitudeLaw) { self.amplitudes = amplitudes }

    public func frequencies(inputDimension: Int) -> FourierFeatures {
        .axisAligned(inputDimension: inputDimension, magnitudes: [1])
    }
}
