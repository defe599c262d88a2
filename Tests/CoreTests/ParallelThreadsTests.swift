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

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }
}
