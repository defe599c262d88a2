/// Limits of an importer in a process of its own.
public struct ImportLimits: Sendable, Equatable {
    /// Elapsed time, from the start of the process to its last byte.
    public var seconds: Double
    /// Address space beyond what the process starts with. Enforced on Linux only: Apple's kernel ignores such limits.
    public var memoryBytes: Int

    public init(seconds: Double, memoryBytes: Int) {
        self.seconds = seconds
        self.memoryBytes = memoryBytes
    }

    /// Limits that sound files stay far below: a million triangles as OBJ, PLY, STL or GLB (18 to 50 MB) took at most
    /// 0.12 s and 10 MB a megabyte of file. Files that refer to others, as glTF may, live off the constant part.
    public init(fileBytes: Int) {
        self.init(seconds: 20 + Double(fileBytes) / 1e6, memoryBytes: 2 << 30 + 64 * fileBytes)
    }
}
