import Core

/// The outcome of a batch, in figures.
package struct BatchSummary: Sendable, Equatable, Codable {
    /// Of values in ascending order: the one below which the part lies, by linear interpolation.
    package struct Percentiles: Sendable, Equatable, Codable {
        package var minimum: Double
        package var p1: Double
        package var p5: Double
        package var p25: Double
        package var median: Double
        package var p75: Double
        package var p95: Double
        package var p99: Double
        package var maximum: Double
        package var mean: Double

        /// nil for no values.
        package init?(_ values: [Double]) {
            let sorted = values.filter(\.isFinite).sorted()
            guard let first = sorted.first, let last = sorted.last else { return nil }
            func value(_ part: Double) -> Double {
                let place = part * Double(sorted.count - 1)
                let below = Int(place)
                let above = min(below + 1, sorted.count - 1)
                return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
            }
            (minimum, maximum) = (first, last)
            (p1, p5, p25, median) = (value(0.01), value(0.05), value(0.25), value(0.5))
            (p75, p95, p99) = (value(0.75), value(0.95), value(0.99))
            mean = sorted.reduce(0, +) / Double(sorted.count)
        }
    }

    package struct Failures: Sendable, Equatable, Codable {
        package var count: Int
        /// Of the first of them.
        package var key: String
        package var error: String
    }

    package var shapeCount: Int
    package var okCount = 0
    package var failedCount = 0
    /// By kind.
    package var failures: [String: Failures] = [:]
    package var iouUniform: Percentiles?
    package var iouBoundary: Percentiles?
    package var relativeHausdorff: Percentiles?
    /// Of one shape.
    package var seconds: Percentiles?
    /// Sum over shapes.
    package var processSeconds = 0.0
    /// Wall-clock time during which at least one shape was being fitted.
    package var busySeconds = 0.0
    package var shapesPerHour = 0.0
    package var parameters: Percentiles?
    /// Of all models.
    package var modelBytes = 0
    /// The twenty of the lowest boundary IoU, the lowest first.
    package var worst: [BatchRow] = []

    static let worstCount = 20

    /// - Parameters:
    ///   - shapeCount: of the batch, whether they are finished or not.
    ///   - rows: of the shapes that are.
    init(shapeCount: Int, rows: [BatchRow]) {
        self.shapeCount = shapeCount
        let fitted = rows.filter { $0.status == .ok }
        okCount = fitted.count
        failedCount = rows.count - fitted.count
        for row in rows where row.status == .failed {
            let kind = row.failure?.rawValue ?? "other"
            let known = failures[kind] ?? Failures(count: 0, key: row.key, error: row.error ?? "")
            failures[kind] = Failures(count: known.count + 1, key: known.key, error: known.error)
        }
        iouUniform = Percentiles(fitted.compactMap { $0.scores?.iouUniform })
        iouBoundary = Percentiles(fitted.compactMap { $0.scores?.iouBoundary })
        relativeHausdorff = Percentiles(fitted.compactMap { $0.scores?.relativeHausdorff })
        seconds = Percentiles(rows.map(\.seconds))
        parameters = Percentiles(fitted.compactMap { $0.parameters.map(Double.init) })
        processSeconds = rows.reduce(0) { $0 + $1.seconds }
        busySeconds = Self.busySeconds(rows)
        shapesPerHour = busySeconds > 0 ? Double(rows.count) / busySeconds * 3600 : 0
        modelBytes = fitted.reduce(0) { $0 + ($1.members?["safetensors"]?.bytes ?? 0) }
        worst = Array(
            fitted.filter { $0.scores != nil }.sorted {
                ($0.scores?.iouBoundary ?? 0, $0.key) < ($1.scores?.iouBoundary ?? 0, $1.key)
            }.prefix(Self.worstCount))
    }

    /// The length of the union of the times in which shapes were fitted: pauses between runs do not count.
    package static func busySeconds(_ rows: [BatchRow]) -> Double {
        var (sum, end) = (0.0, -Double.infinity)
        for (start, finish) in rows.map({ ($0.finished - $0.seconds, $0.finished) }).sorted(by: { $0.0 < $1.0 }) {
            sum += max(0, finish - max(start, end))
            end = max(end, finish)
        }
        return sum
    }

    package func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a summary has a JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// For a person.
    package var text: String {
        var lines = ["shapes        \(okCount) of \(shapeCount) fitted, \(failedCount) failed"]
        func add(_ name: String, _ values: Percentiles?, _ digits: Int) {
            guard let values else { return }
            let shown = [values.minimum, values.p5, values.median, values.p95, values.maximum]
                .map { decimal($0, digits: digits) }.joined(separator: "  ")
            lines.append(name + String(repeating: " ", count: max(1, 14 - name.count)) + shown)
        }
        lines.append("              lowest, 5 %, median, 95 %, highest")
        add("IoU uniform", iouUniform, 4)
        add("IoU boundary", iouBoundary, 4)
        add("seconds", seconds, 2)
        lines.append(
            "speed         \(decimal(shapesPerHour, digits: 0)) shapes an hour while any was fitted, "
                + "\(decimal(processSeconds, digits: 0)) s of fits in all")
        for (kind, failures) in failures.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            lines.append("failed        \(failures.count) \(kind): \(failures.key): \(failures.error)")
        }
        for row in worst.prefix(5) {
            lines.append("worst         \(decimal(row.scores?.iouBoundary ?? 0, digits: 4))  \(row.key)")
        }
        return lines.joined(separator: "\n")
    }
}

/// A number with so many digits after the point, rounded to the nearest.
func decimal(_ value: Double, digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int((abs(value) * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    if digits == 0 { return sign + "\(scaled)" }
    let part = "\(scaled % Int(scale))"
    return sign + "\(scaled / Int(scale))." + String(repeating: "0", count: digits - part.count) + part
}
