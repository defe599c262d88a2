import Core
import Foundation
import Synchronization
import Testing

@Suite struct ParallelThreadsTests {
    /// What a forked process does instead of using Dispatch's threads.
    @Test(arguments: [1, 2, 7]) func newThreadsDoEveryPieceOnce(count: Int) {
        let visits = (0..<count).map { _ in Counter() }
        ParallelThreads.performOnNewThreads(count) { visits[$0].value.add(1, ordering: .relaxed) }
        #expect(visits.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
    }

    /// Not even of one piece: the thread that forked may not wait for a lock in the child.
    @Test(arguments: [1, 2, 7]) func noPieceIsTheCallers(count: Int) {
        let caller = Mark(pthread_self())
        let ofCaller = Counter()
        ParallelThreads.performOnNewThreads(count) { _ in
            if pthread_equal(pthread_self(), caller.thread) != 0 { ofCaller.value.add(1, ordering: .relaxed) }
        }
        #expect(ofCaller.value.load(ordering: .relaxed) == 0)
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    /// A thread's name, which is only compared.
    private struct Mark: @unchecked Sendable {
        let thread: pthread_t

        init(_ thread: pthread_t) { self.thread = thread }
    }
}
