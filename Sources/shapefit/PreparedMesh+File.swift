import Core
import Geometry
import MeshIO

extension PreparedMesh {
    /// The mesh of a file, made ready; what was done to it is said on standard error unless `isQuiet`.
    init(
        path: String, frame: Frame = .unitCube, inside: SignOptions? = nil, isQuiet: Bool = false, workers: Workers
    ) throws {
        try self.init(
            MeshImport.load(path: path, isolation: .process(.thisProgram)).mesh, frame: frame,
            sign: inside?.sign ?? .automatic,
            windingAccuracy: inside?.windingAccuracy ?? MeshField.defaultWindingAccuracy, workers: workers)
        for note in notes where !isQuiet { writeToStandardError("shapefit: note: \(path): \(note)\n") }
    }
}
