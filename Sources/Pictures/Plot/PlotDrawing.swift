import Core

/// A plot as lines, dots and words at places, ready for any kind of picture. Units are pixels at scale 1, y downwards.
struct PlotDrawing {
    enum Anchor: String { case start, middle, end }

    enum Mark {
        case line([(x: Double, y: Double)], colour: [UInt8], width: Double, isDashed: Bool)
        case dot(x: Double, y: Double, radius: Double, colour: [UInt8])
        /// `y` is the baseline; upwards text runs from bottom to top around its anchor.
        case text(String, x: Double, y: Double, size: Double, anchor: Anchor, isUpward: Bool)
    }

    private(set) var marks: [Mark] = []
    private let frame = (left: 70.0, top: 44.0, right: 500.0, bottom: 366.0)
    private let x: PlotScale
    private let y: PlotScale

    init(_ plot: Plot) {
        x = PlotScale(plot.xAxis, values: plot.series.flatMap(\.x))
        y = PlotScale(plot.yAxis, values: plot.series.flatMap(\.y))
        addAxes(plot)
        for series in plot.series { add(series) }
        addLegend(plot.series)
    }

    private func place(_ xPosition: Double, _ yPosition: Double) -> (x: Double, y: Double) {
        (
            frame.left + xPosition * (frame.right - frame.left),
            frame.bottom - yPosition * (frame.bottom - frame.top)
        )
    }

    private mutating func addAxes(_ plot: Plot) {
        for tick in x.ticks {
            guard let position = x.position(tick.value) else { continue }
            let at = place(position, 0)
            marks.append(
                .line([at, (at.x, frame.top)], colour: Palette.faint, width: 1, isDashed: false))
            marks.append(
                .text(tick.label, x: at.x, y: at.y + 17, size: 12, anchor: .middle, isUpward: false))
        }
        for tick in y.ticks {
            guard let position = y.position(tick.value) else { continue }
            let at = place(0, position)
            marks.append(
                .line([at, (frame.right, at.y)], colour: Palette.faint, width: 1, isDashed: false))
            marks.append(.text(tick.label, x: at.x - 7, y: at.y + 4, size: 12, anchor: .end, isUpward: false))
        }
        marks.append(
            .line(
                [(frame.left, frame.top), (frame.left, frame.bottom), (frame.right, frame.bottom)],
                colour: Palette.ink, width: 1, isDashed: false))
        let centre = (x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2)
        marks.append(.text(plot.title, x: frame.left, y: 26, size: 15, anchor: .start, isUpward: false))
        marks.append(.text(plot.xAxis.label, x: centre.x, y: 404, size: 13, anchor: .middle, isUpward: false))
        marks.append(.text(plot.yAxis.label, x: 18, y: centre.y, size: 13, anchor: .middle, isUpward: true))
    }

    private mutating func add(_ series: Plot.Series) {
        let colour = Palette.colour(series.colour)
        let positions = zip(series.x, series.y).map { pair in
            x.position(pair.0).flatMap { px in y.position(pair.1).map { (px, $0) } }
        }
        if series.style == .dots {
            for case .some(let position) in positions where Self.isInside(position) {
                let at = place(position.0, position.1)
                marks.append(.dot(x: at.x, y: at.y, radius: 2.4, colour: colour))
            }
            return
        }
        var run: [(x: Double, y: Double)] = []
        func finished() -> Mark {
            .line(run, colour: colour, width: 1.8, isDashed: series.style == .dashed)
        }
        for (before, after) in zip(positions, positions.dropFirst()) {
            guard let before, let after, let visible = Self.clip(before, after) else {
                if run.count > 1 { marks.append(finished()) }
                run = []
                continue
            }
            let start = place(visible.0.0, visible.0.1)
            if let last = run.last, last != start {
                marks.append(finished())
                run = []
            }
            if run.isEmpty { run = [start] }
            run.append(place(visible.1.0, visible.1.1))
        }
        if run.count > 1 { marks.append(finished()) }
    }

    private mutating func addLegend(_ series: [Plot.Series]) {
        for (row, series) in series.filter({ $0.name != nil }).enumerated() {
            let at = (x: frame.right + 14, y: frame.top + 8 + 17 * Double(row))
            let colour = Palette.colour(series.colour)
            if series.style == .dots {
                marks.append(.dot(x: at.x + 11, y: at.y, radius: 2.4, colour: colour))
            } else {
                marks.append(
                    .line(
                        [at, (at.x + 22, at.y)], colour: colour, width: 1.8, isDashed: series.style == .dashed))
            }
            marks.append(
                .text(series.name ?? "", x: at.x + 29, y: at.y + 4, size: 12, anchor: .start, isUpward: false))
        }
    }

    private static func isInside(_ position: (Double, Double)) -> Bool {
        (0...1).contains(position.0) && (0...1).contains(position.1)
    }

    /// The part of a segment in the unit square (Liang and Barsky, 1984).
    static func clip(
        _ a: (Double, Double), _ b: (Double, Double)
    ) -> ((Double, Double), (Double, Double))? {
        var enter = 0.0
        var leave = 1.0
        let (dx, dy) = (b.0 - a.0, b.1 - a.1)
        for (direction, room) in [(-dx, a.0), (dx, 1 - a.0), (-dy, a.1), (dy, 1 - a.1)] {
            if direction == 0 {
                if room < 0 { return nil }
            } else if direction < 0 {
                enter = max(enter, room / direction)
            } else {
                leave = min(leave, room / direction)
            }
        }
        guard enter <= leave else { return nil }
        return ((a.0 + enter * dx, a.1 + enter * dy), (a.0 + leave * dx, a.1 + leave * dy))
    }
}
