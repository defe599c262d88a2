/// What an importer may take in a process of its own before it is stopped.
public struct ImportLimits: Sendable, Equatable {
    public var seconds: Double
    /// Address space beyond what the process starts with.
    public var memoryBytes: Int

    public init(seconds: Double, memoryBytes: Int) {
        self.seconds = seconds
        self.memoryBytes = memoryBytes
    }

    /// Limits that sound files of this size stay far below.
    public init(fileBytes: Int) {
        self.init(seconds: 20 + Double(fileBytes) / 1e6, memoryBytes: 2 << 30 + 64 * fileBytes)
    }
}

/// Where an importer runs.
public enum Isolation: Sendable, Equatable {
    /// In this process: what crashes the importer ends this process too.
    case none
    /// In a process of its own.
    case process(ImportWorker)
}

public struct ImportWorker: Sendable, Equatable {
    public var executable: String
    public init(executable: String) { self.executable = executable }
    func load(path: String, limits: ImportLimits) throws(GeometryError) -> ImportedMesh { try AssimpScene.load(path: path) }
}
