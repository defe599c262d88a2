/// What another program printed, and how it ended.
package struct ProgramRun: Sendable {
    /// The exit status; 128 and the signal's number where one ended it.
    package let status: Int32
    package let output: String
    package let errors: String

    package enum Failure: Error {
        /// No program of that name is on the search path.
        case notFound
        /// It could not be started, for a reason that the system numbers.
        case system(Int32)
    }

    /// Starts a program of the search path, without input, and waits for its end.
    ///
    /// - Parameter words: the program's name and its arguments; what it writes to standard error fits a pipe's buffer.
    package static func run(_ words: [String]) -> Result<ProgramRun, Failure> {
        var ends: [Int32] = [-1, -1, -1, -1]
        defer { for end in ends where end >= 0 { close(end) } }
        guard pipe(&ends) == 0, ends.withUnsafeMutableBufferPointer({ pipe($0.baseAddress! + 2) }) == 0 else {
            return .failure(.system(errno))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process: pid_t
        do throws(ChildProcess.StartError) {
            process = try ChildProcess.start(
                "/usr/bin/env", words, environment: [:], output: .descriptor(ends[1]), errors: .descriptor(ends[3]))
        } catch {
            return .failure(.system(error.code))
        }
        for index in [1, 3] {
            close(ends[index])
            ends[index] = -1
        }
        let output = FileDescriptor.bytes(from: ends[0]) ?? []
        let errors = FileDescriptor.bytes(from: ends[2]) ?? []
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        // `env` ends so where it finds no such program.
        if status >> 8 & 0xff == 127 { return .failure(.notFound) }
        let signal = status & 0x7f
        return .success(
            ProgramRun(
                status: signal == 0 ? status >> 8 & 0xff : 128 + signal,
                output: String(decoding: output, as: UTF8.self),
                errors: String(decoding: errors, as: UTF8.self)))
    }
}
