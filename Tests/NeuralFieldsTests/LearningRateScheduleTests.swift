import NeuralFields
import Testing

@Suite struct LearningRateScheduleTests {
    @Test(arguments: LearningRateSchedule.Shape.allCases) func startsAtThePeak(_ shape: LearningRateSchedule.Shape) {
        #expect(LearningRateSchedule(peak: 0.5, shape: shape).rate(step: 0, progress: 0) == 0.5)
    }

    @Test func followsItsShape() {
        func rate(_ shape: LearningRateSchedule.Shape, _ step: Int, _ progress: Double) -> Float {
            LearningRateSchedule(peak: 2, shape: shape).rate(step: step, progress: progress)
        }
        #expect(rate(.constant, 1000, 1) == 2)
        #expect(rate(.linear, 9, 0.25) == 1.5)
        #expect(rate(.linear, 9, 1) == 0)
        #expect(abs(rate(.cosine, 9, 0.5) - 1) < 1e-6)
        #expect(abs(rate(.cosine, 9, 1.0 / 3) - 1.5) < 1e-6)
        #expect(rate(.cosine, 9, 1) == 0)
        #expect(abs(rate(.exponential, 5000, 0.1) - 0.2) < 1e-6)
        #expect(abs(rate(.exponential, 10_000, 0.9) - 0.02) < 1e-7)
        #expect(rate(.linear, 9, -1) == 2 && rate(.linear, 9, 7) == 0, "progress outside [0, 1] is its nearer end")
    }

    @Test func warmsUpLinearly() {
        let schedule = LearningRateSchedule(peak: 1, shape: .constant, warmUpSteps: 4)
        #expect((0..<6).map { schedule.rate(step: $0, progress: 0) } == [0.25, 0.5, 0.75, 1, 1, 1])
    }
}
