import Core

/// One run of the program on one machine: the name that everything it writes has until it is finished.
enum Attempt {
    /// The scheduler's job, task and restart where there is one, the host and the process.
    static let current: String = {
        let environment = ProcessInfo.processInfo.environment
        let job = environment["SLURM_JOB_ID"].map { "job\($0)r\(environment["SLURM_RESTART_COUNT"] ?? "0")-" } ?? ""
        let host = (environment["SLURMD_NODENAME"] ?? ProcessInfo.processInfo.hostName).filter {
            $0.isLetter || $0.isNumber || $0 == "-"
        }
        var number = SystemRandomNumberGenerator()
        // Two containers may share a host's name and a process's number.
        return "\(job)\(host.isEmpty ? "host" : host)-\(getpid())-"
            + String(UInt32(truncatingIfNeeded: number.next()), radix: 16)
    }()
}

/// Files that appear whole under their name, once: whoever comes second finds the first's.
enum UniqueFile {
    /// Gives a finished file its name.
    ///
    /// - Returns: false where the name was taken; the file that has it stays, and `temporary` goes.
    static func publish(_ temporary: String, as path: String) throws(FileError) -> Bool {
        // link(2) fails where the name is taken, on every file system that has it; rename(2) would replace.
        if link(temporary, path) == 0 {
            unlink(temporary)
            return true
        }
        let code = errno
        // Gone is what another, who was first, has cleared up.
        if code == EEXIST || (code == ENOENT && access(path, F_OK) == 0) {
            unlink(temporary)
            return false
        }
        guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV].contains(code) else {
            throw FileError(path: path, reason: "cannot be put in its place: \(systemMessage(code))")
        }
        // No links here: between the look and the renaming another may come first, with the same models.
        if access(path, F_OK) == 0 {
            unlink(temporary)
            return false
        }
        guard rename(temporary, path) == 0 else {
            throw FileError(path: path, reason: "cannot be put in its place: \(systemMessage())")
        }
        return true
    }
}
