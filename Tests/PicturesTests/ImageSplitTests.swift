import Pictures
import Testing

@Suite struct ImageSplitTests {
    @Test func everySecondPixelEachWayIsLearntFrom() {
        let split = ImageSplit(Image(width: 5, height: 3, filledWith: [0, 128, 255]))
        #expect(split.pixels(training: true) == [0, 2, 4, 10, 12, 14])
        #expect(split.pixels(training: false).count == 9)
        #expect(split.points[0] == 0.1 && split.points[1] == 0.1)
    }

    @Test func signalToNoiseIsThatOfTheFormula() {
        let split = ImageSplit(Image(width: 2, height: 2, filledWith: [0, 0, 0]))
        let values = [Float](repeating: 0.1, count: 12)
        #expect(abs(split.signalToNoise(of: values, over: [0, 3]) - 20) < 1e-4)
        #expect(split.signalToNoise(of: split.colours, over: [0]) == .infinity)
        #expect(split.image(of: values).pixels == [UInt8](repeating: 26, count: 12))
    }

    @Test func transparentPixelsLieOnWhite() {
        let split = ImageSplit(Image(width: 2, height: 2, filledWith: [0, 0, 0, 0]))
        #expect(split.colours.allSatisfy { $0 == 1 })
    }
}
