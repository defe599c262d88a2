import Foundation

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
        guard let json = try? json(), let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else {
            return [:]
        }
        var settings: [String: String] = [:]
        func visit(_ value: Any, _ path: String) {
            if let object = value as? [String: Any] {
                for (key, value) in object { visit(value, path.isEmpty ? key : path + "." + key) }
            } else if let list = value as? [Any] {
                for (index, value) in list.enumerated() { visit(value, "\(path)[\(index)]") }
            } else {
                settings[path] = "\(value)"
            }
        }
        visit(object, "")
        return settings
    }
}
