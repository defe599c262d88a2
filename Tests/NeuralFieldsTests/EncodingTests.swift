import Foundation
import NeuralFields
import Testing

@Suite struct EncodingTests {
    private func fourier(_ configuration: EncodingConfiguration, dimension: Int = 3) throws -> FourierFeatures {
        try #require(try configuration.makeEncoding(inputDimension: dimension).fourier)
    }

    @Test func positionalFrequenciesArePowersOfTwo() throws {
        let features = try fourier(EncodingConfiguration(kind: .positional, frequencyCount: 4), dimension: 2)
        #expect(features.frequencies == [1, 2, 4, 8, 0, 0, 0, 0] + [0, 0, 0, 0, 1, 2, 4, 8])
        #expect(features.amplitudes == [Float](repeating: 1, count: 8))
    }

    @Test func transformerFrequenciesAreEvenInTheLogarithm() throws {
        let features = try fourier(EncodingConfiguration(kind: .transformer, frequencyCount: 8), dimension: 1)
        #expect(features.frequencies[0] == 1)
        for level in 1..<8 {
            let ratio = features.frequencies[level] / features.frequencies[level - 1]
            #expect(abs(ratio - Float(pow(10_000, 1.0 / 8))) < 1e-5)
        }
        let based = try fourier(EncodingConfiguration(kind: .transformer, frequencyCount: 2, base: 16), dimension: 1)
        #expect(based.frequencies == [1, 4])
    }

    @Test(arguments: 1...4) func basicHasOneCycleAnAxis(_ dimension: Int) throws {
        let features = try fourier(EncodingConfiguration(kind: .basic), dimension: dimension)
        for axis in 0..<dimension {
            for j in 0..<dimension { #expect(features.frequencies[axis * dimension + j] == (axis == j ? 1 : 0)) }
        }
    }

    @Test func noneHasNoFrequencies() throws {
        let encoding = try EncodingConfiguration(kind: .none).makeEncoding(inputDimension: 3)
        #expect(encoding.fourier == nil)
        #expect(encoding.featureCount == 3)
        #expect(encoding == Encoding(identityOfDimension: 3))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>, [0.5, 12] as [Float])
    func gaussianFrequenciesHaveTheirMoments(_ seed: UInt64, sigma: Float) throws {
        let features = try fourier(EncodingConfiguration(sigma: sigma, frequencyCount: 20_000, seed: seed))
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
        let other = try fourier(EncodingConfiguration(sigma: sigma, frequencyCount: 20_000, seed: seed + 1))
        #expect(other != features)
    }

    @Test(arguments: [0.5, 1, 2] as [Float]) func amplitudesFollowThePowerLaw(_ exponent: Float) throws {
        let features = try fourier(
            EncodingConfiguration(kind: .positional, frequencyCount: 5, amplitudeExponent: exponent), dimension: 2)
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
            EncodingConfiguration(frequencyCount: 33, amplitudeExponent: 1, normalized: true, seed: 4))
        #expect(abs(features.amplitudes.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
        #expect(abs(features.kernel(at: [0, 0, 0]) - 1) < 1e-6)
        #expect(abs(features.kernel(at: [0.3, -0.2, 0.1])) < 1)
    }

    /// The Gaussian encoding's kernel tends to exp(−2π²σ²‖Δ‖²) as m grows.
    @Test func gaussianKernelTendsToTheGaussian() throws {
        let features = try fourier(EncodingConfiguration(sigma: 2, frequencyCount: 65_536, normalized: true))
        for length in [0.02, 0.08, 0.15] {
            let side = Float(length / 3.0.squareRoot())
            let expected = exp(-2 * Double.pi * Double.pi * 4 * length * length)
            #expect(abs(features.kernel(at: [side, -side, side]) - expected) < 5 / 256 / 2.0.squareRoot())
        }
    }

    @Test(arguments: [
        ("sigma", EncodingConfiguration(sigma: 0)), ("sigma", EncodingConfiguration(sigma: .nan)),
        ("sigma", EncodingConfiguration(sigma: -1)), ("frequencies", EncodingConfiguration(frequencyCount: 0)),
        ("frequencies", EncodingConfiguration(frequencyCount: 1 << 20)),
        ("frequencies", EncodingConfiguration(kind: .positional, frequencyCount: 21)),
        ("base", EncodingConfiguration(kind: .transformer, base: 1)),
        ("amplitude exponent", EncodingConfiguration(amplitudeExponent: -1)),
    ])
    func refusesSettings(_ name: String, _ configuration: EncodingConfiguration) {
        #expect {
            try configuration.makeEncoding(inputDimension: 3)
        } throws: { error in
            if case .invalidSetting(name, _, _)? = error as? NeuralFieldsError { true } else { false }
        }
    }
}
