import Pictures
import Testing

@Suite struct ImageTests {
    @Test func pixelsStandInRowsFromTheTop() {
        var image = Image(width: 3, height: 2, filledWith: [1, 2, 3])
        image[2, 1, 0] = 9
        #expect(image.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 9, 2, 3])
    }
}
