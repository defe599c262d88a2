import Fitting
import Foundation
import Jobs

/// Shows a fit's progress on standard error: a bar that redraws itself on a terminal, a plain line every few seconds
/// elsewhere.
struct ProgressDisplay {
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isBarShown = false
    private var lastLine: ContinuousClock.Instant?

    /// Seconds between two plain lines.
    private static let lineInterval = 5.0
    private static let barWidth = 24

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    mutating func show(_ event: FitEvent) {
        if isQuiet { return }
        switch event {
        case .note(let text):
            clearBar()
            writeToStandardError("shapefit: note: \(text)\n")
        case .stage(let text):
            clearBar()
            writeToStandardError("\(text) …\n")
        case .training(let progress):
            if isTerminal {
                writeToStandardError("\r\u{1b}[K" + bar(progress.fraction) + " " + describe(progress))
                isBarShown = true
            } else if progress.step > 0, progress.fraction >= 1 || isLineDue {
                lastLine = .now
                writeToStandardError("training \(Int(100 * progress.fraction)) %: \(describe(progress))\n")
            }
        }
    }

    mutating func finish() { clearBar() }

    private var isLineDue: Bool {
        guard let lastLine else { return true }
        return (ContinuousClock.now - lastLine) / .seconds(1) >= Self.lineInterval
    }

    private mutating func clearBar() {
        if isBarShown { writeToStandardError("\n") }
        isBarShown = false
    }

    private func bar(_ fraction: Double) -> String {
        let full = Int((fraction * Double(Self.barWidth)).rounded(.down))
        return "[" + String(repeating: "█", count: full) + String(repeating: "·", count: Self.barWidth - full) + "]"
    }

    private func describe(_ progress: FitProgress) -> String {
        guard progress.step > 0 else { return "starting" }
        return "step \(progress.step)  loss \(formatted(Double(progress.loss), digits: 5))  "
            + "\(Int(progress.samplesPerSecond / 1000)) k samples/s  \(Int(progress.secondsLeft.rounded(.up))) s left"
    }
}

/// `value` with `digits` decimals.
func formatted(_ value: Double, digits: Int) -> String {
    String(format: "%.\(digits)f", value)
}
