import Core
import Pictures
import TangentKernels

/// The plots and the JSON of kernel studies.
struct NTKPlots {
    /// Path and name that every file's begins with.
    let prefix: String

    /// What ``write(_:)`` writes for so many studies of a shape.
    func files(studyCount: Int) -> [String] {
        paths(
            ["kernel", "spectrum", "eigenvalues", "labels", "reach"] + (0..<studyCount).map { "residuals-\($0 + 1)" })
    }

    /// What ``write(_:)`` writes for the demonstration.
    var demoFiles: [String] { paths(["errors", "fits"]) }

    private func paths(_ plots: [String]) -> [String] {
        plots.flatMap { ["\(prefix)-\($0).svg", "\(prefix)-\($0).png"] } + [prefix + ".json"]
    }

    /// Writes the plots of a shape's studies.
    func write(_ studies: [KernelStudy]) throws {
        let indexed = Array(studies.enumerated())
        try write(
            "kernel",
            Plot(
                title: "Kernel against distance", xAxis: .init("distance / unit-cube side", range: 0...0.5),
                yAxis: .init("K(Δ) / K(0)"),
                series: indexed.flatMap(Self.kernelCurves)))
        try write(
            "spectrum",
            Plot(
                title: "Fourier spectrum of the kernel",
                xAxis: .init("cycles / unit-cube side", scale: .logarithmic, range: 1...256),
                yAxis: .init("part of the power", scale: .logarithmic),
                series: indexed.map { index, study in
                    .init(study.name, x: study.profile.frequencies, y: study.profile.spectrum, colour: index)
                }))
        try write(
            "eigenvalues",
            Plot(
                title: "Eigenvalues", xAxis: .init("number", scale: .logarithmic),
                yAxis: .init("λ / λ of number 1", scale: .logarithmic),
                series: indexed.map { index, study in
                    let first = study.eigenvalues.first ?? 1
                    return .init(
                        study.name, x: study.eigenvalues.indices.map { Double($0 + 1) },
                        y: study.eigenvalues.map { $0 / first }, colour: index)
                }))
        try write(
            "labels",
            Plot(
                title: "The shape's labels in the kernel's eigendirections",
                xAxis: .init("number of eigendirections", scale: .logarithmic),
                yAxis: .init("part of ‖y‖²", range: 0...1),
                series: indexed.map { index, study in
                    .init(
                        study.name, x: study.cumulatedLabels.indices.map { Double($0 + 1) }, y: study.cumulatedLabels,
                        colour: index)
                }))
        try write(
            "reach",
            Plot(
                title: "What gradient descent can reach", xAxis: .init("steps", scale: .logarithmic),
                yAxis: .init("part of ‖y‖² learnt", range: 0...1),
                series: indexed.map { index, study in
                    let moments = study.moments.filter { $0.steps != nil }
                    return .init(
                        study.name, x: moments.map { $0.steps ?? 1 }, y: moments.map(\.reachedPart), colour: index)
                }))
        for (index, study) in indexed {
            try write(
                "residuals-\(index + 1)",
                Plot(
                    title: "Residuals, \(study.name): predicted dashed, measured in full",
                    xAxis: .init("step", scale: .logarithmic), yAxis: .init("‖residual‖ / ‖residual at the start‖"),
                    series: Self.residualCurves(study)))
        }
        try writeJSON(Studies(studies: studies))
    }

    /// Writes the plots of the demonstration.
    func write(_ sweep: SignalSweep) throws {
        try write(
            "errors",
            Plot(
                title: "Error over σ: a signal from \(sweep.trainPoints.count) samples",
                xAxis: .init("σ / cycles", scale: .logarithmic),
                yAxis: .init("root mean squared error", scale: .logarithmic, range: 1e-3...3),
                series: [
                    .init(
                        "training points", x: sweep.rows.map { Double($0.sigma) }, y: sweep.rows.map(\.trainError),
                        colour: 0),
                    .init(
                        "between them", x: sweep.rows.map { Double($0.sigma) }, y: sweep.rows.map(\.testError),
                        colour: 1),
                ]))
        let best = sweep.best
        let shown = [sweep.rows.first, best, sweep.rows.last].compactMap { $0 }
        try write(
            "fits",
            Plot(
                title: "Too small, right and too large σ", xAxis: .init("x", range: 0...1), yAxis: .init("y"),
                series: [.init("signal", x: sweep.testPoints, y: sweep.testTargets, style: .dashed, colour: 6)]
                    + shown.enumerated().map { index, row in
                        .init(
                            "σ = " + String(printf: "%.3g", row.sigma), x: sweep.curvePoints, y: row.curve,
                            colour: index
                        )
                    } + [.init("samples", x: sweep.trainPoints, y: sweep.trainTargets, style: .dots, colour: 6)]))
        try writeJSON(sweep)
    }

    private static func residualCurves(_ study: KernelStudy) -> [Plot.Series] {
        let steps = study.checkpointSteps.map(Double.init)
        var curves: [Plot.Series] = []
        for (colour, band) in study.bands.enumerated() {
            let name = "λ \(band.components.lowerBound + 1)–\(band.components.upperBound)"
            curves.append(Plot.Series(name, x: steps, y: band.measured, colour: colour))
            curves.append(Plot.Series(nil, x: steps, y: band.predicted, style: .dashed, colour: colour))
        }
        return curves
    }

    /// A study's kernel, and dashed the mapping's alone.
    private static func kernelCurves(index: Int, study: KernelStudy) -> [Plot.Series] {
        let profile = study.profile
        var curves = [Plot.Series(study.name, x: profile.distances, y: profile.composed, colour: index)]
        if !profile.mapping.isEmpty {
            curves.append(
                Plot.Series(
                    index == 0 ? "mapping alone" : nil, x: profile.distances, y: profile.mapping, style: .dashed,
                    colour: index))
        }
        return curves
    }

    private func write(_ name: String, _ plot: Plot) throws {
        try AtomicFile.write(plot.svg, to: "\(prefix)-\(name).svg")
        try PNGFile.write(plot.image(), to: "\(prefix)-\(name).png")
    }

    private struct Studies: Encodable {
        let studies: [KernelStudy]
    }

    private func writeJSON(_ value: some Encodable) throws {
        try AtomicFile.write(MarkedJSON(value, command: "ntk").text(), to: prefix + ".json")
    }
}

/// A study's figures without its curves.
struct NTKSummary: Encodable {
    let name: String
    /// nil where the kernel does not fall that far in half the unit cube's side.
    let halfWidth: Double?
    let moments: [KernelStudy.Moment]
    let closedFormDisagreement: Double
    let empiricalDisagreement: Double
    let kernelDrift: Double

    init(_ study: KernelStudy) {
        name = study.name
        halfWidth = study.profile.halfWidth
        moments = study.moments
        closedFormDisagreement = study.closedFormDisagreement
        empiricalDisagreement = study.empiricalDisagreement
        kernelDrift = study.kernelDrift
    }
}

/// The findings of studies, in words.
enum NTKWords {
    static func table(_ studies: [KernelStudy]) -> String {
        let head =
            "             half width  reached in 1000 / 100000 steps  test error  right side  "
            + "theory off by (closed / own kernel)  drift"
        let rows = studies.map { study in
            let moments = study.moments
            let best = moments.min { $0.testError < $1.testError }
            let reached = [1000.0, 100_000].map { steps in
                formatted(100 * (moments.first { $0.steps == steps }?.reachedPart ?? 0), digits: 1) + " %"
            }
            return pad(study.name, 13) + pad(halfWidth(study), 12)
                + pad(reached.joined(separator: " / "), 32) + pad(formatted(best?.testError ?? 0, digits: 4), 12)
                + pad(formatted(100 * (best?.testSignAccuracy ?? 0), digits: 2) + " %", 12)
                + pad(
                    "\(formatted(100 * study.closedFormDisagreement, digits: 1)) % / "
                        + "\(formatted(100 * study.empiricalDisagreement, digits: 1)) %", 37)
                + formatted(100 * study.kernelDrift, digits: 1) + " %"
        }
        return ([head] + rows).joined(separator: "\n")
    }

    /// A kernel's half width as a person reads it.
    static func halfWidth(_ study: KernelStudy) -> String {
        study.profile.halfWidth.map { formatted($0, digits: 3) } ?? "beyond \(study.profile.distances.last ?? 0.5)"
    }

    static func paragraph(_ studies: [KernelStudy], steps: Int) -> String {
        func error(_ study: KernelStudy) -> Double { study.moments.map(\.testError).min() ?? .infinity }
        guard let best = studies.min(by: { error($0) < error($1) }) else { return "" }
        let reach = best.moments.first { $0.steps == 1000 }?.reachedPart ?? 0
        let bestFall =
            best.profile.halfWidth.map { "falls half way at a distance of \(formatted($0, digits: 3))" }
            ?? "does not fall half way within half of"
        var sentences = [
            "Of these, \(best.name) predicts the labels of points it was not shown best: its kernel \(bestFall)"
                + (best.profile.halfWidth == nil ? "" : " of") + " the unit cube's side, and 1000 steps of gradient "
                + "descent can reach \(formatted(100 * reach, digits: 1)) % of the labels' energy."
        ]
        for study in studies where study.name != best.name {
            // A kernel that does not fall in the range is wider than all that do.
            let isWider = (study.profile.halfWidth ?? .infinity) > (best.profile.halfWidth ?? .infinity)
            sentences.append(
                "\(study.name) is too \(isWider ? "smooth" : "local"): its kernel's half width is \(halfWidth(study)), "
                    + (isWider
                        ? "so that detail lies in eigendirections that training reaches late"
                        : "so that a label says little about the points around it")
                    + ", and its test error is \(formatted(error(study) / error(best), digits: 2)) times as large.")
        }
        sentences.append(
            "Over \(steps) steps of plain gradient descent the real network's residual stayed within "
                + "\(formatted(100 * best.closedFormDisagreement, digits: 1)) % of what the infinite network's kernel predicts, and "
                + "within \(formatted(100 * best.empiricalDisagreement, digits: 1)) % of what its own predicts, while that kernel "
                + "itself moved by \(formatted(100 * best.kernelDrift, digits: 1)) %.")
        let count = best.eigenvalues.count
        // Neighbours among n points that lie about a surface are n^(-1/2) apart.
        let closer = (1_000_000 / Double(count)).squareRoot()
        sentences.append(
            "This is the best for \(count) points. A fit learns from a million, about \(Int(closer.rounded())) times as close "
                + "together, where a narrower kernel still knows its neighbors. So the best σ of a fit is larger: 'sweep' "
                + "finds it.")
        return sentences.joined(separator: " ")
    }

    static func paragraph(_ sweep: SignalSweep) -> String {
        guard let best = sweep.best, let first = sweep.rows.first, let last = sweep.rows.last else { return "" }
        return
            "The test error is lowest, \(formatted(best.testError, digits: 4)), at σ = \(String(printf: "%.3g", best.sigma)). At "
            + "σ = \(String(printf: "%.3g", first.sigma)) the kernel is so wide that training does not even reach the samples "
            + "(error \(formatted(first.trainError, digits: 4)) there): underfitting. At σ = \(String(printf: "%.3g", last.sigma)) it "
            + "reaches them to \(formatted(last.trainError, digits: 4)) and says nothing of what lies between "
            + "(\(formatted(last.testError, digits: 4))): overfitting."
    }
}
