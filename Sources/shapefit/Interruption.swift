import Dispatch
import Foundation
import Synchronization

/// Notices Ctrl-C and SIGTERM. The first asks the work to come to its end, a second one ends the program at once.
final class Interruption {
    private let request = Request()
    private let sources: [any DispatchSourceSignal]

    /// Set from the queue that signals arrive on.
    private final class Request: Sendable {
        let isMade = Atomic<Bool>(false)
    }

    var isRequested: Bool { request.isMade.load(ordering: .relaxed) }

    init() {
        let queue = DispatchQueue(label: "interruption")
        sources = [SIGINT, SIGTERM].map { number in
            // The source sees the signal only where it is not handled otherwise.
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for source in sources {
            source.setEventHandler { [request] in
                for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
                request.isMade.store(true, ordering: .relaxed)
            }
            source.resume()
        }
    }
}
