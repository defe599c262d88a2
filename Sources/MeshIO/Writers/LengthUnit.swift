/// The length of a coordinate of 1 in the world. Most mesh formats do not say.
public enum LengthUnit: String, Sendable, Codable, CaseIterable {
    case micron, millimeter, centimeter, inch, foot, meter

    /// As people write it after a number.
    public var symbol: String {
        switch self {
        case .micron: "µm"
        case .millimeter: "mm"
        case .centimeter: "cm"
        case .inch: "in"
        case .foot: "ft"
        case .meter: "m"
        }
    }

    /// How many metres it is.
    var meters: Double {
        switch self {
        case .micron: 1e-6
        case .millimeter: 1e-3
        case .centimeter: 1e-2
        case .inch: 0.0254
        case .foot: 0.3048
        case .meter: 1
        }
    }

    /// The unit of so many metres, to six digits; nil where that is none of them.
    init?(meters: Double) {
        guard let unit = Self.allCases.first(where: { abs(meters / $0.meters - 1) < 1e-6 }) else { return nil }
        self = unit
    }
}
