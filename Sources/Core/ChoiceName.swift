/// The key of a choice in JSON: a choice with settings is an object of one key, its name, such as
/// `{"gaussian": {"sigma": 5}}`.
package struct ChoiceName: CodingKey, ExpressibleByStringLiteral {
    package let stringValue: String
    package var intValue: Int? { nil }

    package init(_ name: String) { stringValue = name }
    package init(stringLiteral name: String) { stringValue = name }
    package init(stringValue name: String) { stringValue = name }
    package init?(intValue: Int) { nil }
}

extension DecodingError {
    /// An object without any of the names that a choice has.
    package static func unknownChoice(_ names: [String], in decoder: any Decoder) -> DecodingError {
        .dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "must be one of \(names.joined(separator: ", "))"))
    }
}
