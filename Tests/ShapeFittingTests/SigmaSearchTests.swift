import Geometry
import NeuralFields
import ShapeFitting
import Support
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

    /// A labyrinth of many periods asks for larger frequencies than a ball, and the choice lies somewhat above the best candidate.
    @Test func finerShapesGetLargerSigmas() throws {
        let ball = try search(Shapes.sphere(radius: 0.4))
        let labyrinth = try search(
            ClosureField { p in
                max(Shapes.gyroid(periods: 3.5).value(p), Shapes.sphere(radius: 0.45).value(p))
            })
        let best = try [ball, labyrinth].map { found in
            let best = try #require(found.candidates.min { $0.loss < $1.loss })
            #expect((0.9...1.7).contains(found.sigma / best.sigma))
            #expect(found.candidates.count >= 3)
            return best.sigma
        }
        #expect(best[0] < 0.75 * best[1])
    }

    @Test func sameOnAnyNumberOfThreads() throws {
        let one = try search(Shapes.torus(), threads: 1)
        #expect(try search(Shapes.torus(), threads: 3) == one)
    }

    /// Other encodings have no σ, and a fit of theirs searches nothing.
    @Test func onlyGaussianFrequenciesHaveOne() throws {
        var fit = Fit(.test(encoding: .positional, steps: 5))
        fit.searchesSigma = true
        #expect(try fit.run(TestMeshes.torus()).sigmaSearch == nil)
    }
}
