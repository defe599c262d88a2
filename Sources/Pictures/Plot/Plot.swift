import Core

/// Curves over a pair of axes.
public struct Plot: Sendable, Equatable {
    public enum Scale: Sendable, Equatable { case linear, logarithmic }

    public struct Axis: Sendable, Equatable {
        public var label: String
        public var scale: Scale
        /// The range shown; nil for the range of the curves. Curves are clipped to it.
        public var range: ClosedRange<Double>?

        public init(_ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
            self.label = label
            self.scale = scale
            self.range = range
        }
    }

    public enum Style: Sendable, Equatable { case line, dashed, dots }

    /// A curve. Points that are not finite, or not positive on a logarithmic axis, are left out and break it.
    public struct Series: Sendable, Equatable {
        /// For the legend; nil to leave it out.
        public var name: String?
        public var x: [Double]
        public var y: [Double]
        public var style: Style
        /// Which colour of `Palette.colours`.
        public var colour: Int

        public init(_ name: String?, x: [Double], y: [Double], style: Style = .line, colour: Int) {
            precondition(x.count == y.count, "a y for each x")
            self.name = name
            self.x = x
            self.y = y
            self.style = style
            self.colour = colour
        }
    }

    public var title: String
    public var xAxis: Axis
    public var yAxis: Axis
    public var series: [Series]

    public init(title: String, xAxis: Axis, yAxis: Axis, series: [Series]) {
        self.title = title
        self.xAxis = xAxis
        self.yAxis = yAxis
        self.series = series
    }

    /// Width and height of the picture, in units that are pixels at scale 1.
    public static let size = (width: 640.0, height: 420.0)
}

/// Colours that stay apart for eyes of every kind (after Okabe and Ito, 2008).
package enum Palette {
    package static let colours: [[UInt8]] = [
        [0x00, 0x72, 0xB2], [0xD5, 0x5E, 0x00], [0x00, 0x9E, 0x73], [0xCC, 0x79, 0xA7], [0xE6, 0x9F, 0x00],
        [0x56, 0xB4, 0xE9], [0x55, 0x55, 0x55],
    ]
    static let ink: [UInt8] = [0x22, 0x22, 0x22]
    static let faint: [UInt8] = [0xE4, 0xE4, 0xE4]

    static func colour(_ index: Int) -> [UInt8] { colours[index % colours.count] }
}

/// Where values stand along an axis, and its ticks.
struct PlotScale {
    let axis: Plot.Axis
    let range: ClosedRange<Double>

    init(_ axis: Plot.Axis, values: [Double]) {
        self.axis = axis
        let usable = values.filter { $0.isFinite && (axis.scale == .linear || $0 > 0) }
        if let range = axis.range {
            self.range = range
        } else {
            var low = usable.min() ?? (axis.scale == .linear ? 0 : 1)
            var high = usable.max() ?? 1
            if low == high {
                low = axis.scale == .linear ? low - 0.5 : low / 2
                high = axis.scale == .linear ? high + 0.5 : high * 2
            }
            if axis.scale == .linear {
                let margin = 0.03 * (high - low)
                low -= margin
                high += margin
            }
            range = low...high
        }
    }

    /// In [0, 1] for values in the range; nil for what has no place on the axis.
    func position(_ value: Double) -> Double? {
        guard value.isFinite else { return nil }
        switch axis.scale {
        case .linear: return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        case .logarithmic:
            guard value > 0 else { return nil }
            return log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
        }
    }

    /// Round values in the range, some five of them.
    var ticks: [(value: Double, label: String)] {
        switch axis.scale {
        case .linear:
            let rough = (range.upperBound - range.lowerBound) / 5
            let power = pow(10, floor(log10(rough)))
            let step = ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
            let first = (range.lowerBound / step).rounded(.up)
            return stride(from: first, through: range.upperBound / step + 1e-9, by: 1).map {
                let value = $0 * step
                return (value, String(printf: "%.\(max(0, Int(-floor(log10(step) + 1e-9))))f", value + 0))
            }
        case .logarithmic:
            let low = Int(ceil(log10(range.lowerBound) - 1e-9))
            let high = Int(floor(log10(range.upperBound) + 1e-9))
            guard high - low >= 1 else {
                return [range.lowerBound, range.upperBound].map { ($0, String(printf: "%.2g", $0)) }
            }
            let every = max(1, (high - low + 5) / 6)
            return stride(from: low, through: high, by: every).map { exponent in
                let value = pow(10, Double(exponent))
                return (value, (-2...3).contains(exponent) ? String(printf: "%g", value) : "1e\(exponent)")
            }
        }
    }
}
