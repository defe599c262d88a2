import Synchronization

/// A number of threads that share out numbered tasks.
///
/// Every result in this package is the same for any number of workers: work is cut into tasks whose size does not
/// depend on `count`, a task writes only what belongs to it, and sums over tasks are taken afterwards in the tasks'
/// order.
public struct Workers: Sendable {
    /// Threads used at most, at least 1.
    public let count: Int

    /// - Parameter count: threads to use; nil for one a processor that is online.
    public init(count: Int? = nil) {
        let requested = count ?? ProcessInfo.processInfo.activeProcessorCount
        precondition(requested >= 1, "a worker count of at least 1")
        self.count = requested
    }

    /// One thread: runs everything on the caller's.
    public static let single = Workers(count: 1)

    /// Calls `body` once for every task in `0 ..< taskCount`, on up to `count` threads at once, and returns when all
    /// are done. Tasks start in order, each on the next thread that is free.
    ///
    /// - Parameters:
    ///   - body: the task's number, and the number in `0 ..< count` of the worker that runs it (for scratch
    ///     memory of its own).
    ///   - taskCount: tasks; none where it is not positive.
    public func forEach(_ taskCount: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        let threads = min(count, taskCount)
        if threads <= 1 {
            for task in 0..<max(taskCount, 0) { body(task, 0) }
            return
        }
        let next = Atomic<Int>(0)
        withoutActuallyEscaping(body) { body in
            // `body` is not @Sendable so that callers can write disjoint parts of one buffer, which is their promise.
            nonisolated(unsafe) let body = body
            ParallelThreads.perform(threads) { worker in
                while true {
                    let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    if task >= taskCount { return }
                    body(task, worker)
                }
            }
        }
    }

    /// Cuts `0 ..< itemCount` into ranges of `chunkSize` (the last may be shorter) and calls `body` for each, as
    /// ``forEach(_:_:)`` does.
    public func forEachChunk(
        of itemCount: Int, chunkSize: Int, _ body: (_ items: Range<Int>, _ worker: Int) -> Void
    ) {
        precondition(chunkSize >= 1, "a chunk of at least one item")
        forEach((itemCount + chunkSize - 1) / chunkSize) { chunk, worker in
            let start = chunk * chunkSize
            body(start..<min(start + chunkSize, itemCount), worker)
        }
    }
}
