import Core
import Foundation
import NeuralFields
import TangentKernels
import Testing

@Suite struct FourierKernelTests {
    static let kinds: [Encoding.Kind] = [.gaussian, .positional, .transformer, .basic]

    /// Uniform in the unit cube.
    static func points(count: Int, dimension: Int, seed: UInt64) -> [Float] {
        let stream = RandomStream(seed: seed, stream: 7)
        return (0..<count * dimension).map { stream.uniforms(at: UInt64($0)).x }
    }

    @Test(arguments: kinds, [1, 2, 3]) func dependsOnTheDifferenceAlone(_ kind: Encoding.Kind, dimension: Int) throws {
        for exponent in [Float(0), 1] {
            let encoding = try EncodingConfiguration(
                kind: kind, sigma: 4, frequencyCount: kind == .gaussian ? 64 : 5, base: 100,
                amplitudeExponent: exponent, seed: 3
            ).makeEncoding(inputDimension: dimension)
            let kernel = try #require(FourierKernel(encoding))
            #expect(kernel.stationarityDefect(at: Self.points(count: 40, dimension: dimension, seed: 1)) < 1e-5)
        }
    }

    @Test func identityHasNoStationaryKernel() {
        #expect(FourierKernel(Encoding(identityOfDimension: 2)) == nil)
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
