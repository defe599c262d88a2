import Core

/// OpenBLAS's thread count is one for the whole process and affects rounding. Calls with several threads therefore have
/// the library alone; a fit's bits do not depend on what else the process does.
package enum BlasThreads {
    private static let lock = ReadWriteLock()

    /// Runs `body`, in which every call uses one thread; many workers may be in it at once.
    package static func one<Result, Failure: Error>(
        _ library: BlasLibrary, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.lockShared()
        defer { lock.unlock() }
        if let threadCount = library.threadCount, threadCount() != 1 { library.setThreadCount?(1) }
        return try body()
    }

    /// Runs `body`, in which one call at a time may use `count` threads. Nobody else calls the library meanwhile.
    package static func several<Result, Failure: Error>(
        _ count: Int, _ library: BlasLibrary, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.lockAlone()
        defer { lock.unlock() }
        library.setThreadCount?(Int32(clamping: count))
        defer { library.setThreadCount?(1) }
        return try body()
    }
}

/// A lock that many may hold together or one alone.
private final class ReadWriteLock: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

    init() {
        let status = pthread_rwlock_init(lock, nil)
        precondition(status == 0, "a lock")
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    func lockShared() { pthread_rwlock_rdlock(lock) }
    func lockAlone() { pthread_rwlock_wrlock(lock) }
    func unlock() { pthread_rwlock_unlock(lock) }
}
