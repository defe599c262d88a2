import ArgumentParser
import Core
import Dispatch
import Synchronization

/// Notices Ctrl-C, SIGTERM, SIGHUP and, where that is wanted, one signal more. The first asks the work to come to its end, a second one ends the program at once.
final class Interruption {
    private let request = Request()
    private let sources: [any DispatchSourceSignal]

    /// Set from the queue that signals arrive on.
    private final class Request: Sendable {
        /// The signal, or 0.
        let number = Atomic<Int32>(0)
    }

    var isRequested: Bool { request.number.load(ordering: .relaxed) != 0 }

    /// The signal that came; 0 for none.
    var number: Int32 { request.number.load(ordering: .relaxed) }

    /// What a command exits with that a signal ended early, 128 and the signal's number: its results, written as far as
    /// they go, are not what was asked for. nil without a signal.
    var exitCode: ExitCode? {
        let number = request.number.load(ordering: .relaxed)
        return number == 0 ? nil : ExitCode(128 + number)
    }

    init(alsoNoticing other: Int32? = nil) {
        let queue = DispatchQueue(label: "interruption")
        // nohup ignores SIGHUP for us. SIGINT is listened to all the same: shells ignore it for every job in the background.
        let numbers = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP]) + (other.map { [$0] } ?? [])
        sources = numbers.map { number in
            // The source sees the signal only where it is not handled otherwise.
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for (source, number) in zip(sources, numbers) {
            source.setEventHandler { [request] in
                for number in numbers { signal(number, SIG_DFL) }
                request.number.store(number, ordering: .relaxed)
            }
            source.resume()
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        let previous = signal(number, SIG_DFL)
        guard unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) else {
            signal(number, previous)
            return false
        }
        signal(number, SIG_IGN)
        return true
    }
}
