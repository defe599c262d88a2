import Core

extension FitConfiguration {
    /// The first setting, by name, that is not as in `other`, with both values; nil when the two are equal.
    package func firstDifference(from other: FitConfiguration) -> String? {
        if self == other { return nil }
        let (own, others) = (settings, other.settings)
        let name = Set(own.keys).union(others.keys).sorted().first { own[$0] != others[$0] }
        return name.map { "\($0) is \(own[$0] ?? "not set") instead of \(others[$0] ?? "not set")" }
    }

    /// Every setting's value as text, by its path in the JSON.
    private var settings: [String: String] {
        guard let json = try? json(), let value = try? JSONDecoder().decode(Setting.self, from: Data(json.utf8)) else {
            return [:]
        }
        return value.byPath("")
    }
}

/// Any value of a configuration's JSON.
private enum Setting: Decodable {
    case group([String: Setting])
    case list([Setting])
    case value(String)

    init(from decoder: any Decoder) throws {
        if let group = try? decoder.singleValueContainer().decode([String: Setting].self) {
            self = .group(group)
        } else if let list = try? decoder.singleValueContainer().decode([Setting].self) {
            self = .list(list)
        } else {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .value("\(flag)")
            } else if let whole = try? container.decode(Int.self) {
                self = .value("\(whole)")
            } else if let number = try? container.decode(Double.self) {
                self = .value("\(number)")
            } else {
                self = .value(container.decodeNil() ? "none" : try container.decode(String.self))
            }
        }
    }

    func byPath(_ path: String) -> [String: String] {
        var settings: [String: String] = [:]
        switch self {
        case .value(let text): settings[path] = text
        case .group(let group):
            for (key, value) in group {
                settings.merge(value.byPath(path.isEmpty ? key : path + "." + key)) { $1 }
            }
        case .list(let list):
            for (index, value) in list.enumerated() { settings.merge(value.byPath("\(path)[\(index)]")) { $1 } }
        }
        return settings
    }
}
