import Core
import Fitting
import Foundation
import Geometry
import NeuralFields
import TestSupport
import Testing

@Suite struct SigmaSearchTests {
    private func search(_ field: some ScalarField, threads: Int = 2) throws -> SigmaSearch {
        var configuration = FitConfiguration.test(steps: 40)
        configuration.training.batchSize = 512
        var fit = Fit(configuration, workers: Workers(count: threads))
        fit.searchesSigma = true
        let fitted = try fit.run(TestMeshes.mesh(of: field))
        #expect(fitted.configuration.encoding.sigma == fitted.sigmaSearch?.sigma)
        return try #require(fitted.sigmaSearch)
    }

    /// The search stops between two worse neighbours, and the choice is the usual σ or lies beside the best candidate.
    @Test func choiceLiesBesideTheBest() throws {
        let found = try search(Shapes.gyroid(periods: 2))
        let best = try #require(found.candidates.min { $0.loss < $1.loss })
        #expect(found.sigma == SigmaSearch.usual(hasBase: false) || (0.6...1.7).contains(found.sigma / best.sigma))
        #expect(found.candidates.count >= 3)
        #expect(found.candidates.map(\.sigma) == found.candidates.map(\.sigma).sorted())
    }

    /// Of a parabola over log σ the choice is the usual σ where that is at most a fifth above the lowest, else the nearest that is,
    /// or a quarter of an octave beyond what was tried.
    @Test(arguments: [Float(2), 3, 4.5], [(1, 3.36), (2, 2.6), (6, 1), (6, 20)] as [(Double, Float)])
    func choiceOfAParabola(_ lowest: Float, _ setting: (curvature: Double, usual: Float)) throws {
        let sigmas: [Float] = [1.41, 2, 2.83, 4, 5.66, 8]
        let candidates = sigmas.map { sigma in
            let step = log(Double(sigma / lowest))
            return SigmaSearch.Candidate(sigma: sigma, loss: 0.003 * exp(setting.curvature * step * step))
        }
        let chosen = try #require(SigmaSearch.choice(candidates, usual: setting.usual))
        let reach = exp((log(1.2) / setting.curvature).squareRoot())
        let best = try #require(candidates.indices.min { candidates[$0].loss < candidates[$1].loss })
        // One valley: those that are no worse than a fifth lie side by side.
        let good = candidates.indices.filter { candidates[$0].loss <= 1.2 * candidates[best].loss }
        let range = (
            max(Double(lowest) / reach, Double(sigmas[min(best - 1, good.first ?? best)]) / exp2(0.25)),
            min(Double(lowest) * reach, Double(sigmas[max(best + 1, good.last ?? best)]) * exp2(0.25))
        )
        let expected = min(max(Double(setting.usual), range.0), range.1)
        #expect(abs(Double(chosen) / expected - 1) < 1e-3)
        #expect(SigmaSearch.choice([], usual: setting.usual) == nil)
    }

    /// A σ that was tried and is hardly worse bounds the choice, not the neighbours of the best: the torus knot on a base, whose whole
    /// fits want 4.76 and lose .0037 at the boundary with 3.36.
    @Test func whatWasTriedAndIsHardlyWorseIsKnown() throws {
        let losses: [(Float, Double)] = [(1.41, 1.033), (2, 1), (2.83, 1.012), (4, 1.125)]
        let candidates = losses.map { SigmaSearch.Candidate(sigma: $0.0, loss: $0.1) }
        let chosen = try #require(SigmaSearch.choice(candidates, usual: 4.76))
        #expect((4.7...4.77).contains(chosen))
    }

    @Test func sameOnAnyNumberOfThreads() throws {
        let one = try search(Shapes.torus(), threads: 1)
        #expect(try search(Shapes.torus(), threads: 3) == one)
    }

    /// A network alone learns coarser things than a correction: its usual σ is another, one that was asked for stays.
    @Test func theUsualOneFollowsTheBase() {
        var configuration = Preset.fast.configuration
        #expect(configuration.encoding.sigma == SigmaSearch.usual(hasBase: true))
        configuration.switchBase(to: nil)
        #expect(configuration.encoding.sigma == SigmaSearch.usual(hasBase: false))
        configuration.encoding.sigma = 5
        configuration.switchBase(to: 16)
        #expect(configuration.encoding.sigma == 5)
    }

    /// Other encodings have no σ, and a fit of theirs searches nothing.
    @Test func onlyGaussianFrequenciesHaveOne() throws {
        var fit = Fit(.test(encoding: "positional", steps: 5))
        fit.searchesSigma = true
        #expect(try fit.run(TestMeshes.torus()).sigmaSearch == nil)
    }
}
