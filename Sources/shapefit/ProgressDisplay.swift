import Core
import Fitting
import Jobs

/// How much a command says on standard error.
enum Verbosity {
    case quiet, usual, verbose
}

/// Shows a fit's progress on standard error: a bar that redraws itself on a terminal, a plain line every few seconds
/// elsewhere.
struct ProgressDisplay {
    private let verbosity: Verbosity
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isBarShown = false
    private var lastLine: ContinuousClock.Instant?
    private let start = ContinuousClock.now

    /// Seconds between two plain lines.
    private static let lineInterval = 5.0

    init(_ verbosity: Verbosity) {
        self.verbosity = verbosity
    }

    mutating func show(_ event: FitEvent) {
        if verbosity == .quiet { return }
        switch event {
        case .note(let text):
            clearBar()
            writeToStandardError("shapefit: note: \(text)\n")
        case .stage(let text):
            clearBar()
            let time =
                verbosity == .verbose ? "\(formatted((ContinuousClock.now - start) / .seconds(1), digits: 2)) s  " : ""
            writeToStandardError("\(time)\(text) …\n")
        case .training(let progress):
            if isTerminal {
                writeToStandardError("\r\u{1b}[K" + ProgressLine(progress).text(columns: Self.terminalColumns))
                isBarShown = true
            } else if progress.step > 0, progress.fraction >= 1 || isLineDue {
                lastLine = .now
                writeToStandardError(
                    "training \(Int(saturating: 100 * progress.fraction)) %: \(ProgressLine(progress).words.joined(separator: "  "))\n"
                )
            }
        }
    }

    mutating func finish() { clearBar() }

    private var isLineDue: Bool {
        guard let lastLine else { return true }
        return (ContinuousClock.now - lastLine) / .seconds(1) >= (verbosity == .verbose ? 1 : Self.lineInterval)
    }

    private mutating func clearBar() {
        if isBarShown { writeToStandardError("\n") }
        isBarShown = false
    }

    /// The terminal's width, or else 80.
    private static var terminalColumns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// A training's state in one line of a terminal.
struct ProgressLine {
    /// The most important first.
    let words: [String]
    private let fraction: Double

    init(_ progress: FitProgress) {
        fraction = min(max(progress.fraction, 0), 1)
        words =
            progress.step > 0
            ? [
                "\(Int(saturating: min(progress.secondsLeft, 1e9).rounded(.up))) s left", "step \(progress.step)",
                "loss \(formatted(Double(progress.loss), digits: 5))",
                "\(Int(saturating: min(progress.samplesPerSecond, 1e15) / 1000)) k samples/s",
            ] : ["starting"]
    }

    private static let widestBar = 24

    /// At most `columns` - 1 characters, so that no terminal wraps: as many words as there is room for, and a bar in what
    /// is left.
    func text(columns: Int) -> String {
        let room = max(columns - 1, 0)
        var shown = ""
        for word in words {
            let longer = shown.isEmpty ? word : shown + "  " + word
            if longer.count > room { break }
            shown = longer
        }
        let width = min(Self.widestBar, room - shown.count - 3)
        guard width >= 4 else { return shown }
        let full = Int(saturating: (fraction * Double(width)).rounded(.down))
        return "[" + String(repeating: "█", count: full) + String(repeating: "·", count: width - full) + "] " + shown
    }
}

/// `value` with `digits` decimals.
func formatted(_ value: Double, digits: Int) -> String {
    String(printf: "%.\(digits)f", value)
}
