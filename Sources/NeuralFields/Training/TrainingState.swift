/// All that a training needs to go on from a step to the same bits: arrays of numbers and counts, by name.
public struct TrainingState: Sendable, Equatable {
    public var arrays: [String: [Float]]
    public var counts: [String: Int]

    public init(arrays: [String: [Float]] = [:], counts: [String: Int] = [:]) {
        self.arrays = arrays
        self.counts = counts
    }

    /// Takes in `part`, its names after `prefix`.
    mutating func insert(_ part: TrainingState, under prefix: String) {
        for (name, values) in part.arrays { arrays[prefix + name] = values }
        for (name, count) in part.counts { counts[prefix + name] = count }
    }

    /// What ``insert(_:under:)`` took in with this prefix.
    func part(under prefix: String) -> TrainingState {
        func cut<Value>(_ named: [String: Value]) -> [String: Value] {
            named.reduce(into: [:]) { part, entry in
                if entry.key.hasPrefix(prefix) { part[String(entry.key.dropFirst(prefix.count))] = entry.value }
            }
        }
        return TrainingState(arrays: cut(arrays), counts: cut(counts))
    }

    /// Why this is no state of what `own` is a state of, in a few words; nil where it is: the same names, as many numbers
    /// under each, all finite, and no negative counts.
    func problem(comparedWith own: TrainingState) -> String? {
        for (name, values) in own.arrays.sorted(by: { $0.key < $1.key }) where !values.isEmpty {
            guard let given = arrays[name] else { return "it lacks \(name)" }
            if given.count != values.count { return "\(name) has \(given.count) numbers instead of \(values.count)" }
        }
        for name in own.counts.keys.sorted() {
            guard let given = counts[name] else { return "it lacks \(name)" }
            // Steps are counted in single precision's integers, too, by files of earlier versions.
            if given < 0 || given > 1 << 48 { return "\(name) is no count" }
        }
        if let name = arrays.keys.filter({ own.arrays[$0] == nil }).min() {
            return "it has \(name), which is not used here"
        }
        if let name = counts.keys.filter({ own.counts[$0] == nil }).min() {
            return "it has \(name), which is not used here"
        }
        return arrays.sorted { $0.key < $1.key }.first { !$0.value.allSatisfy(\.isFinite) }
            .map { "\($0.key) holds NaN or infinity" }
    }
}
