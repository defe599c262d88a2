import Pictures
import Testing

@Suite struct FieldSliceTests {
    /// A disc's signed distance, in 20 pixels.
    static func disc(radius: Float, side: Int = 64) -> [Float] {
        (0..<side * side).map { index in
            let offset = SIMD2(Float(index % side) + 0.5, Float(index / side) + 0.5) - Float(side) / 2
            return ((offset * offset).sum().squareRoot() - radius) / 20
        }
    }

    static func isGreen(_ image: Image, _ x: Int, _ y: Int) -> Bool {
        Int(image[x, y, 1]) > Int(image[x, y, 0]) + 40 && Int(image[x, y, 1]) > Int(image[x, y, 2]) + 40
    }

    static func greenCount(_ image: Image) -> Int {
        (0..<image.height).reduce(0) { sum, y in sum + (0..<image.width).count { isGreen(image, $0, y) } }
    }

    @Test func insideIsBlueAndOutsideRedAndTheContourDark() {
        let field = Self.disc(radius: 16)
        let image = FieldSlice(title: "x = 0", width: 64, height: 64, truth: field, learnt: field).truthImage
        #expect(Int(image[32, 32, 2]) > Int(image[32, 32, 0]) + 60)
        #expect(Int(image[1, 1, 0]) > Int(image[1, 1, 2]) + 60)
        // The circle passes between the pixels 47 and 48 of the middle row.
        #expect((0..<3).allSatisfy { image[47, 32, $0] < 110 })
        #expect((0..<3).contains { image[40, 32, $0] > 130 })
    }

    @Test func theTrueContourShowsWhereTheLearntOneIsNot() {
        let truth = Self.disc(radius: 16)
        let same = FieldSlice(title: "", width: 64, height: 64, truth: truth, learnt: truth)
        #expect(Self.greenCount(same.learntImage) == 0)
        let off = FieldSlice(title: "", width: 64, height: 64, truth: truth, learnt: Self.disc(radius: 22))
        #expect(Self.greenCount(off.learntImage) > 60)
        #expect(Self.greenCount(off.truthImage) == 0)
    }

    @Test func aFieldWithoutASignChangeHasNoContour() {
        let flat = [Float](repeating: 0.001, count: 64 * 64)
        let image = FieldSlice(title: "", width: 64, height: 64, truth: flat, learnt: flat).truthImage
        #expect(image.pixels.allSatisfy { $0 > 200 })
    }
}
