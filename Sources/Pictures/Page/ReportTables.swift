import Core

extension ReportPage {
    /// Tables of everything in a JSON object: one for each member that is an object, named in words, and one before them
    /// for the others. Nested names are joined by a dot; lists of more than eight are left out, as curves are.
    ///
    /// - Throws: `DecodingError` when `json` is no object.
    package static func tables(ofJSON json: String) throws -> [Table] {
        let members = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        var general = Table(title: "General", rows: [])
        var tables: [Table] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if case .object = value {
                tables.append(Table(title: words(name).capitalizedFirst, rows: value.rows(prefix: "")))
            } else {
                general.rows += value.rows(prefix: name)
            }
        }
        return general.rows.isEmpty ? tables : [general] + tables
    }

    /// "peakMemoryBytes" as "peak memory bytes", "chamferL1" as "chamfer L1".
    static func words(_ name: String) -> String {
        let characters = Array(name)
        var text = ""
        for (index, character) in characters.enumerated() {
            guard character.isUppercase, index > 0, characters[index - 1].isLowercase else {
                text.append(character)
                continue
            }
            let startsWord = index + 1 < characters.count && characters[index + 1].isLowercase
            text += " " + (startsWord ? character.lowercased() : String(character))
        }
        return text
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

private enum JSONValue: Decodable {
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])
    case nothing

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .nothing
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Rows of a table for this value; `prefix` names it.
    func rows(prefix: String) -> [(name: String, value: String)] {
        switch self {
        case .object(let members):
            return members.sorted { $0.key < $1.key }.flatMap { name, value in
                value.rows(prefix: prefix.isEmpty ? name : prefix + "." + name)
            }
        case .list(let items):
            if items.count > 8 { return [] }
            if items.contains(where: \.isObject) {
                return items.enumerated().flatMap { number, item in item.rows(prefix: "\(prefix).\(number + 1)") }
            }
            return [(ReportPage.words(prefix), items.map(\.short).joined(separator: ", "))]
        default:
            return [(ReportPage.words(prefix), short)]
        }
    }

    private var isObject: Bool {
        if case .object = self { return true }
        return false
    }

    private var short: String {
        switch self {
        case .flag(let value): value ? "yes" : "no"
        case .number(let value):
            value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(printf: "%.6g", value)
        case .text(let value): value
        case .list(let items): "[" + items.map(\.short).joined(separator: ", ") + "]"
        case .object: "…"
        case .nothing: "–"
        }
    }
}
