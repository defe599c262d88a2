import TangentKernels
import Testing

@Suite struct SignalSweepTests {
    @Test(arguments: [UInt64(0), 1, 2]) func testErrorIsLowestBetweenUnderfittingAndOverfitting(seed: UInt64) throws {
        let sweep = try SignalSweep(sigmas: [0.25, 1, 2, 4, 8, 64], seed: seed, workers: .single)
        let best = try #require(sweep.best)
        #expect((1...8).contains(best.sigma))
        let (small, large) = (sweep.rows[0], sweep.rows[5])
        #expect(small.testError > 1.3 * best.testError && large.testError > 2 * best.testError)
        // Too small: training itself does not get there. Too large: it does, at the training points alone.
        #expect(small.trainError > 10 * large.trainError)
    }
}
