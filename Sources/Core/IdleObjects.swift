import Synchronization

/// Objects that are kept between uses, for whichever thread asks next.
///
/// Nobody waits for anybody: a lock that another thread holds while a process forks stays locked in the child for ever, and
/// Swift's `Mutex` ends a child whose first thread waits for it, as it keeps the thread's number of before the fork.
package final class IdleObjects<Object: AnyObject>: @unchecked Sendable {
    /// More threads than this at once make objects of their own.
    private static var capacity: Int { 64 }

    /// Addresses of retained objects; 0 where there is none.
    private let slots: UnsafeMutablePointer<Atomic<UInt>>

    package init() {
        slots = .allocate(capacity: Self.capacity)
        for index in 0..<Self.capacity { (slots + index).initialize(to: Atomic(0)) }
    }

    deinit {
        while take() != nil {}
        slots.deinitialize(count: Self.capacity)
        slots.deallocate()
    }

    /// An object that was given back, or nil.
    package func take() -> sending Object? {
        for index in 0..<Self.capacity where slots[index].load(ordering: .relaxed) != 0 {
            if let object = UnsafeRawPointer(bitPattern: slots[index].exchange(0, ordering: .acquiring)) {
                nonisolated(unsafe) let object = Unmanaged<Object>.fromOpaque(object).takeRetainedValue()
                return object
            }
        }
        return nil
    }

    /// Keeps `object`, which the caller must not use any more.
    package func giveBack(_ object: sending Object) {
        let address = UInt(bitPattern: Unmanaged.passRetained(object).toOpaque())
        for index in 0..<Self.capacity where slots[index].load(ordering: .relaxed) == 0 {
            if slots[index].compareExchange(expected: 0, desired: address, ordering: .releasing).exchanged { return }
        }
        Unmanaged<Object>.fromOpaque(UnsafeRawPointer(bitPattern: address)!).release()
    }
}
