import Core
import NeuralFields
import TestSupport
import Testing

/// A batch that is sound but for one number of one step.
private struct SpoiltBatch: BatchSource {
    enum Part: CaseIterable { case target, weight, point }

    let sound: FixedBatch
    let spoiltStep: Int
    let part: Part

    func fill(
        step: Int, rows: Range<Int>, points: inout MutableSpan<Float>, targets: inout MutableSpan<Float>,
        weights: inout MutableSpan<Float>
    ) {
        sound.fill(step: step, rows: rows, points: &points, targets: &targets, weights: &weights)
        guard step == spoiltStep, rows.contains(17) else { return }
        switch part {
        case .target: targets[17 - rows.lowerBound] = .nan
        case .weight: weights[17 - rows.lowerBound] = .infinity
        case .point: points[(17 - rows.lowerBound) * sound.dimension] = .nan
        }
    }
}

@Suite struct DivergenceTests {
    private func makeTrainer() throws -> (Trainer<CoordinateNetwork>, FixedBatch) {
        let testCase = GradientCase()
        let trainer = Trainer(
            try testCase.makeNetwork(),
            configuration: TrainingConfiguration(
                loss: .squared, optimizer: OptimizerConfiguration(),
                schedule: LearningRateSchedule(peak: 1e-2, shape: .constant), batchSize: 200, averagingDecay: 0.9),
            workers: Workers(count: 2))
        return (trainer, testCase.makeBatch(count: 200))
    }

    /// NaN or infinity in a step ends it with an error that says which, and leaves the weights of the step before, from
    /// which training can go on.
    @Test(arguments: SpoiltBatch.Part.allCases) fileprivate func keepsTheLastGoodWeights(_ part: SpoiltBatch.Part)
        throws
    {
        let (trainer, batch) = try makeTrainer()
        let source = SpoiltBatch(sound: batch, spoiltStep: 3, part: part)
        for _ in 0..<3 { _ = try trainer.step(source, progress: 0) }
        let good = trainer.trainedModel
        let state = trainer.state
        #expect {
            _ = try trainer.step(source, progress: 0)
        } throws: { error in
            if case .diverged(step: 3, _)? = error as? NeuralFieldsError { true } else { false }
        }
        #expect(trainer.trainedModel == good)
        #expect(trainer.state == state)
        #expect(trainer.stepCount == 3)
        _ = try trainer.step(batch, progress: 0)
        #expect(trainer.trainedModel != good)
    }

    @Test func saysWhichSettingToChange() {
        let message = NeuralFieldsError.diverged(step: 12, loss: .nan).description
        #expect(message.contains("step 12") && message.contains("learning rate") && !message.contains("--"))
    }
}
