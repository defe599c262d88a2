/// Goes through the elements of an XML document, one tag after another.
///
/// Enough of XML 1.0 for files of data: elements, attributes, the five named entities and characters by number; comments,
/// processing instructions, CDATA sections and declarations are skipped, and text is not handed out. Nothing outside the
/// document is ever looked up.
struct XmlScanner {
    struct Failure: Error {
        let reason: String
        let position: Int
    }

    enum Event {
        case start(name: String)
        case end(name: String)
    }

    private let bytes: [UInt8]
    private(set) var position = 0
    /// Of the element whose start was met last, with their prefixes.
    private(set) var attributes: [(name: String, value: ArraySlice<UInt8>)] = []
    /// Names of the elements that are open, outermost first.
    private(set) var open: [String] = []
    private var isSelfClosing = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next start or end of an element; nil at the document's end. An empty element's end follows its start.
    mutating func next() throws(Failure) -> Event? {
        if isSelfClosing {
            isSelfClosing = false
            return .end(name: open.removeLast())
        }
        while let tag = bytes[min(position, bytes.count)...].firstIndex(of: UInt8(ascii: "<")) {
            position = tag + 1
            guard position < bytes.count else { break }
            switch bytes[position] {
            case UInt8(ascii: "?"): try skip(past: "?>")
            case UInt8(ascii: "!"): try skipDeclaration()
            case UInt8(ascii: "/"):
                position += 1
                let name = readName()
                guard open.last == name else {
                    throw Failure(reason: "</\(name)> closes <\(open.last ?? "")>", position: position)
                }
                try skip(past: ">")
                open.removeLast()
                return .end(name: name)
            default: return try readStart()
            }
        }
        guard open.isEmpty else { throw Failure(reason: "it ends within <\(open.last ?? "")>", position: position) }
        return nil
    }

    /// The value of an attribute; nil when the element has none of this name.
    func attribute(_ name: String) -> String? {
        attributes.first { $0.name == name }.map { Self.text($0.value) }
    }

    /// The value of the first attribute of this name, whatever its prefix.
    func attribute(local name: String) -> String? {
        attributes.first { Self.local($0.name) == name }.map { Self.text($0.value) }
    }

    /// The attribute's value as a number; nil when it is none.
    func number(_ name: String) -> Double? {
        guard let value = attributes.first(where: { $0.name == name })?.value else { return nil }
        return Self.number(value, bytes)
    }

    /// The text behind the tag that was met last, as far as the next one.
    var textInside: ArraySlice<UInt8> {
        if isSelfClosing { return [] }
        let rest = bytes[min(position, bytes.count)...]
        return rest[..<(rest.firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex)]
    }

    /// That text as a number; nil when it is none.
    func numberInside() -> Double? { Self.number(textInside, bytes) }

    private static func number(_ value: ArraySlice<UInt8>, _ bytes: [UInt8]) -> Double? {
        var (value, bytes) = (value, bytes)
        if value.contains(UInt8(ascii: "&")) {
            bytes = [UInt8](text(value).utf8)
            value = bytes[...]
        }
        var scanner = TextScanner(bytes, from: value.startIndex, to: value.endIndex)
        scanner.skipBlanksAndLineEnds()
        guard let number = scanner.number() else { return nil }
        scanner.skipBlanksAndLineEnds()
        return scanner.isAtEnd ? number : nil
    }

    /// The namespaces that the element declares, by their prefixes; "" is that of names without one.
    var namespaces: [(prefix: String, namespace: String)] {
        attributes.lazy.filter { $0.name.hasPrefix("xmlns") }.compactMap { name, value in
            if name == "xmlns" { return ("", Self.text(value)) }
            return Self.prefix(name) == "xmlns" ? (Self.local(name), Self.text(value)) : nil
        }
    }

    /// The prefix of a name; "" where it has none.
    static func prefix(_ name: String) -> String {
        name.utf8.lastIndex(of: UInt8(ascii: ":")).map { String(name[..<$0]) } ?? ""
    }

    /// A name without its prefix.
    static func local(_ name: String) -> String {
        guard let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) else { return name }
        return String(name[name.utf8.index(after: colon)...])
    }

    // MARK: Parts

    private mutating func readStart() throws(Failure) -> Event {
        let name = readName()
        guard !name.isEmpty else { throw Failure(reason: "a tag without a name", position: position) }
        attributes.removeAll(keepingCapacity: true)
        while true {
            skipSpace()
            guard position < bytes.count else { throw Failure(reason: "it ends within <\(name)", position: position) }
            if bytes[position] == UInt8(ascii: ">") {
                position += 1
                break
            }
            if bytes[position] == UInt8(ascii: "/") {
                position += 1
                isSelfClosing = true
                continue
            }
            try readAttribute(of: name)
        }
        // Deeper nesting has no place in such files, and would cost the memory of its names.
        guard open.count < 1000 else { throw Failure(reason: "its elements are nested too deeply", position: position) }
        open.append(name)
        return .start(name: name)
    }

    private mutating func readAttribute(of element: String) throws(Failure) {
        let name = readName()
        skipSpace()
        guard !name.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
            throw Failure(reason: "an attribute of <\(element)> has no value", position: position)
        }
        position += 1
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'"),
            let end = bytes[(position + 1)...].firstIndex(of: bytes[position])
        else { throw Failure(reason: "the value of \(name) of <\(element)> is not quoted", position: position) }
        attributes.append((name, bytes[position + 1..<end]))
        position = end + 1
    }

    private mutating func readName() -> String {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte <= 0x20 || byte == UInt8(ascii: "=") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") {
                break
            }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipSpace() {
        while position < bytes.count && bytes[position] <= 0x20 { position += 1 }
    }

    private mutating func skip(past end: StaticString) throws(Failure) {
        let length = end.utf8CodeUnitCount
        while position + length <= bytes.count {
            if (0..<length).allSatisfy({ bytes[position + $0] == end.utf8Start[$0] }) {
                position += length
                return
            }
            position += 1
        }
        throw Failure(reason: "it ends before \(end)", position: position)
    }

    private func stands(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return position + length <= bytes.count
            && (0..<length).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
    }

    /// Comments, CDATA sections and document type declarations.
    private mutating func skipDeclaration() throws(Failure) {
        if stands("!--") { return try skip(past: "-->") }
        if stands("![CDATA[") { return try skip(past: "]]>") }
        var depth = 1
        while position < bytes.count && depth > 0 {
            if bytes[position] == UInt8(ascii: "<") { depth += 1 }
            if bytes[position] == UInt8(ascii: ">") { depth -= 1 }
            position += 1
        }
    }

    private static func text(_ value: ArraySlice<UInt8>) -> String {
        let text = String(decoding: value, as: UTF8.self)
        guard value.contains(UInt8(ascii: "&")) else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";") else { return result + rest[start...] }
            let name = rest[rest.index(after: start)..<end]
            result += character(named: name) ?? String(rest[start...end])
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(named name: Substring) -> String? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let digits = name.dropFirst()
            let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return code.flatMap(Unicode.Scalar.init).map { String($0) }
        }
    }
}
