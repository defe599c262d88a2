import Support

/// Writes meshes to files, the format chosen by the extension.
public enum MeshExport {
    /// Writes `mesh` to `path`, which appears whole or not at all.
    ///
    /// Coordinates survive exactly: the file read back gives the same floats.
    ///
    /// - Throws: `GeometryError` when no format is known for the extension or the file cannot be written.
    public static func write(
        _ mesh: TriangleMesh, to path: String, workers: Workers = Workers()
    ) throws(GeometryError) {
        let bytes: [UInt8]
        switch MeshFormat.fileExtension(of: path) {
        case "obj": bytes = ObjFile.bytes(of: mesh, workers: workers)
        default: throw .unknownExportFormat(path: path)
        }
        do {
            try AtomicFile.write(bytes.span, to: path)
        } catch {
            throw GeometryError(error)
        }
    }
}
