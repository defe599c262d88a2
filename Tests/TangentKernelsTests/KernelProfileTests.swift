import NeuralFields
import TangentKernels
import Testing

@Suite struct KernelProfileTests {
    private static func profile(_ settings: any EncodingSettings) throws -> KernelProfile {
        let encoding = try settings.makeEncoding(inputDimension: 3)
        return KernelProfile(CoordinateKernel(encoding: encoding, network: NeuralTangentKernel(depth: 2)))
    }

    private static func gaussian(_ sigma: Float) throws -> KernelProfile {
        try profile(GaussianFrequencies(sigma: sigma, frequencyCount: 256))
    }

    /// The half width shrinks with σ, and the curve is there half way down to its plateau.
    @Test func halfWidthsFollowSigma() throws {
        let widths = try [2, 4, 8].map { try #require(try Self.gaussian($0).halfWidth) }
        #expect(widths[0] > 1.6 * widths[1] && widths[1] > 1.6 * widths[2])
        let profile = try Self.gaussian(8)
        let plateau = profile.composed.suffix(256).reduce(0, +) / 256
        let at = try #require(profile.distances.firstIndex { $0 >= widths[2] })
        #expect(abs(profile.composed[at] - (1 + plateau) / 2) < 0.1)
    }

    /// A kernel that stays high in the whole range has no half width there, and one that is no function of the distance
    /// has none at all.
    @Test func widthsBeyondTheRangeAreNone() throws {
        let wide = try Self.gaussian(0.05)
        #expect(wide.halfWidth == nil && (wide.composed.min() ?? 0) > 0.9)
        #expect(try Self.profile(IdentityEncoding.Settings()).halfWidth == nil)
    }
}
