import Core

/// An image as points with colours: every second pixel each way to learn from, the rest to be tested on (Tancik et al.,
/// NeurIPS 2020, section 6.1).
///
/// A pixel's point is its centre, the longest side going from 0 to 1; colours are in [0, 1], transparent ones lying on
/// white.
public struct ImageSplit: Sendable {
    public let width: Int
    public let height: Int
    /// Every pixel's centre, `(height · width, 2)` row-major.
    public let points: [Float]
    /// `(height · width, 3)` row-major.
    public let colours: [Float]

    public init(_ image: Image) {
        width = image.width
        height = image.height
        let longest = Float(max(image.width, image.height))
        var points: [Float] = []
        var colours: [Float] = []
        points.reserveCapacity(2 * image.width * image.height)
        colours.reserveCapacity(3 * image.width * image.height)
        for y in 0..<image.height {
            for x in 0..<image.width {
                points.append((Float(x) + 0.5) / longest)
                points.append((Float(y) + 0.5) / longest)
                let opacity = image.channelCount == 4 ? Float(image[x, y, 3]) / 255 : 1
                for channel in 0..<3 { colours.append(1 - opacity * (1 - Float(image[x, y, channel]) / 255)) }
            }
        }
        self.points = points
        self.colours = colours
    }

    /// Whether no pixel differs from another.
    public var hasOneColour: Bool { colours.indices.allSatisfy { colours[$0] == colours[$0 % 3] } }

    /// Whether a pixel is learnt from.
    public func isTraining(x: Int, y: Int) -> Bool { x % 2 == 0 && y % 2 == 0 }

    /// Numbers of the pixels that are learnt from, or of the others.
    public func pixels(training: Bool) -> [Int] {
        (0..<width * height).filter { isTraining(x: $0 % width, y: $0 / width) == training }
    }

    /// 10 log₁₀(1 / mean squared error) over some pixels, of values in [0, 1]; infinite where nothing differs.
    ///
    /// - Parameter values: `(height · width, 3)`; what lies outside [0, 1] is cut off.
    public func signalToNoise(of values: [Float], over pixels: [Int]) -> Double {
        var sum = 0.0
        for pixel in pixels {
            for channel in 0..<3 {
                let index = 3 * pixel + channel
                let difference = Double(min(max(values[index], 0), 1) - colours[index])
                sum += difference * difference
            }
        }
        return -10 * log10(sum / Double(max(3 * pixels.count, 1)))
    }

    /// Values in [0, 1] as an image.
    public func image(of values: [Float]) -> Image {
        Image(
            width: width, height: height,
            pixels: values.map { $0.isFinite ? UInt8(min(max($0, 0), 1) * 255 + 0.5) : 0 })
    }
}
