/// Notices a loss that explodes while it is still finite.
///
/// A step's loss is held against the best mean that any ``window`` consecutive steps had. Measured on shapes: with rates up
/// to ten times the default, steps stay below 3 times that mean; rates of 30 to 100 times the default gave spikes of 2 to
/// 309 times in trainings that still learnt something as the rate fell; networks that were lost went past 10 000 times.
struct LossWatch: Sendable, Equatable {
    /// Steps of a mean: short enough to follow the fall of the loss, long enough not to be set by one lucky batch.
    static let window = 50
    /// How far above the best mean a loss has exploded: between the spikes that were recovered from and those that were not.
    static let explosionFactor: Float = 1000
    /// Up to which multiple of the best mean weights are worth keeping.
    static let soundFactor: Float = 10
    /// Floor of the reference mean. Targets are of order one, so that a thousand times this is still harmless.
    static let smallestMean: Float = 1e-5
    /// Points that a judgement takes at least: single points' losses differ by more than any factor.
    static let judgedPoints = 1024

    private let judgedSteps: Int
    /// The latest losses, oldest first, at most ``window``.
    private var recent: [Float] = []
    private var best = Float.infinity

    init(batchSize: Int) {
        judgedSteps = min(Self.window, (Self.judgedPoints + batchSize - 1) / batchSize)
    }

    /// Whether `loss`, of the step after those taken in, is one of an explosion.
    func isExplosion(_ loss: Float) -> Bool {
        guard recent.count + 1 >= judgedSteps, best.isFinite else { return false }
        return Self.mean(recent.suffix(judgedSteps - 1) + [loss]) > Self.explosionFactor * max(best, Self.smallestMean)
    }

    /// Whether weights of this loss are worth keeping.
    func isSound(_ loss: Float) -> Bool { loss <= Self.soundFactor * max(best, Self.smallestMean) }

    mutating func take(_ loss: Float) {
        recent.append(loss)
        if recent.count > Self.window { recent.removeFirst() }
        if recent.count >= judgedSteps { best = min(best, Self.mean(recent[...])) }
    }

    private static func mean(_ losses: ArraySlice<Float>) -> Float { losses.reduce(0, +) / Float(losses.count) }

    var state: TrainingState {
        TrainingState(arrays: ["recent": recent, "best": best.isFinite ? [best] : []])
    }

    /// Goes on from a ``state``.
    ///
    /// - Returns: false, and nothing changed, when it is none.
    mutating func restore(_ state: TrainingState) -> Bool {
        let (recent, best) = (state.arrays["recent"] ?? [], state.arrays["best"] ?? [])
        guard recent.count <= Self.window, best.count <= 1, state.arrays.count <= 2, state.counts.isEmpty,
            (recent + best).allSatisfy(\.isFinite)
        else { return false }
        self.recent = recent
        self.best = best.first ?? .infinity
        return true
    }
}
