/// The learning rate as a function of how much of the training is done.
public struct LearningRateSchedule: Sendable, Equatable, Codable {
    public enum Shape: String, Sendable, Codable, CaseIterable {
        case constant
        /// Linear from the peak to zero.
        case linear
        /// Half a cosine from the peak to zero.
        case cosine
        /// peak · 0.1^(step / 5000), whatever the training's length: the paper's.
        case exponential
    }

    /// The largest rate.
    public var peak: Float
    public var shape: Shape
    /// Steps of linear warm-up from zero.
    public var warmUpSteps: Int

    public init(peak: Float, shape: Shape, warmUpSteps: Int = 0) {
        self.peak = peak
        self.shape = shape
        self.warmUpSteps = warmUpSteps
    }

    /// - Parameters:
    ///   - step: steps done so far.
    ///   - progress: the part of the training that is done, in [0, 1].
    public func rate(step: Int, progress: Double) -> Float {
        let remaining = 1 - min(max(progress, 0), 1)
        let decay: Double =
            switch shape {
            case .constant: 1
            case .linear: remaining
            case .cosine: 0.5 * (1 + Double.cos(.pi * (1 - remaining)))
            case .exponential: Double.exp(Double(step) / 5000 * Double.log(0.1))
            }
        let warmUp = min(1, Double(step + 1) / Double(max(warmUpSteps, 1)))
        return peak * Float(decay * warmUp)
    }
}
