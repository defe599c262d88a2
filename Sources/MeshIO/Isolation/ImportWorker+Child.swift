import Core

extension ImportWorker {
    /// Acts as a worker and ends the process, when that is what it was started for; otherwise does nothing.
    ///
    /// Belongs first in `main`, before anything else looks at the arguments.
    public static func runIfRequested() {
        let words = CommandLine.fileNameArguments
        guard words.count == 5, words[1] == request, getenv(environmentMark) != nil,
            let memoryBytes = Int(words[3]), let seconds = Double(words[4])
        else { return }
        exit(run(path: words[2], limits: ImportLimits(seconds: seconds, memoryBytes: memoryBytes)))
    }

    /// Imports the file and writes the reply to standard output.
    ///
    /// - Returns: the process's exit status.
    private static func run(path: String, limits: ImportLimits) -> Int32 {
        // Importers that print must not print into the reply.
        let output = dup(1)
        let nowhere = open("/dev/null", O_WRONLY)
        guard output >= 0, nowhere >= 0, dup2(nowhere, 1) >= 0 else { return 2 }
        impose(limits)
        let result = Result { () throws(MeshFileError) -> ImportedMesh in try MeshImport.loadWithAssimp(path: path) }
        return ImportReply(result.mapError { explained($0, limits) }).write(to: output) ? 0 : 2
    }

    /// An importer that runs into the limit on memory reports C++'s exception, if it reports anything.
    private static func explained(_ error: MeshFileError, _ limits: ImportLimits) -> MeshFileError {
        guard case .malformedFile(let path, let reason) = error, reason.contains("bad_alloc") else { return error }
        return .importTooLarge(path: path, limitBytes: limits.memoryBytes)
    }

    private static func impose(_ limits: ImportLimits) {
        limit(RLIMIT_CORE, to: 0)
        // The starter's clock ends a worker that waits; this ends one whose starter is gone.
        limit(RLIMIT_CPU, to: Int(min(max(limits.seconds, 0), 1e6)) + 1)
        #if os(Linux)
        // The first number is the address space in use, in pages.
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").first.flatMap({ Int($0) })
        {
            limit(RLIMIT_AS, to: pages * Int(getpagesize()) + limits.memoryBytes)
        }
        #endif
    }

    #if canImport(Glibc)
    private static func limit(_ resource: __rlimit_resource, to value: Int) {
        limit(number: __rlimit_resource_t(resource.rawValue), to: value)
    }
    private typealias ResourceNumber = __rlimit_resource_t
    #else
    private static func limit(_ resource: Int32, to value: Int) { limit(number: resource, to: value) }
    private typealias ResourceNumber = Int32
    #endif

    private static func limit(number: ResourceNumber, to value: Int) {
        var bounds = rlimit()
        guard getrlimit(number, &bounds) == 0 else { return }
        bounds.rlim_cur = min(bounds.rlim_max, rlim_t(max(value, 0)))
        setrlimit(number, &bounds)
    }
}
