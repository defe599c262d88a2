import Core
import Foundation
import NeuralFields
import TangentKernels
import Testing

@Suite struct FourierKernelTests {

    /// Uniform in the unit cube.
    static func points(count: Int, dimension: Int, seed: UInt64) -> [Float] {
        let stream = RandomStream(seed: seed, stream: 7)
        return (0..<count * dimension).map { stream.uniforms(at: UInt64($0)).x }
    }

    @Test(arguments: ["gaussian", "positional", "transformer", "basic"], [1, 2, 3])
    func dependsOnTheDifferenceAlone(_ name: String, dimension: Int) throws {
        for exponent in [Float(0), 1] {
            var configuration = try #require(EncodingConfiguration(named: name))
            configuration.frequencyCount = name == "gaussian" ? 64 : 5
            if name == "transformer" { configuration.settings = TransformerFrequencies(levels: 5, base: 100) }
            var settings = try #require(configuration.settings as? any FourierSettings)
            settings.amplitudes.exponent = exponent
            let encoding = try settings.makeEncoding(inputDimension: dimension)
            let kernel = try #require(FourierKernel(encoding))
            #expect(kernel.stationarityDefect(at: Self.points(count: 40, dimension: dimension, seed: 1)) < 1e-5)
        }
    }

    @Test func identityHasNoStationaryKernel() {
        #expect(FourierKernel(IdentityEncoding(inputDimension: 2)) == nil)
    }

    /// The mean over draws of frequencies, which has the error of 20 · 4096 of them.
    @Test func gaussianFrequenciesTendToAGaussian() {
        for distance in [0.0, 0.02, 0.05, 0.1] {
            let mean = (0..<20).reduce(0.0) { sum, seed in
                let features = FourierFeatures.gaussian(
                    inputDimension: 3, count: 4096, sigma: 3, seed: UInt64(seed))
                let kernel = FourierKernel(features)
                return sum + kernel.profile(distances: [distance], direction: [0.6, 0, 0.8])[0] / kernel.variance / 20
            }
            #expect(abs(mean - FourierKernel.gaussianLimit(sigma: 3, distance: distance)) < 0.012)
        }
    }
}
