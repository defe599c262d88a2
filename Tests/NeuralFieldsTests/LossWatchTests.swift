import NeuralFields
import TestSupport
import Testing

/// Targets that grow without bound from some step on, so that the loss does too.
private struct GrowingTargets: BatchSource {
    let sound: FixedBatch
    let firstStep: Int
    let factor: Float

    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        sound.fill(step: step, rows: rows, points: &points, targets: &targets, weights: &weights)
        guard step >= firstStep else { return }
        for row in 0..<rows.count { targets[row] *= factor }
    }
}

@Suite struct LossWatchTests {
    private static let testCase = GradientCase()

    private func makeTrainer(rate: Float = 1e-3) throws -> Trainer<CoordinateNetwork> {
        Trainer(
            try Self.testCase.makeNetwork(),
            configuration: TrainingConfiguration(
                loss: .squared, optimizer: OptimizerConfiguration(),
                schedule: LearningRateSchedule(peak: rate, shape: .constant), batchSize: 1024),
            workers: .single)
    }

    @Test func anExplosionThatIsFiniteIsNoticedAtOnce() throws {
        let source = GrowingTargets(sound: Self.testCase.makeBatch(count: 1024), firstStep: 120, factor: 1e4)
        let trainer = try makeTrainer()
        for _ in 0..<120 { _ = try trainer.step(source, progress: 0) }
        let state = trainer.state
        #expect {
            _ = try trainer.step(source, progress: 0)
        } throws: { error in
            if case .diverged(step: 120, let loss)? = error as? NeuralFieldsError { loss.isFinite } else { false }
        }
        #expect(trainer.state == state)
        // The weights of the last multiple of 50 steps are at hand.
        let fresh = try makeTrainer()
        for _ in 0..<100 { _ = try fresh.step(source, progress: 0) }
        #expect(trainer.lastSound?.step == 100)
        #expect(trainer.lastSound?.model == fresh.trainedModel)
    }

    @Test func aSpikeThatTrainingRecoversFromIsNone() throws {
        let source = GrowingTargets(sound: Self.testCase.makeBatch(count: 1024), firstStep: 60, factor: 3)
        let trainer = try makeTrainer()
        for _ in 0..<80 { _ = try trainer.step(source, progress: 0) }
        #expect(trainer.stepCount == 80)
    }

    @Test func restoredTrainersNoticeItToo() throws {
        let source = GrowingTargets(sound: Self.testCase.makeBatch(count: 1024), firstStep: 60, factor: 1e4)
        let first = try makeTrainer()
        for _ in 0..<60 { _ = try first.step(source, progress: 0) }
        let second = try makeTrainer()
        try second.restore(first.state)
        #expect(second.state == first.state)
        #expect(throws: NeuralFieldsError.self) { _ = try second.step(source, progress: 0) }
    }
}
