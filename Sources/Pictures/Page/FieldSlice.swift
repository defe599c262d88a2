import Core
import Geometry

/// A learnt field beside the true one on a plane through the shape.
///
/// Both in colours of ``DivergingColourMap`` (blue inside, red outside) with their zero contours in black; on the learnt
/// one lies the true contour, in green, below the learnt one: where green shows, they differ.
package struct FieldSlice: Sendable {
    /// Such as "x = 0.031".
    package let title: String
    package let width: Int
    package let height: Int
    /// `(height, width)`, rows from top to bottom, scaled so that −1 … 1 spans the colours.
    package let truth: [Float]
    package let learnt: [Float]

    package init(title: String, width: Int, height: Int, truth: [Float], learnt: [Float]) {
        precondition(truth.count == width * height && learnt.count == width * height, "a value for each pixel")
        self.title = title
        self.width = width
        self.height = height
        self.truth = truth
        self.learnt = learnt
    }

    private static let ink = Colour(hex: 0x1C1C1E)
    private static let truthInk = Colour(hex: 0x18A558)

    package var truthImage: Image { image(of: truth, contours: [(truth, Self.ink)]) }
    package var learntImage: Image { image(of: learnt, contours: [(truth, Self.truthInk), (learnt, Self.ink)]) }

    private func image(of values: [Float], contours: [(values: [Float], ink: Colour)]) -> Image {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * values.count)
        for y in 0..<height {
            for x in 0..<width {
                var rgb = DivergingColourMap.colour(at: values[y * width + x]).rgb
                for contour in contours {
                    let part = coverage(contour.values, x, y)
                    rgb += (contour.ink.rgb - rgb) * part
                }
                pixels += Colour(linear: rgb).bytes
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    /// How much of a pixel a line of 1.8 pixels along the zero level covers: the level's distance is about the value over
    /// its slope.
    private func coverage(_ values: [Float], _ x: Int, _ y: Int) -> Float {
        func value(_ x: Int, _ y: Int) -> Float {
            values[min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)]
        }
        let center = value(x, y)
        let neighbours = [value(x - 1, y), value(x + 1, y), value(x, y - 1), value(x, y + 1)]
        // Only beside a change of sign: a level that is merely touched, or a flat field near zero, is no contour.
        let reaches = [value(x - 2, y), value(x + 2, y), value(x, y - 2), value(x, y + 2)]
        guard (neighbours + reaches).contains(where: { ($0 < 0) != (center < 0) }) else { return 0 }
        let slope = SIMD2(neighbours[1] - neighbours[0], neighbours[3] - neighbours[2]) * 0.5
        let length = (slope * slope).sum().squareRoot()
        guard length > 0 else { return 0 }
        return min(max(1.4 - abs(center) / length, 0), 1)
    }
}
