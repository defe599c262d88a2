import Core
import Fitting
import Geometry
import Pictures

/// What came of one fit of a ``Sweep``.
public struct SweepRow: Sendable, Codable, Equatable {
    public var mesh: ShapeFingerprint
    public var configuration: FitConfiguration
    public var parameters: Int?
    /// Nil when the fit failed.
    public var scores: FitReport.Scores?
    public var steps: Int?
    /// Of training.
    public var seconds: Double?
    public var finalLoss: Float?
    /// Where the model is, if it was kept.
    public var model: String?
    /// Why there is no result.
    public var failure: String?

    /// Better at the boundary, which is harder; where equal, in the whole box. Any result is better than none.
    func isBetter(than other: SweepRow?) -> Bool {
        guard let scores else { return false }
        guard let others = other?.scores else { return true }
        return (scores.boundary, scores.uniform) > (others.boundary, others.uniform)
    }
}

/// The rows of a ``Sweep``, as a table, as CSV and as a plot.
public struct SweepResult: Sendable {
    /// In the order of ``Sweep/configurations``; fewer than those when the sweep was ended.
    public var rows: [SweepRow]
    /// How many rows there will be.
    public var fitCount: Int

    public var isComplete: Bool { rows.count == fitCount }

    /// The row of the highest IoU at the boundary.
    public var best: SweepRow? {
        rows.reduce(nil) { best, row in row.isBetter(than: best) ? row : best }
    }

    /// Markdown, the best row in bold.
    public var markdown: String {
        let best = best
        var lines = [
            "| σ | width | frequencies | parameters | IoU uniform | IoU boundary | steps | seconds | |",
            "|--:|--:|--:|--:|--:|--:|--:|--:|---|",
        ]
        for row in rows {
            func text(_ value: Double?, _ format: String) -> String { value.map { String(printf: format, $0) } ?? "–" }
            func text(_ count: Int?) -> String { count.map { "\($0)" } ?? "–" }
            var cells: [String] = [
                row.configuration.encoding.sigma.map(shortText) ?? "–", text(row.configuration.width),
                text(row.configuration.encoding.frequencyCount), text(row.parameters),
                text(row.scores?.uniform, "%.4f"), text(row.scores?.boundary, "%.4f"), text(row.steps),
                text(row.seconds, "%.1f"),
            ]
            if row == best {
                cells = cells.map { "**\($0)**" } + ["**best**"]
            } else {
                cells.append(row.failure ?? "")
            }
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    /// A line of names, then a line a row; what a failed fit lacks is empty.
    public var csv: String {
        var lines = [
            "sigma,width,frequencies,parameters,iou_uniform,iou_boundary,iou_uniform_standard_error,"
                + "iou_boundary_standard_error,steps,seconds,final_loss"
        ]
        for row in rows {
            func text<Value: CustomStringConvertible>(_ value: Value?) -> String { value?.description ?? "" }
            let scores = row.scores
            let cells: [String] = [
                text(row.configuration.encoding.sigma), text(row.configuration.width),
                text(row.configuration.encoding.frequencyCount), text(row.parameters), text(scores?.uniform),
                text(scores?.boundary), text(scores?.uniformStandardError), text(scores?.boundaryStandardError),
                text(row.steps), text(row.seconds), text(row.finalLoss),
            ]
            lines.append(cells.joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Both IoU against the setting that has the most values, a colour for each combination of the others.
    public func plot(title: String) -> Plot {
        let settings: [(name: String, value: (FitConfiguration) -> Double)] = [
            ("σ", { Double($0.encoding.sigma ?? 0) }), ("width", { Double($0.width) }),
            ("freq.", { Double($0.encoding.frequencyCount ?? 0) }),
        ]
        func values(_ setting: Int) -> Set<Double> { Set(rows.map { settings[setting].value($0.configuration) }) }
        // The first of those with as many.
        let axis = settings.indices.reduce(0) { values($1).count > values($0).count ? $1 : $0 }
        let others = settings.indices.filter { $0 != axis }
        let named = others.filter { values($0).count > 1 }
        var groups: [(name: String, rows: [SweepRow])] = []
        for row in rows where row.scores != nil {
            let name = named.map { "\(settings[$0].name) \(shortText(Float(settings[$0].value(row.configuration))))" }
                .joined(separator: ", ")
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].rows.append(row)
            } else {
                groups.append((name, [row]))
            }
        }
        var series: [Plot.Series] = []
        for (colour, group) in groups.enumerated() {
            let rows = group.rows.sorted {
                settings[axis].value($0.configuration) < settings[axis].value($1.configuration)
            }
            let x = rows.map { settings[axis].value($0.configuration) }
            let boundary = rows.map { $0.scores?.boundary ?? .nan }
            let uniform = rows.map { $0.scores?.uniform ?? .nan }
            series.append(.init(group.name.isEmpty ? "boundary" : group.name, x: x, y: boundary, colour: colour))
            series.append(.init(nil, x: x, y: boundary, style: .dots, colour: colour))
            series.append(.init(group.name.isEmpty ? "uniform" : nil, x: x, y: uniform, style: .dashed, colour: colour))
            series.append(.init(nil, x: x, y: uniform, style: .dots, colour: colour))
        }
        let x = values(axis)
        let isWide = (x.min() ?? 0) > 0 && (x.max() ?? 0) >= 10 * (x.min() ?? 0)
        return Plot(
            title: title, xAxis: .init(settings[axis].name, scale: isWide ? .logarithmic : .linear),
            yAxis: .init("IoU at the boundary (solid), in the box (dashed)"), series: series)
    }
}

/// A number without a decimal point where it has no decimals.
func shortText(_ value: Float) -> String {
    value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
}
