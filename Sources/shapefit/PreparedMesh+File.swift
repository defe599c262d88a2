import Core
import Geometry
import MeshIO

extension PreparedMesh {
    /// The mesh of a file, made ready; what was done to it is said on standard error unless `isQuiet`.
    init(
        path: String, frame: Frame = .unitCube, inside: SignOptions? = nil, isQuiet: Bool = false, workers: Workers
    ) throws {
        let imported = try MeshImport.load(path: path, isolation: .process(.thisProgram))
        for note in imported.summary.notes where !isQuiet { writeToStandardError("shapefit: note: \(path): \(note)\n") }
        try self.init(
            imported.mesh, frame: frame,
            sign: inside?.sign ?? .automatic,
            windingAccuracy: inside?.windingAccuracy ?? MeshField.defaultWindingAccuracy, workers: workers)
        for note in notes where !isQuiet { writeToStandardError("shapefit: note: \(path): \(note)\n") }
    }
}
