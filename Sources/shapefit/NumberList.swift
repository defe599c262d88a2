import ArgumentParser
import Core

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

    var defaultValueDescription: String { values.map(formattedSigma).joined(separator: ",") }
}

/// σ without a decimal point where it has no decimals.
func formattedSigma(_ sigma: Float) -> String {
    sigma == sigma.rounded() && abs(sigma) < 1e6 ? "\(Int(sigma))" : "\(sigma)"
}
