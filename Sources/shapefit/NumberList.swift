import ArgumentParser
import Core
import Jobs

/// Numbers with commas between them, such as `1,5,25`.
struct NumberList: ExpressibleByArgument {
    let values: [Float]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Float($0.withoutOuterSpaces) }
        guard !numbers.isEmpty, numbers.count == parts.count else { return nil }
        values = numbers
    }

    init(_ values: [Float]) { self.values = values }

    var defaultValueDescription: String { values.map(shortText).joined(separator: ",") }
}
