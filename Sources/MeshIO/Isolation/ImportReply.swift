import Core
import Geometry

/// The reply of a worker process to the one that started it, as bytes on a pipe: a header, a note in JSON, then the mesh.
///
/// Both ends are the same program on the same machine, so numbers travel as they lie in memory. The reader trusts
/// nothing: lengths are checked against what is allowed before memory is taken, and indices against the vertices.
struct ImportReply {
    var result: Result<ImportedMesh, MeshFileError>

    private enum Note: Codable {
        case imported(ImportSummary)
        case failed(MeshFileError)
    }

    private struct Header {
        static let mark: UInt64 = 0x7368_6170_6566_6974
        var mark = Header.mark
        var noteBytes: UInt64 = 0
        var vertexCount: UInt64 = 0
        var triangleCount: UInt64 = 0
        var origin: (Double, Double, Double) = (0, 0, 0)
    }

    /// Writes everything to `descriptor`.
    ///
    /// - Returns: whether the other end took it all.
    func write(to descriptor: Int32) -> Bool {
        var header = Header()
        var mesh = TriangleMesh()
        let note: Note
        switch result {
        case .success(let imported):
            note = .imported(imported.summary)
            mesh = imported.mesh
        case .failure(let error):
            note = .failed(error)
        }
        guard let text = try? JSONEncoder().encode(note) else { return false }
        header.noteBytes = UInt64(text.count)
        header.vertexCount = UInt64(mesh.vertices.count)
        header.triangleCount = UInt64(mesh.triangles.count)
        header.origin = (mesh.origin.x, mesh.origin.y, mesh.origin.z)
        return withUnsafeBytes(of: header) { writeAll($0, to: descriptor) }
            && text.withUnsafeBytes { writeAll($0, to: descriptor) }
            && mesh.vertices.withUnsafeBytes { writeAll($0, to: descriptor) }
            && mesh.triangles.withUnsafeBytes { writeAll($0, to: descriptor) }
    }

    /// Reads a reply to its end.
    ///
    /// - Parameter byteLimit: what the mesh may take in memory.
    /// - Throws: ``PipeReader/Failure``.
    init(from pipe: inout PipeReader, byteLimit: Int) throws(PipeReader.Failure) {
        var header = Header()
        try withUnsafeMutableBytes(of: &header) { buffer throws(PipeReader.Failure) in try pipe.read(into: buffer) }
        let most = UInt64(byteLimit)
        guard header.mark == Header.mark, header.noteBytes < 1 << 20,
            header.vertexCount <= most / 16, header.triangleCount <= most / 16
        else { throw .nonsense }

        let text: [UInt8] = try Self.array(Int(header.noteBytes), 0, &pipe)
        let mesh = TriangleMesh(
            origin: SIMD3(header.origin.0, header.origin.1, header.origin.2),
            vertices: try Self.array(Int(header.vertexCount), SIMD3<Float>.zero, &pipe),
            triangles: try Self.array(Int(header.triangleCount), SIMD3<UInt32>.zero, &pipe))
        try pipe.readEnd()

        guard let note = try? JSONDecoder().decode(Note.self, from: Data(text)) else { throw .nonsense }
        switch note {
        case .failed(let error):
            result = .failure(error)
        case .imported(let summary):
            let vertexCount = UInt32(clamping: mesh.vertices.count)
            guard !mesh.triangles.isEmpty, mesh.origin.x.isFinite, mesh.origin.y.isFinite, mesh.origin.z.isFinite,
                mesh.vertices.allSatisfy(\.isFinite),
                mesh.triangles.allSatisfy({ $0.max() < vertexCount })
            else { throw .nonsense }
            result = .success(ImportedMesh(mesh: mesh, summary: summary))
        }
    }

    init(_ result: Result<ImportedMesh, MeshFileError>) {
        self.result = result
    }

    private static func array<Element: BitwiseCopyable>(
        _ count: Int, _ filler: Element, _ pipe: inout PipeReader
    ) throws(PipeReader.Failure) -> [Element] {
        var array = [Element](repeating: filler, count: count)
        var span = array.mutableSpan
        try span.withUnsafeMutableBytes { buffer throws(PipeReader.Failure) in try pipe.read(into: buffer) }
        return array
    }
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = write(descriptor, start, rest.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return false }
        rest = rest.dropFirst(count)
    }
    return true
}
