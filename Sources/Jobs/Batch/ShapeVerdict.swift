import Core

/// The meaning of the end of a shape's process.
enum ShapeVerdict {
    /// The shape has a row: a fit, or why there is none.
    case finished(ShapeOutcome)
    case interrupted
    /// By somebody else, and not by a fault of its own.
    case killed
    case cannotWrite(String)

    /// Faults that a process makes itself.
    private static let faults = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS]

    init(_ process: ShapeProcess, status: Int32, limit: BatchRow.Failure?, _ runner: BatchRunner) {
        let folder = process.request.folder
        func failed(_ failure: BatchRow.Failure, _ error: String) -> ShapeVerdict {
            var outcome = ShapeOutcome()
            outcome.failure = failure
            outcome.error = error
            return .finished(outcome)
        }
        let peak = "\(process.peakMemoryBytes >> 20) MiB"
        switch limit {
        case .timeout?:
            self = failed(.timeout, "took longer than \(seconds(runner.shapeTimeout ?? 0)) s")
            return
        case .memory?:
            self = failed(.memory, "held more memory than \((runner.shapeMemoryBytes ?? 0) >> 20) MiB")
            return
        default: break
        }
        let signal = status & 0x7f
        if signal != 0 {
            guard Self.faults.contains(signal) else {
                self = .killed
                return
            }
            let message = firstLine(of: folder + "/stderr.txt").map { ": \($0)" } ?? ""
            let name = String(cString: strsignal(signal)).lowercased()
            if let allowed = runner.shapeMemoryBytes, process.peakMemoryBytes > allowed / 5 * 4 {
                self = failed(.memory, "ended by signal \(signal) (\(name)) at \(peak) of \(allowed >> 20) MiB")
            } else {
                self = failed(.crash, "ended by signal \(signal) (\(name)), having held \(peak)\(message)")
            }
            return
        }
        switch status >> 8 & 0xff {
        case 0:
            if let data = try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + ShapeOutcome.fileName)),
                let outcome = try? JSONDecoder().decode(ShapeOutcome.self, from: data)
            {
                self = .finished(outcome)
            } else {
                self = failed(.crash, "its process ended without a result")
            }
        case ShapeProcessStatus.interrupted: self = .interrupted
        case ShapeProcessStatus.cannotWrite:
            self = .cannotWrite(firstLine(of: folder + "/stderr.txt") ?? "cannot be written: is the disk full?")
        case let code:
            self = failed(.crash, "its process ended with status \(code)")
        }
    }
}

private func firstLine(of path: String) -> String? {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)), !data.isEmpty else { return nil }
    return BatchRow.oneLine(String(decoding: data.prefix(4096), as: UTF8.self))
}

/// Without a decimal point where there is none to show.
private func seconds(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
}

extension ShapeOutcome {
    /// Puts what is known into a row.
    func fill(_ row: inout BatchRow) {
        row.sha256 = sha256
        row.error = error
        row.failure = failure
        row.resumed = resumed ? true : nil
        row.sigma = sigma
        row.parameters = parameters
        row.steps = steps
        row.peakMemoryBytes = peakMemoryBytes
        row.scores = scores
        row.transform = transform
        row.topology = topology
        row.notes = notes.isEmpty ? nil : notes
    }
}
