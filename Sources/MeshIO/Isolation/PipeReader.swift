import Core

/// Reads from a pipe until a moment in time.
struct PipeReader {
    enum Failure: Error {
        /// The pipe ended before what was asked for.
        case cutShort
        case outOfTime
        /// More bytes, or other bytes, than there should be.
        case nonsense
    }

    private let descriptor: Int32
    private let deadline: ContinuousClock.Instant

    init(descriptor: Int32, deadline: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.deadline = deadline
    }

    /// Fills `buffer`.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
        var filled = 0
        while filled < buffer.count {
            let count = try readSome(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { throw .cutShort }
            filled += count
        }
    }

    /// Waits for the pipe's end, with nothing left in it.
    mutating func readEnd() throws(Failure) {
        var byte: UInt8 = 0
        let count = try withUnsafeMutableBytes(of: &byte) { buffer throws(Failure) in try readSome(buffer) }
        if count != 0 { throw .nonsense }
    }

    private func readSome(_ buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        while true {
            let left = deadline - .now
            if left <= .zero { throw .outOfTime }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(clamping: left.components.seconds * 1000 + 1000)
            let ready = poll(&waiting, 1, min(milliseconds, 1000))
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            if ready < 0 { throw .cutShort }
            let count = systemRead(descriptor, buffer)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw .cutShort }
            return count
        }
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
