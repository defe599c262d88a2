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

extension SignalSweepTests {
    /// The grid that curves are drawn on has the samples among its points, where a narrow kernel is right.
    @Test func curvesGoThroughTheSamples() throws {
        let sweep = try SignalSweep(sigmas: [4, 64], seed: 1, workers: .single)
        for row in sweep.rows {
            for (x, y) in zip(sweep.trainPoints, sweep.trainTargets) {
                let index = try #require(sweep.curvePoints.firstIndex { abs($0 - x) < 1e-12 })
                #expect(abs(row.curve[index] - y) < 4 * row.trainError + 1e-3)
            }
        }
    }
}
