import Core

/// The range of a colour legend for signed errors, and its ticks.
public struct ErrorScale: Sendable, Equatable {
    /// Errors of this magnitude and more have the colours of the ends: 1, 2 or 5 times a power of ten.
    public let limit: Double
    /// Largest magnitude among the errors.
    public let largest: Double

    /// A scale that leaves one error in a hundred beyond its ends: a few outliers do not hide all the others.
    ///
    /// - Parameters:
    ///   - errors: NaN does not count. Without any error but 0 the limit is `fallback`.
    ///   - fallback: the limit where there is no error but 0.
    public init(_ errors: [Float], fallback: Double = 1) {
        var magnitudes = errors.compactMap { $0.isNaN ? nil : abs($0) }
        magnitudes.sort()
        largest = Double(magnitudes.last ?? 0)
        let typical =
            magnitudes.isEmpty ? 0 : Double(magnitudes[min(magnitudes.count - 1, magnitudes.count * 99 / 100)])
        limit = Self.roundNumber(atLeast: typical > 0 ? typical : largest > 0 ? largest : fallback)
    }

    /// A scale of a given end.
    init(limit: Double) {
        self.limit = limit
        largest = limit
    }

    /// The least of 1, 2 and 5 times the powers of ten that is not below `value`.
    static func roundNumber(atLeast value: Double) -> Double {
        guard value.isFinite, value > 0 else { return 1 }
        let power = pow(10, floor(log10(value)))
        return ([1, 2, 5].first { $0 * power >= value * (1 - 1e-9) } ?? 10) * power
    }

    /// −1, −½, 0, ½ and 1 times the limit.
    package var ticks: [Double] { [-1, -0.5, 0, 0.5, 1].map { $0 * limit } }

    /// A tick as a length.
    package func text(_ tick: Double) -> String { Self.signed(tick, digits: 3) }

    /// A tick in percent of the diagonal.
    package func partText(_ tick: Double, of diagonal: Double) -> String {
        Self.signed(100 * tick / diagonal, digits: 2) + " %"
    }

    /// A number in at most so many digits, with its sign.
    private static func signed(_ value: Double, digits: Int) -> String {
        value == 0 ? "0" : String(printf: "%+.\(digits)g", value).replacing("-", with: "–")
    }
}

/// A colour bar with numbers: lengths below it, parts of the diagonal above.
struct ErrorLegend {
    let scale: ErrorScale
    /// Length of the reference's diagonal.
    let diagonal: Double

    /// Draws the legend `width` pixels wide with its upper edge at `y`, some five sizes high.
    func draw(on image: inout Image, x: Int, y: Int, width: Int, size: Double) {
        let ink: [UInt8] = [0x2A, 0x2A, 0x2C]
        let quiet: [UInt8] = [0x77, 0x77, 0x7A]
        let bar = (top: y + Int(size * 1.7), height: Int(size * 1.1))
        for column in 0..<width {
            let value = 2 * (Float(column) + 0.5) / Float(width) - 1
            image.fill(
                x: x + column..<x + column + 1, y: bar.top..<bar.top + bar.height,
                colour: DivergingColourMap.colour(at: value).bytes)
        }
        for tick in scale.ticks {
            let place = Double(x) + Double(width) * (0.5 + 0.5 * tick / scale.limit)
            let column = min(Int(place), x + width - 1)
            image.fill(x: column..<column + 1, y: bar.top + bar.height..<bar.top + bar.height + 4, colour: quiet)
            image.draw(
                scale.text(tick), x: place, y: Double(bar.top + bar.height) + size * 1.35, size: size, colour: ink,
                anchor: .middle)
            image.draw(
                scale.partText(tick, of: diagonal), x: place, y: Double(bar.top) - size * 0.45, size: size * 0.92,
                colour: quiet, anchor: .middle)
        }
    }
}
