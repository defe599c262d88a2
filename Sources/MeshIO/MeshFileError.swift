import Core

/// Why geometry could not be read, understood or written: one line that names the file, says what is wrong and what to
/// do about it.
public enum MeshFileError: Error, Sendable, Equatable, Codable {
    // MARK: Finding and opening
    case fileMissing(path: String)
    case notAFile(path: String, isFolder: Bool)
    case fileUnreadable(path: String, reason: String)
    case fileEmpty(path: String)
    case unknownMeshFormat(path: String)

    // MARK: Importing
    /// The importer of this format rejected the file.
    case malformedFile(path: String, reason: String)
    /// The file is sound, but a part of the shape is given in a way that is not read.
    case unsupportedFeature(path: String, feature: String)
    /// The importer died, in a helper process of its own; `signal` is what ended it.
    case importerCrashed(path: String, signal: Int32)
    case importTooSlow(path: String, limitSeconds: Double)
    case importTooLarge(path: String, limitBytes: Int)
    /// The helper process could not be started or did not speak the protocol.
    case importWorkerFailed(path: String, reason: String)

    // MARK: What was imported
    case emptyScene(path: String)
    case noTriangles(path: String, pointCount: Int, lineCount: Int)
    case onlyDegenerateTriangles(path: String, count: Int)
    case nonFiniteVertices(path: String, count: Int)
    case indexOutOfRange(path: String, index: Int, vertexCount: Int)
    case tooManyTriangles(path: String)
    case sizeOutOfRange(path: String, longestSide: Float, largestCoordinate: Float)
    case farFromOrigin(path: String, longestSide: Float, largestCoordinate: Float)

    // MARK: Writing
    case unknownExportFormat(path: String)
    case exportFailed(path: String, reason: String)
    case fileUnwritable(path: String, reason: String)
}

extension MeshFileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fileMissing(let path):
            "\(path): no such file"
        case .notAFile(let path, let isFolder):
            isFolder
                ? "\(path): is a folder; name a mesh file in it"
                : "\(path): is not a regular file; copy it into one first"
        case .fileUnreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .fileEmpty(let path):
            "\(path): the file is empty (0 bytes)"
        case .unknownMeshFormat(let path):
            "\(path): not a mesh format known by this extension; known are obj, ply, stl, off, gltf, glb, fbx, dae, 3ds, x and more"
        case .malformedFile(let path, let reason):
            "\(path): cannot be understood, it may be damaged, cut short or misnamed: \(reason)"
        case .unsupportedFeature(let path, let feature):
            "\(path): holds \(feature), which is not read; export it without that"
        case .importerCrashed(let path, let signal):
            "\(path): the importer of this format crashed on it (signal \(signal)); the file may be damaged, or sound and beyond this importer: export it to another format"
        case .importTooSlow(let path, let limit):
            "\(path): not imported within \(MeshFileError.short(limit)) s, so it was given up; the file is probably damaged"
        case .importTooLarge(let path, let limit):
            "\(path): importing it takes more than \(limit >> 20) MiB, so it was given up; the file is probably damaged"
        case .importWorkerFailed(let path, let reason):
            "\(path): could not be imported in a process of its own: \(reason)"
        case .emptyScene(let path):
            "\(path): holds no geometry"
        case .noTriangles(let path, let points, let lines):
            "\(path): holds no faces, only \(points) points and \(lines) lines; a surface of triangles or polygons is needed"
        case .onlyDegenerateTriangles(let path, let count):
            "\(path): all \(count) triangles are degenerate (no area); nothing is left to fit"
        case .nonFiniteVertices(let path, let count):
            "\(path): \(count) vertices are NaN, infinite or beyond ±3.4e38; repair the file"
        case .indexOutOfRange(let path, let index, let vertexCount):
            "\(path): a face refers to vertex \(index) of \(vertexCount); the file is damaged"
        case .tooManyTriangles(let path):
            "\(path): more triangles or vertices than 32-bit indices can count; simplify it"
        case .sizeOutOfRange(let path, let side, let largest):
            "\(path): its longest side is \(side) and its largest coordinate \(largest); sides from 1e-15 to 1e15 are supported: rescale it"
        case .farFromOrigin(let path, let side, let largest):
            "\(path): its longest side of \(side) is lost in the rounding of coordinates of \(largest); move it nearer to the origin"
        case .unknownExportFormat(let path):
            "\(path): no mesh format is written under this extension; use obj, ply, stl, glb, gltf or 3mf"
        case .exportFailed(let path, let reason):
            "\(path): could not be written in this format: \(reason)"
        case .fileUnwritable(let path, let reason):
            "\(path): \(reason)"
        }
    }

    private static func short(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
    }
}

extension MeshFileError {
    init(_ error: FileError) {
        self = .fileUnwritable(path: error.path, reason: error.reason)
    }
}
