/// A result as JSON that says who wrote it: an object's own keys beside `generator`, `schema` and, where a command made
/// it, `command`. docs/json.md has the keys.
package struct MarkedJSON<Body: Encodable>: Encodable {
    /// Grows when a key changes its meaning or goes; new keys may come without.
    package let schema: Int
    package let command: String?
    package let body: Body

    /// - Parameter body: encodes as an object without the keys `generator`, `schema` and `command`.
    package init(_ body: Body, command: String? = nil, schema: Int = 1) {
        self.body = body
        self.command = command
        self.schema = schema
    }

    private enum CodingKeys: String, CodingKey {
        case generator, schema, command
    }

    package func encode(to encoder: any Encoder) throws {
        try body.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(OutputMark.generator, forKey: .generator)
        try container.encode(schema, forKey: .schema)
        try container.encodeIfPresent(command, forKey: .command)
    }

    /// Text with sorted keys, indented, ending in a line feed.
    package func text() throws -> String { try JSONText.pretty(self) }
}

/// JSON as this project writes it.
package enum JSONText {
    /// Sorted keys, indented, ending in a line feed. Numbers that JSON lacks become the words `nan`, `inf` and `-inf`.
    package static func pretty(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
