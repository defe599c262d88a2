import Core
import Foundation
import NeuralFields
import TestSupport
import Testing

@Suite struct EncodingTests {
    private func fourier(_ settings: some EncodingSettings, dimension: Int = 3) throws -> FourierFeatures {
        try #require(try settings.makeEncoding(inputDimension: dimension) as? FourierFeatures)
    }

    @Test func positionalFrequenciesArePowersOfTwo() throws {
        let features = try fourier(PositionalFrequencies(levels: 4), dimension: 2)
        #expect(features.frequencies == [1, 2, 4, 8, 0, 0, 0, 0] + [0, 0, 0, 0, 1, 2, 4, 8])
        #expect(features.amplitudes == [Float](repeating: 1, count: 8))
    }

    @Test func transformerFrequenciesAreEvenInTheLogarithm() throws {
        let features = try fourier(TransformerFrequencies(levels: 8), dimension: 1)
        #expect(features.frequencies[0] == 1)
        for level in 1..<8 {
            let ratio = features.frequencies[level] / features.frequencies[level - 1]
            #expect(abs(ratio - Float(pow(10_000, 1.0 / 8))) < 1e-5)
        }
        let based = try fourier(TransformerFrequencies(levels: 2, base: 16), dimension: 1)
        #expect(based.frequencies == [1, 4])
    }

    @Test(arguments: 1...4) func basicHasOneCycleAnAxis(_ dimension: Int) throws {
        let features = try fourier(BasicFrequencies(), dimension: dimension)
        for axis in 0..<dimension {
            for j in 0..<dimension { #expect(features.frequencies[axis * dimension + j] == (axis == j ? 1 : 0)) }
        }
    }

    @Test func noneHasNoFrequencies() throws {
        let encoding = try #require(EncodingConfiguration(named: "none")).makeEncoding(inputDimension: 3)
        #expect(encoding as? IdentityEncoding == IdentityEncoding(inputDimension: 3))
        #expect(encoding.outputCount == 3)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>, [0.5, 12] as [Float])
    func gaussianFrequenciesHaveTheirMoments(_ seed: UInt64, sigma: Float) throws {
        let features = try fourier(GaussianFrequencies(sigma: sigma, frequencyCount: 20_000, seed: seed))
        let values = features.frequencies.map { Double($0 / sigma) }
        let count = Double(values.count)
        func moment(_ power: Int) -> Double { values.reduce(0) { $0 + pow($1, Double(power)) } / count }
        // Five standard errors of each moment: √((2p − 1)!! − …) is 1, √2, √15, √96.
        #expect(abs(moment(1)) < 5 / count.squareRoot())
        #expect(abs(moment(2) - 1) < 5 * 1.42 / count.squareRoot())
        #expect(abs(moment(3)) < 5 * 3.88 / count.squareRoot())
        #expect(abs(moment(4) - 3) < 5 * 9.8 / count.squareRoot())
        let correlation = zip(values.prefix(20_000), values.dropFirst(20_000)).reduce(0) { $0 + $1.0 * $1.1 } / 20_000
        #expect(abs(correlation) < 5 / 20_000.0.squareRoot())
        let other = try fourier(GaussianFrequencies(sigma: sigma, frequencyCount: 20_000, seed: seed + 1))
        #expect(other != features)
    }

    @Test(arguments: [0.5, 1, 2] as [Float]) func amplitudesFollowThePowerLaw(_ exponent: Float) throws {
        let features = try fourier(
            PositionalFrequencies(levels: 5, amplitudes: AmplitudeLaw(exponent: exponent)), dimension: 2)
        for level in 0..<5 {
            let expected = pow(2, -exponent * Float(level))
            #expect(abs(features.amplitudes[level] - expected) < 1e-6)
            #expect(abs(features.amplitudes[5 + level] - expected) < 1e-6)
        }
        let low = FourierFeatures(inputDimension: 1, frequencies: [0, 0.25], amplitudes: [1, 2])
        #expect(low.withPowerLawAmplitudes(exponent: exponent).amplitudes == [1, 2], "no gain below one cycle")
    }

    @Test func normalizedFeaturesHaveUnitNorm() throws {
        let features = try fourier(
            GaussianFrequencies(
                sigma: 5, frequencyCount: 33, amplitudes: AmplitudeLaw(exponent: 1, isNormalized: true), seed: 4))
        #expect(abs(features.amplitudes.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
        #expect(abs(features.kernel(at: [0, 0, 0]) - 1) < 1e-6)
        #expect(abs(features.kernel(at: [0.3, -0.2, 0.1])) < 1)
    }

    /// The Gaussian encoding's kernel tends to exp(−2π²σ²‖Δ‖²) as m grows.
    @Test func gaussianKernelTendsToTheGaussian() throws {
        let features = try fourier(
            GaussianFrequencies(
                sigma: 2, frequencyCount: 65_536, amplitudes: AmplitudeLaw(isNormalized: true)))
        for length in [0.02, 0.08, 0.15] {
            let side = Float(length / 3.0.squareRoot())
            let expected = exp(-2 * Double.pi * Double.pi * 4 * length * length)
            #expect(abs(features.kernel(at: [side, -side, side]) - expected) < 5 / 256 / 2.0.squareRoot())
        }
    }

    @Test(
        arguments: [
            ("sigma", GaussianFrequencies(sigma: 0)), ("sigma", GaussianFrequencies(sigma: .nan)),
            ("sigma", GaussianFrequencies(sigma: -1)),
            ("frequencies", GaussianFrequencies(sigma: 5, frequencyCount: 0)),
            ("frequencies", GaussianFrequencies(sigma: 5, frequencyCount: 1 << 20)),
            ("frequencies", PositionalFrequencies(levels: 21)), ("base", TransformerFrequencies(levels: 4, base: 1)),
            ("amplitude exponent", BasicFrequencies(amplitudes: AmplitudeLaw(exponent: -1))),
            ("grid levels", GridEncoding.Settings(levels: 0, features: 2, coarsest: 4, finest: 8, tableExponent: 10)),
            (
                "grid features",
                GridEncoding.Settings(levels: 1, features: 17, coarsest: 4, finest: 8, tableExponent: 10)
            ),
            ("finest grid", GridEncoding.Settings(levels: 2, features: 2, coarsest: 9, finest: 8, tableExponent: 10)),
            (
                "grid table exponent",
                GridEncoding.Settings(levels: 2, features: 2, coarsest: 4, finest: 8, tableExponent: 60)
            ),
        ] as [(String, any EncodingSettings)])
    func refusesSettings(_ name: String, _ settings: any EncodingSettings) {
        #expect {
            try settings.makeEncoding(inputDimension: 3)
        } throws: { error in
            if case .invalidSetting(name, _, _)? = error as? NeuralFieldsError { true } else { false }
        }
    }

    @Test func gridsTakePointsOfSpaceAtMost() {
        #expect(throws: NeuralFieldsError.self) { try GridEncoding.Settings().makeEncoding(inputDimension: 4) }
    }

    @Test func switchingKeepsWhatBothHave() throws {
        var configuration = EncodingConfiguration(
            GaussianFrequencies(sigma: 3, amplitudes: AmplitudeLaw(isNormalized: true), seed: 9))
        configuration.switchTo(EncodingConfiguration(PositionalFrequencies()))
        #expect(
            configuration.settings as? PositionalFrequencies
                == PositionalFrequencies(levels: 6, amplitudes: AmplitudeLaw(isNormalized: true)))
        #expect(configuration.sigma == nil && configuration.seed == nil && configuration.frequencyCount == 6)
        configuration.sigma = 4
        #expect(configuration.sigma == nil, "what is not there is not set")
    }
}

/// What every encoding of the list keeps to.
@Suite struct EncodingConformanceTests {
    private static func points(count: Int, dimension: Int, seed: UInt64) -> [Float] {
        let stream = RandomStream(seed: seed, stream: 17)
        // Some of them outside the unit cube.
        return (0..<count * dimension).map { 1.2 * stream.uniforms(at: UInt64($0)).x - 0.1 }
    }

    private static func parameters(of encoding: any Encoding, seed: UInt64) -> [Float] {
        let stream = RandomStream(seed: seed, stream: 18)
        return (0..<encoding.parameterCount).map { stream.normals(at: UInt64($0)).x }
    }

    /// The description's value in double precision.
    private static func described(_ encoding: any Encoding, _ points: [Double], _ parameters: [Float]) -> [Double] {
        var evaluator = GraphEvaluator()
        let rows = GraphEvaluator.Rows(
            count: points.count / encoding.inputDimension, columns: encoding.inputDimension, values: points)
        return encoding.describe(rows, parameters: parameters[...], in: &evaluator).values
    }

    @Test func namesAreDistinctAndFound() {
        let names = EncodingConfiguration.all.map { $0.name }
        #expect(Set(names).count == names.count)
        for name in names { #expect(EncodingConfiguration(named: name)?.name == name) }
        #expect(EncodingConfiguration(named: "fourier") == nil)
    }

    @Test(arguments: EncodingConfiguration.tested) func settingsSurviveJSON(_ configuration: EncodingConfiguration)
        throws
    {
        let data = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(EncodingConfiguration.self, from: data) == configuration)
        #expect(String(decoding: data, as: UTF8.self).hasPrefix("{\"\(configuration.name)\":{"))
    }

    @Test(arguments: EncodingConfiguration.tested, 1...3)
    func countsAgree(_ configuration: EncodingConfiguration, dimension: Int) throws {
        let encoding = try configuration.makeEncoding(inputDimension: dimension)
        #expect(encoding.inputDimension == dimension)
        let groups = encoding.parameterGroups
        #expect(groups.first?.start ?? 0 == 0)
        #expect(zip(groups, groups.dropFirst()).allSatisfy { $0.end == $1.start })
        let parameters = Self.parameters(of: encoding, seed: 1)
        let features = encoding.features(
            of: Self.points(count: 7, dimension: dimension, seed: 2), parameters: parameters)
        #expect(features.count == 7 * encoding.outputCount)
        if let made = encoding.configuration {
            #expect(try made.makeEncoding(inputDimension: dimension).outputCount == encoding.outputCount)
            #expect(made == configuration)
        }
    }

    @Test(arguments: EncodingConfiguration.tested, 1...3)
    func featuresAreWhatIsDescribed(_ configuration: EncodingConfiguration, dimension: Int) throws {
        let encoding = try configuration.makeEncoding(inputDimension: dimension)
        let points = Self.points(count: 300, dimension: dimension, seed: 3)
        let parameters = Self.parameters(of: encoding, seed: 4)
        let features = encoding.features(of: points, parameters: parameters)
        let expected = Self.described(encoding, points.map(Double.init), parameters)
        #expect(zip(features, expected).allSatisfy { abs(Double($0) - $1) < 5e-6 * max(1, abs($1)) })
    }

    /// Against central differences of the description, on points of which some are outside and none near a place where the
    /// features bend.
    @Test(arguments: EncodingConfiguration.tested, 1...3)
    func gradientsEqualFiniteDifferences(_ configuration: EncodingConfiguration, dimension: Int) throws {
        let encoding = try configuration.makeEncoding(inputDimension: dimension)
        let count = 40
        let points = Self.points(count: count, dimension: dimension, seed: 5)
        let parameters = Self.parameters(of: encoding, seed: 6)
        let featureCount = encoding.outputCount
        let stream = RandomStream(seed: 7, stream: 1)
        var weights = (0..<count * featureCount).map { stream.normals(at: UInt64($0)).x }
        var (pointGradient, parameterGradient) = (
            [Float](repeating: 0, count: points.count), parameters.map { _ in Float(1) }
        )
        var features = [Float](repeating: 0, count: count * featureCount)
        let own = parameters + [0]
        features.withUnsafeMutableBufferPointer { features in
            let tile = EncodedTile(
                count: count, points: points, parameters: own, features: features.baseAddress!, stride: featureCount)
            encoding.encode(tile)
            encoding.pullBack(
                tile, featureGradient: &weights, parameterGradient: &parameterGradient, pointGradient: &pointGradient)
        }
        /// Σ weight · feature of one point, and of all.
        func sums(_ points: [Double], _ parameters: [Float]) -> [Double] {
            let values = Self.described(encoding, points, parameters)
            return (0..<count).map { row in
                (0..<featureCount).reduce(0.0) {
                    $0 + Double(weights[row * featureCount + $1]) * values[row * featureCount + $1]
                }
            }
        }
        let center = points.map(Double.init)
        let step = 1e-6
        for axis in 0..<dimension {
            func moved(_ by: Double) -> [Double] {
                center.enumerated().map { $0.offset % dimension == axis ? $0.element + by : $0.element }
            }
            let (above, below) = (sums(moved(step), parameters), sums(moved(-step), parameters))
            for row in 0..<count {
                let difference = (above[row] - below[row]) / (2 * step)
                let gradient = Double(pointGradient[row * dimension + axis])
                #expect(abs(gradient - difference) < 1e-4 * max(1, abs(difference)), "point \(row), axis \(axis)")
            }
        }
        // Features are linear in a grid's parameters, so that a large step is exact.
        for index in stride(from: 0, to: parameters.count, by: 5) {
            var (up, down) = (parameters, parameters)
            up[index] += 0.5
            down[index] -= 0.5
            let difference = zip(sums(center, up), sums(center, down)).reduce(0.0) { $0 + $1.0 - $1.1 }
            // It is added to what was there, 1.
            #expect(abs(Double(parameterGradient[index] - 1) - difference) < 1e-4 * max(1, abs(difference)))
        }
    }

    @Test(arguments: EncodingConfiguration.tested) func trainingDoesNotDependOnThreads(
        _ configuration: EncodingConfiguration
    ) throws {
        let testCase = GradientCase(encoding: configuration)
        let batch = testCase.makeBatch(count: 1000)
        func train(_ threads: Int, _ kind: OptimizerConfiguration.Kind) throws -> CoordinateNetwork {
            let trainer = Trainer(
                try testCase.makeNetwork(), configuration: Self.training(kind), workers: Workers(count: threads))
            for step in 0..<15 { _ = try trainer.step(batch, progress: Double(step) / 15) }
            return trainer.trainedModel
        }
        for kind in [OptimizerConfiguration.Kind.adam, .soap] {
            let reference = try train(1, kind)
            #expect(reference != (try testCase.makeNetwork()))
            for threads in [2, 3] { #expect(try train(threads, kind) == reference) }
        }
    }

    @Test(arguments: EncodingConfiguration.tested, OptimizerConfiguration.Kind.allCases)
    func resumedTrainingHasTheSameBits(_ configuration: EncodingConfiguration, kind: OptimizerConfiguration.Kind) throws
    {
        let testCase = GradientCase(encoding: configuration)
        let batch = testCase.makeBatch(count: 1000)
        func makeTrainer() throws -> Trainer<CoordinateNetwork> {
            Trainer(try testCase.makeNetwork(), configuration: Self.training(kind), workers: .single)
        }
        let whole = try makeTrainer()
        for step in 0..<24 { _ = try whole.step(batch, progress: Double(step) / 24) }
        let (first, second) = (try makeTrainer(), try makeTrainer())
        for step in 0..<13 { _ = try first.step(batch, progress: Double(step) / 24) }
        try second.restore(first.state)
        for step in 13..<24 { _ = try second.step(batch, progress: Double(step) / 24) }
        #expect(second.trainedModel == whole.trainedModel)
    }

    private static func training(_ kind: OptimizerConfiguration.Kind) -> TrainingConfiguration {
        TrainingConfiguration(
            loss: .squared, optimizer: OptimizerConfiguration(kind: kind),
            schedule: LearningRateSchedule(peak: 3e-3, shape: .cosine), batchSize: 1000, averagingDecay: 0.5)
    }
}
