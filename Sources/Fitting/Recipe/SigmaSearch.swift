import Core
import NeuralFields

/// The σ that suits a shape, measured: short trainings with several σ on the fit's own batches, and the one whose network
/// predicts points that it has not seen yet best.
///
/// All trainings see the same points, so that differences of their losses are those of σ. Not guaranteed to be the best:
/// docs/theory.md has the table of what the choice reaches beside a sweep of whole fits.
public struct SigmaSearch: Sendable, Codable, Equatable {
    /// One σ that was tried.
    public struct Candidate: Sendable, Codable, Equatable {
        public let sigma: Float
        /// Mean loss of the last quarter of the steps, each batch before it was learnt.
        public let loss: Double

        package init(sigma: Float, loss: Double) {
            self.sigma = sigma
            self.loss = loss
        }
    }

    /// For `EncodingConfiguration.sigma`, in cycles per unit-cube side: the nearest to the usual one (``usual(hasBase:)``) that the
    /// trainings do not speak against.
    public let sigma: Float
    public let candidates: [Candidate]

    /// The best σ for full-length fits of most shapes, which short trainings do not always show (docs/theory.md, section 5). What is
    /// left to learn on a base is finer than the whole field.
    public static func usual(hasBase: Bool) -> Float { hasBase ? 4.76 : 3.36 }

    /// Steps of √2 over what shapes want.
    static let sigmas: [Float] = [1, 1.41, 2, 2.83, 4, 5.66, 8, 11.3]
    /// Where the search begins: most shapes want something between this one and the next.
    private static let start = 3
    /// The part of a fit's steps that four trainings take: as many as a search usually needs at most.
    private static let share = 0.09
    /// Of one training. With 100 the order of their losses was that of whole fits for nine shapes of ten; fewer than 50 were not tried.
    private static let stepRange = 50...200

    /// - Parameters:
    ///   - configuration: of the fit; its σ is not looked at.
    ///   - source: the fit's batches.
    ///   - goesOn: asked now and then; false ends the search with what it has.
    /// - Complexity: three or four trainings for most shapes, together less than a tenth of the fit where that has 2 500 steps or
    ///   more; of fewer at least 50 steps each.
    /// - Throws: ``FittingError`` for settings that make no network.
    init(
        _ configuration: FitConfiguration, source: some BatchSource, workers: Workers, goesOn: () -> Bool = { true }
    ) throws(FittingError) {
        let steps = Self.steps(of: configuration.budget)
        var losses = [Double?](repeating: nil, count: Self.sigmas.count)
        func loss(_ index: Int) throws(FittingError) -> Double {
            if let known = losses[index] { return known }
            let value = try Self.loss(
                configuration, sigma: Self.sigmas[index], source: source, steps: steps, workers: workers, goesOn: goesOn
            )
            losses[index] = value
            return value
        }
        // Downhill from the start: over log σ the loss has one valley.
        var best = Self.start
        let step = try loss(best + 1) < loss(best) ? 1 : -1
        while Self.sigmas.indices.contains(best + step), try loss(best + step) < loss(best) { best += step }
        candidates = losses.indices.compactMap { index in
            guard let loss = losses[index], loss.isFinite else { return nil }
            return Candidate(sigma: Self.sigmas[index], loss: loss)
        }
        let usual = Self.usual(hasBase: configuration.base != nil)
        sigma = Self.choice(candidates, usual: usual) ?? configuration.encoding.sigma ?? usual
    }

    /// Steps of each training.
    private static func steps(of budget: FitConfiguration.Budget) -> Int {
        switch budget {
        case .steps(let total):
            min(max(Int(saturating: share * Double(total) / 4), stepRange.lowerBound), stepRange.upperBound)
        // Nobody knows how many steps that will be.
        case .seconds: stepRange.lowerBound
        }
    }

    private static func loss(
        _ configuration: FitConfiguration, sigma: Float, source: some BatchSource, steps: Int, workers: Workers,
        goesOn: () -> Bool
    ) throws(FittingError) -> Double {
        var trial = configuration
        trial.encoding.sigma = sigma
        let trainer = Trainer(try trial.makeNetwork(), configuration: trial.training, workers: workers)
        var sum = 0.0
        let tail = max(1, steps / 4)
        do {
            for step in 0..<steps {
                // A trial that was broken off is not chosen; the rest of the search then ends as fast.
                guard step % 10 > 0 || goesOn() else { return .infinity }
                let loss = try trainer.step(source, progress: Double(step) / Double(steps))
                if step >= steps - tail { sum += Double(loss) }
            }
        } catch {
            // A trial that diverges is never chosen.
            return .infinity
        }
        return sum / Double(tail)
    }

    /// How many times the lowest loss the choice may have. Whole fits train some fifty times longer, and a loss a fifth lower
    /// after so few steps says nothing about them: the lowest alone made a torus knot fall short by 0.0042 / 0.0101 IoU.
    private static let excess = 1.2

    /// The σ nearest to `usual` at which a parabola through the best candidate and its neighbours, over log σ, is at most
    /// ``excess`` times its lowest, at most a quarter of an octave beyond those neighbours and whatever else was tried and found no
    /// worse; nil without a candidate.
    package static func choice(_ candidates: [Candidate], usual: Float) -> Float? {
        guard let best = candidates.indices.min(by: { candidates[$0].loss < candidates[$1].loss }) else { return nil }
        guard best > 0, best < candidates.count - 1 else { return candidates[best].sigma }
        let x = (-1...1).map { log(Double(candidates[best + $0].sigma)) }
        let y = (-1...1).map { log(max(candidates[best + $0].loss, 1e-300)) }
        let (left, right) = (x[1] - x[0], x[2] - x[1])
        let (fall, rise) = ((y[1] - y[0]) / left, (y[2] - y[1]) / right)
        guard rise > fall, (rise - fall).isFinite else { return candidates[best].sigma }
        // The derivative at the middle of either step, its zero between them, and its slope.
        let middle = ((x[0] + x[1]) / 2, (x[1] + x[2]) / 2)
        let curvature = (rise - fall) / (middle.1 - middle.0)
        let lowest = middle.0 - fall / curvature
        let reach = (2 * log(excess) / curvature).squareRoot()
        let margin = 0.25 * log(2)
        let allowed = excess * candidates[best].loss
        let first = candidates[..<best].lastIndex { $0.loss > allowed }.map { $0 + 1 } ?? 0
        let last = (candidates[best...].firstIndex { $0.loss > allowed } ?? candidates.count) - 1
        let known = (candidates[min(first, best - 1)].sigma, candidates[max(last, best + 1)].sigma)
        let range = (
            max(lowest - reach, log(Double(known.0)) - margin), min(lowest + reach, log(Double(known.1)) + margin)
        )
        if (range.0...range.1).contains(log(Double(usual))) { return usual }
        return Float(exp(log(Double(usual)) < range.0 ? range.0 : range.1))
    }
}
