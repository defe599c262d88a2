import Core
import Geometry

extension Plot {
    /// The plot as pixels.
    ///
    /// - Parameter scale: pixels a unit of ``Plot/size``.
    public func image(scale: Double = 2) -> Image {
        var canvas = Canvas(
            width: Int(Plot.size.width * scale), height: Int(Plot.size.height * scale))
        for mark in PlotDrawing(self).marks {
            switch mark {
            case .line(let points, let colour, let width, let isDashed):
                let line = points.map { (x: $0.x * scale, y: $0.y * scale) }
                let runs = isDashed ? dashes(line, on: 6 * scale, off: 4 * scale) : [line]
                for run in runs { canvas.stroke([run], width: width * scale, colour: colour) }
            case .dot(let x, let y, let radius, let colour):
                let at = (x: x * scale, y: y * scale)
                canvas.stroke([[at, at]], width: 2 * radius * scale, colour: colour)
            case .text(let text, let x, let y, let size, let anchor, let isUpward):
                // A capital is 0.72 of a font's size, as in Helvetica.
                let unit = 0.72 * size / StrokeFont.capitalHeight * scale
                let (strokes, length) = StrokeFont.strokes(of: text)
                let offset: Double =
                    switch anchor {
                    case .start: 0
                    case .middle: length / 2
                    case .end: length
                    }
                let placed = strokes.map { stroke in
                    stroke.map { point in
                        let along = (point.x - offset) * unit
                        let up = point.y * unit
                        return isUpward
                            ? (x: x * scale - up, y: y * scale - along) : (x: x * scale + along, y: y * scale - up)
                    }
                }
                canvas.stroke(placed, width: 0.095 * size * scale, colour: Palette.ink)
            }
        }
        return canvas.image
    }
}

/// An image that round-ended lines are drawn on, with edges smoothed over a pixel.
struct Canvas {
    var image: Image

    init(width: Int, height: Int) {
        image = Image(width: width, height: height, filledWith: [255, 255, 255])
    }

    /// Strokes that touch are one mark: where they overlap, the colour is laid on once.
    mutating func stroke(_ lines: [[(x: Double, y: Double)]], width: Double, colour: [UInt8]) {
        let reach = width / 2 + 0.5
        let points = lines.flatMap { $0 }
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
            let top = points.map(\.y).min(), let bottom = points.map(\.y).max()
        else { return }
        let columns =
            max(0, Int(left - reach))..<max(min(image.width, Int(right + reach) + 2), max(0, Int(left - reach)))
        let rows = max(0, Int(top - reach))..<max(min(image.height, Int(bottom + reach) + 2), max(0, Int(top - reach)))
        var coverage = [Float](repeating: 0, count: columns.count * rows.count)
        for line in lines {
            for (a, b) in zip(line, line.dropFirst()) {
                let (dx, dy) = (b.x - a.x, b.y - a.y)
                let square = dx * dx + dy * dy
                let segmentRows =
                    max(
                        rows.lowerBound, Int(min(a.y, b.y) - reach))..<max(
                        min(rows.upperBound, Int(max(a.y, b.y) + reach) + 2),
                        max(rows.lowerBound, Int(min(a.y, b.y) - reach)))
                let segmentColumns =
                    max(
                        columns.lowerBound, Int(min(a.x, b.x) - reach))..<max(
                        min(columns.upperBound, Int(max(a.x, b.x) + reach) + 2),
                        max(columns.lowerBound, Int(min(a.x, b.x) - reach)))
                for y in segmentRows {
                    for x in segmentColumns {
                        let (px, py) = (Double(x) + 0.5 - a.x, Double(y) + 0.5 - a.y)
                        let along = square > 0 ? min(max((px * dx + py * dy) / square, 0), 1) : 0
                        let (across, up) = (px - along * dx, py - along * dy)
                        let distance = (across * across + up * up).squareRoot()
                        let index = (y - rows.lowerBound) * columns.count + x - columns.lowerBound
                        coverage[index] = max(coverage[index], Float(min(max(reach - distance, 0), 1)))
                    }
                }
            }
        }
        for y in rows {
            for x in columns {
                let part = coverage[(y - rows.lowerBound) * columns.count + x - columns.lowerBound]
                guard part > 0 else { continue }
                for channel in 0..<3 {
                    let below = Float(image[x, y, channel])
                    image[x, y, channel] = UInt8(saturating: below + part * (Float(colour[channel]) - below) + 0.5)
                }
            }
        }
    }
}

/// A line cut into dashes of its length.
private func dashes(_ line: [(x: Double, y: Double)], on: Double, off: Double) -> [[(x: Double, y: Double)]] {
    var dashes: [[(x: Double, y: Double)]] = []
    var current: [(x: Double, y: Double)] = line.first.map { [$0] } ?? []
    var isOn = true
    var left = on
    for (a, b) in zip(line, line.dropFirst()) {
        let (width, height) = (b.x - a.x, b.y - a.y)
        let length = (width * width + height * height).squareRoot()
        var done = 0.0
        while length - done > left {
            done += left
            let at = (x: a.x + (b.x - a.x) * done / length, y: a.y + (b.y - a.y) * done / length)
            if isOn { dashes.append(current + [at]) }
            current = isOn ? [] : [at]
            isOn.toggle()
            left = isOn ? on : off
        }
        left -= length - done
        if isOn { current.append(b) }
    }
    if isOn, current.count > 1 { dashes.append(current) }
    return dashes
}
