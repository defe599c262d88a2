import Geometry
import NeuralFields

/// Named sets of values of the ordinary settings.
public enum Preset: String, Sendable, Codable, CaseIterable {
    /// About a second on two cores, all in: a grid that is solved, no network.
    case instant
    /// As small as a shape can be: some ten kilobytes, and at most 32 as a shader's text.
    case tiny
    /// 5 to 8 seconds on two cores, all in.
    case fast
    /// About half a minute on two cores, all in.
    case `default`
    /// Four minutes on two cores: the network of ``compact``, more steps, samples still closer to the surface.
    case fine
    /// The recipe of Tancik et al. (NeurIPS 2020, section 6.3 and appendix) to the letter: 40 to 80 minutes on
    /// two cores with AVX-512.
    case tancik2020
    /// At most the bytes of 132 000 floats, base and all, for `voxel256`: about a minute on two cores.
    case compact

    /// docs/recipe.md has the measurements that chose these values.
    public var configuration: FitConfiguration {
        switch self {
        case .instant: .instant
        case .tiny:
            .recipe(
                frequencies: 20, width: 20, depth: 2, steps: 9000, batchSize: 1024, poolSize: 1 << 19, sigma: 2.4,
                scale: 0.012, base: .init(resolution: 8, sampleBits: 8), resolution: 128)
        case .fast:
            .recipe(frequencies: 128, width: 128, depth: 2, steps: 1500, batchSize: 1024, poolSize: 1 << 19)
        case .default:
            .recipe(frequencies: 128, width: 128, depth: 3, steps: 6000, batchSize: 2048, poolSize: 1 << 21)
        case .fine:
            .recipe(
                frequencies: 128, width: 192, depth: 3, steps: 14_000, batchSize: 4096, poolSize: 1 << 23, scale: 0.004,
                deviations: (0.006, 0.0009), resolution: 512)
        case .compact:
            .recipe(
                frequencies: 128, width: 192, depth: 3, steps: 3000, batchSize: 4096, poolSize: 1 << 22,
                base: .init(resolution: 16))
        case .tancik2020: .tancik2020
        }
    }
}

extension FitConfiguration {
    /// This project's recipe at a size.
    static func recipe(
        frequencies: Int, width: Int, depth: Int, steps: Int, batchSize: Int, poolSize: Int,
        sigma: Float = SigmaSearch.usual(hasBase: true), scale: Float = 0.007, base: Base = Base(resolution: 32),
        deviations: (Float, Float) = SamplingConfiguration.usualDeviations,
        resolution: Int = 256
    ) -> FitConfiguration {
        var configuration = FitConfiguration(
            frame: .unitCube,
            target: .sdf(.tanh, scale: scale),
            labels: Labels(
                sampling: .recipe(for: .sdf, deviations: deviations),
                poolSize: poolSize),
            encoding: EncodingConfiguration(
                GaussianFrequencies(sigma: sigma, frequencyCount: frequencies)),
            width: width, depth: depth, activation: .gaussian(width: 1), initialization: .he,
            training: TrainingConfiguration(
                loss: .squared,
                optimizer: OptimizerConfiguration(kind: .soap, beta1: 0.9, beta2: 0.95, preconditionEvery: 20),
                schedule: LearningRateSchedule(peak: 1e-2, shape: .cosine, warmUpSteps: 20), batchSize: batchSize),
            weightBits: 16, budget: .steps(steps), resolution: resolution, seed: 0)
        configuration.switchBase(to: base.resolution)
        configuration.base = base
        return configuration
    }

    static let instant: FitConfiguration = {
        var configuration = Preset.default.configuration
        configuration.switchGrid(to: GridSettings())
        return configuration
    }()

    static let tancik2020 = FitConfiguration(
        frame: .tancik2020,
        target: .occupancy(scale: 1),
        labels: Labels(
            sampling: SamplingConfiguration(components: [.box(weight: 1)], margin: 1e-3),
            poolSize: 0),
        encoding: EncodingConfiguration(
            GaussianFrequencies(sigma: 12, frequencyCount: 256, amplitudes: AmplitudeLaw(isNormalized: true))),
        width: 256, depth: 7, activation: .relu, initialization: .glorot,
        training: TrainingConfiguration(
            loss: .crossEntropy, optimizer: OptimizerConfiguration(kind: .adam),
            schedule: LearningRateSchedule(peak: 5e-4, shape: .exponential), batchSize: 32_768),
        budget: .steps(10_000), resolution: 256, seed: 0)
}

extension SamplingConfiguration {
    static let usualDeviations: (Float, Float) = (0.007, 0.0015)

    /// Most points within a few thousandths of the cube from the surface, and enough uniform ones to keep floaters away.
    /// With fewer of them uniform, floaters appeared; a network of logits
    /// does that with less than half (the bunny's uniform IoU was .974 instead of .995).
    ///
    /// - Parameter deviations: of the wide and of the narrow noise around the surface, for distances.
    static func recipe(
        for kind: FieldTarget.Kind, deviations: (Float, Float) = usualDeviations
    ) -> SamplingConfiguration {
        let components: [SamplingConfiguration.Component] =
            switch kind {
            case .sdf:
                [
                    .surface(weight: 0.22, deviation: deviations.0), .surface(weight: 0.58, deviation: deviations.1),
                    .box(weight: 0.2),
                ]
            case .occupancy:
                [
                    .surface(weight: 0.3, deviation: 0.01), .surface(weight: 0.2, deviation: 0.0025),
                    .box(weight: 0.5),
                ]
            }
        return SamplingConfiguration(components: components, margin: 0.05)
    }
}
