/// A setting outside its range: one line that names it, its value and the range.
public struct SettingError: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String
    public let value: String
    /// The range, or what to choose instead.
    public let remedy: String

    public init(name: String, value: String, remedy: String) {
        self.name = name
        self.value = value
        self.remedy = remedy
    }

    public var description: String { "\(name) \(value): \(remedy)" }
}
