extension String {
    /// Numbers as C's `printf` writes them, in the C locale: `String(printf: "%.3g", length)`.
    ///
    /// - Parameters:
    ///   - format: a literal of the caller's; conversions of numbers only.
    ///   - arguments: as many as the format asks for.
    package init(printf format: String, _ arguments: any CVarArg...) {
        self = withVaList(arguments) { list in
            // A second list, since the first call uses one up.
            let length = withVaList(arguments) { vsnprintf(nil, 0, format, $0) }
            guard length > 0 else { return "" }
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(length) + 1) { buffer in
                vsnprintf(buffer.baseAddress!, buffer.count, format, list)
                return String(cString: buffer.baseAddress!)
            }
        }
    }

    /// This text with spaces after it until it is `length` characters long; longer ones stay as they are.
    package func padded(to length: Int) -> String { self + String(repeating: " ", count: Swift.max(0, length - count)) }
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends.
    package var withoutOuterSpaces: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let start = firstIndex(where: { !isSpace($0) }), let end = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[start...end])
    }
}
