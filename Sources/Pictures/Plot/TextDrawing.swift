import Geometry

extension Image {
    /// Where a line of text stands to its anchor.
    package enum TextAnchor: Sendable { case start, middle, end }

    /// Writes a line of text, its baseline at `y` from the top.
    ///
    /// Letters that the stroke font lacks are left blank.
    ///
    /// - Parameters:
    ///   - size: of the font in pixels; a capital is 0.72 of it.
    ///   - weight: width of the strokes, in sizes.
    package mutating func draw(
        _ text: String, x: Double, y: Double, size: Double, colour: [UInt8], anchor: TextAnchor = .start,
        weight: Double = 0.095
    ) {
        precondition(channelCount == 3, "an image without opacity")
        let unit = 0.72 * size / StrokeFont.capitalHeight
        let (strokes, length) = StrokeFont.strokes(of: text)
        let offset: Double =
            switch anchor {
            case .start: 0
            case .middle: length / 2
            case .end: length
            }
        let placed = strokes.map { $0.map { (x: x + ($0.x - offset) * unit, y: y - $0.y * unit) } }
        var canvas = Canvas(drawingOn: self)
        canvas.stroke(placed, width: weight * size, colour: colour)
        self = canvas.image
    }

    /// Fills the pixels of a rectangle that lie in the image.
    package mutating func fill(x: Range<Int>, y: Range<Int>, colour: [UInt8]) {
        for row in y.clamped(to: 0..<height) {
            for column in x.clamped(to: 0..<width) {
                for channel in 0..<channelCount { self[column, row, channel] = colour[channel] }
            }
        }
    }

    /// Puts `other`, of as many channels, with its upper left corner at (x, y); what does not fit is cut off.
    package mutating func place(_ other: Image, x: Int, y: Int) {
        precondition(other.channelCount == channelCount, "images of one kind")
        for row in 0..<other.height where (0..<height).contains(y + row) {
            for column in 0..<other.width where (0..<width).contains(x + column) {
                for channel in 0..<channelCount { self[x + column, y + row, channel] = other[column, row, channel] }
            }
        }
    }
}

extension Canvas {
    fileprivate init(drawingOn image: Image) {
        self.init(width: 1, height: 1)
        self.image = image
    }
}
