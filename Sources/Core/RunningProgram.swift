/// The program that this process runs.
package enum RunningProgram {
    /// A path by which it can be started again, also after its file was replaced by a newer one.
    package static var startPath: String {
        #if os(Linux)
        "/proc/self/exe"
        #else
        path ?? ""
        #endif
    }

    /// The path of its file; nil where the system does not tell.
    package static var path: String? {
        #if os(Linux)
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        #else
        Bundle.main.executablePath
        #endif
    }
}
