import Dispatch

/// Runs a piece of work on several threads at once and waits for all of them.
package enum ParallelThreads {
    /// The process that Dispatch's threads belong to: the first that asked for several.
    private static let owner = getpid()

    /// Calls `body` for 0 ..< `count`, each on a thread of its own, the caller's among them where Dispatch has no more.
    ///
    /// Dispatch keeps its threads between calls, and ends a child of a process that has used them when the child uses them
    /// too. A program that loads this library may fork, as Python's `multiprocessing` does: in such a child every call starts threads
    /// of its own, some 20 microseconds each.
    static func perform(_ count: Int, _ body: @Sendable (Int) -> Void) {
        if getpid() == owner {
            DispatchQueue.concurrentPerform(iterations: count, execute: body)
        } else {
            performOnNewThreads(count, body)
        }
    }

    /// The same on threads that end with the call.
    package static func performOnNewThreads(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            var threads: [pthread_t] = []
            for index in 1..<max(count, 1) {
                guard let thread = start(Work(index: index, body: body)) else {
                    // No more threads are to be had: their work is the caller's.
                    body(index)
                    continue
                }
                threads.append(thread)
            }
            body(0)
            for thread in threads { pthread_join(thread, nil) }
        }
    }

    private final class Work: Sendable {
        let index: Int
        let body: @Sendable (Int) -> Void

        init(index: Int, body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }

    private static func start(_ work: Work) -> pthread_t? {
        let passed = Unmanaged.passRetained(work).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        if pthread_create(&thread, nil, runWork, passed) == 0 { return thread }
        Unmanaged<Work>.fromOpaque(passed).release()
        return nil
    }

    fileprivate static func run(_ work: UnsafeMutableRawPointer) {
        let own = Unmanaged<Work>.fromOpaque(work).takeRetainedValue()
        own.body(own.index)
    }
}

#if canImport(Darwin)
private func runWork(_ work: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    ParallelThreads.run(work)
    return nil
}
#else
private func runWork(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let work { ParallelThreads.run(work) }
    return nil
}
#endif
