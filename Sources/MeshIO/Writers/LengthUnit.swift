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
}
