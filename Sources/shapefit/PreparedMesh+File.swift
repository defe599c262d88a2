import Core
import Geometry
import Jobs
import MeshIO

extension PreparedMesh {
    /// The mesh of a file, made ready; what was done to it is said on standard error unless `isQuiet`.
    init(
        path: String, frame: Frame = .unitCube, inside: SignOptions? = nil, isQuiet: Bool = false, workers: Workers
    ) throws {
        let mesh: TriangleMesh
        if ScanImport.holdsPoints(path: path) {
            let scan = try ScanShape(path: path, workers: workers)
            for note in scan.notes where !isQuiet { writeToStandardError("shapefit: note: \(path): \(note)\n") }
            mesh = scan.mesh
        } else {
            let imported = try MeshImport.load(path: path, isolation: .process(.thisProgram))
            for note in imported.summary.notes where !isQuiet {
                writeToStandardError("shapefit: note: \(path): \(note)\n")
            }
            mesh = imported.mesh
        }
        try self.init(
            mesh, frame: frame,
            sign: inside?.sign ?? .automatic,
            windingAccuracy: inside?.windingAccuracy ?? MeshField.defaultWindingAccuracy, workers: workers)
        for note in notes where !isQuiet { writeToStandardError("shapefit: note: \(path): \(note)\n") }
    }
}
