import Core
import Synchronization
import Testing

@Suite struct IdleObjectsTests {
    /// Tells when it is used by two threads at once, and when it ends.
    private final class Tool: Sendable {
        let isBusy = Atomic<Bool>(false)
        let count: Counter

        init(_ count: Counter) {
            self.count = count
            count.alive.add(1, ordering: .relaxed)
            count.made.add(1, ordering: .relaxed)
        }

        deinit { count.alive.subtract(1, ordering: .relaxed) }
    }

    private final class Counter: Sendable {
        let made = Atomic<Int>(0)
        let alive = Atomic<Int>(0)
    }

    @Test func whatIsGivenBackIsTakenAgain() throws {
        let idle = IdleObjects<Tool>()
        #expect(idle.take() == nil)
        let count = Counter()
        let tool = Tool(count)
        idle.giveBack(tool)
        #expect(idle.take() === tool)
        #expect(idle.take() == nil)
    }

    /// More than are kept, and all end with the last that knows them.
    @Test func nothingIsKeptForEver() {
        let count = Counter()
        do {
            let idle = IdleObjects<Tool>()
            for _ in 0..<500 { idle.giveBack(Tool(count)) }
            let kept = count.alive.load(ordering: .relaxed)
            #expect(kept > 0 && kept < 500)
        }
        #expect(count.alive.load(ordering: .relaxed) == 0)
    }

    @Test func noTwoThreadsHaveTheSame() {
        let idle = IdleObjects<Tool>()
        let count = Counter()
        let clashes = Atomic<Int>(0)
        Workers(count: 8).forEachChunk(of: 40_000, chunkSize: 1) { _, _ in
            let tool = idle.take() ?? Tool(count)
            if tool.isBusy.exchange(true, ordering: .relaxed) { clashes.add(1, ordering: .relaxed) }
            tool.isBusy.store(false, ordering: .relaxed)
            idle.giveBack(tool)
        }
        #expect(clashes.load(ordering: .relaxed) == 0)
        // A search may pass what comes back behind it, now and then.
        #expect(count.made.load(ordering: .relaxed) < 1000)
    }
}
