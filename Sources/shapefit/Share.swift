import ArgumentParser

/// A part of something, as `1%` or `0.01`.
struct Share: ExpressibleByArgument {
    let value: Double
    /// As it was given.
    let text: String

    init(_ value: Double) {
        self.value = value
        text = "\(100 * value)%"
    }

    init?(argument: String) {
        text = argument
        let isPercentage = argument.hasSuffix("%")
        guard let number = Double(isPercentage ? String(argument.dropLast()) : argument), number.isFinite else {
            return nil
        }
        value = isPercentage ? number / 100 : number
    }

    var defaultValueDescription: String { text }
}
