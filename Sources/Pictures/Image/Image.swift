/// An image of eight bits a channel.
public struct Image: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 3 for red, green, blue; 4 with opacity.
    public let channelCount: Int
    /// `(height, width, channelCount)`, rows from top to bottom.
    public var pixels: [UInt8]

    /// - Precondition: 3 or 4 channels, and a byte for each.
    public init(width: Int, height: Int, channelCount: Int = 3, pixels: [UInt8]) {
        precondition(width >= 1 && height >= 1 && (channelCount == 3 || channelCount == 4), "an image that exists")
        precondition(pixels.count == width * height * channelCount, "a byte for each channel of each pixel")
        self.width = width
        self.height = height
        self.channelCount = channelCount
        self.pixels = pixels
    }

    /// One colour everywhere; a channel for each of its entries.
    public init(width: Int, height: Int, filledWith colour: [UInt8]) {
        self.init(
            width: width, height: height, channelCount: colour.count,
            pixels: (0..<width * height).flatMap { _ in colour })
    }

    /// Whether some pixel is not opaque.
    public var isTransparentSomewhere: Bool {
        channelCount == 4 && stride(from: 3, to: pixels.count, by: 4).contains { pixels[$0] < 255 }
    }

    /// A channel of the pixel in column `x` from the left and row `y` from the top.
    public subscript(x: Int, y: Int, channel: Int) -> UInt8 {
        get { pixels[(y * width + x) * channelCount + channel] }
        set { pixels[(y * width + x) * channelCount + channel] = newValue }
    }
}
