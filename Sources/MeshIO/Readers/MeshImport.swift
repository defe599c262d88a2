import Core
import Geometry

/// A mesh read from a file, in the file's own coordinates.
public struct ImportedMesh: Sendable, Equatable {
    public var mesh: TriangleMesh
    public var summary: ImportSummary
}

/// Statistics of a file's content on its way to one triangle mesh.
public struct ImportSummary: Sendable, Equatable, Codable {
    /// The reader's name for the format, such as "Wavefront OBJ".
    public var format = ""
    /// The unit of its coordinates as the file declares it; nil where it does not say.
    public var unit: LengthUnit?
    /// Placements of meshes in the scene; a mesh that two nodes refer to counts twice.
    public var partCount = 0
    /// Placements whose transform mirrors; their triangles were turned around to keep facing outward.
    public var mirroredPartCount = 0
    public var pointsDropped = 0
    public var linesDropped = 0
    /// Polygons of four corners and more, cut into triangles.
    public var polygonsTriangulated = 0
    /// Triangles with two corners at one place.
    public var degenerateTrianglesDropped = 0
    /// Triangles with the corners and orientation of an earlier one.
    public var duplicateTrianglesDropped = 0
    /// Vertices that became one with an earlier vertex at exactly the same place.
    public var verticesJoined = 0
    /// Notes on other things that were passed over, a clause each.
    public var notes: [String] = []

    /// Nothing was dropped.
    ///
    /// - Parameter format: the reader's name for the format.
    public init(format: String = "") { self.format = format }
}

/// Reads mesh files: PLY, STL, OBJ, OFF, glTF 2.0, 3MF and AMF by readers of this module, every other format that Assimp reads
/// through Assimp, with a note where nothing in it was compared with what came.
///
/// The transforms of the node hierarchy are applied and all meshes of the scene become one. Polygons are triangulated;
/// points, lines, degenerate and repeated triangles are dropped and counted. Normals, colors and texture coordinates
/// are never looked at, and vertices at exactly the same place are joined, so seams do not leave a closed mesh open.
/// Units and axes stay as the file has them. What a file declares (counts, sizes, required extensions) and does not hold,
/// or holds in a way that is not read, is an error.
///
/// Not done: welding nearby vertices, closing holes, turning triangles around (see `MeshTopology`), animation,
/// skinning and subdivision.
public enum MeshImport {
    /// Reads the mesh file at `path`.
    ///
    /// - Parameters:
    ///   - path: a file whose extension names its format; bytes that are not UTF-8 as `FileName` has them.
    ///   - isolation: where Assimp's importers run; see ``Isolation``. This module's own readers check every length and run
    ///     in this process.
    ///   - limits: what the importer may take, when it runs in a process of its own; nil for
    ///     ``ImportLimits/init(fileBytes:)``.
    ///   - workers: the mesh does not depend on it.
    /// - Returns: at least one triangle of positive area; all vertices are finite and used. Far from the coordinates'
    ///   origin they are relative to `TriangleMesh.origin`.
    /// - Throws: `MeshFileError`, one case for each way in which a file can be of no use.
    /// - Complexity: O(n) in vertices and triangles beside Assimp's own work. Ten million triangles as binary PLY take
    ///   some 30 bytes of memory a triangle beside the file's own, as STL 60.
    public static func load(
        path: String, isolation: Isolation = .none, limits: ImportLimits? = nil, workers: Workers = Workers()
    ) throws(MeshFileError) -> ImportedMesh {
        let imported = try loadUnchecked(path: path, isolation: isolation, limits: limits, workers: workers)
        try checkSize(of: imported.mesh, path: path)
        return imported
    }

    /// Whether a file of this name would be read as a mesh.
    package static func knowsFormat(of path: String) -> Bool {
        MeshFormat.fileExtension(of: path).map { ["amf", "3mf"].contains($0) } ?? false
            || AssimpScene.knowsExtension(of: path)
    }

    /// Makes a mesh of arrays, as ``load(path:isolation:limits:workers:)`` makes one of a file's.
    ///
    /// - Parameters:
    ///   - coordinates: `(3 n)`: x, y and z of each vertex.
    ///   - triangles: indices of vertices, three a triangle, counter-clockwise seen from outside.
    ///   - name: what errors call it.
    ///   - workers: the mesh does not depend on it.
    /// - Throws: `MeshFileError`: an index that is out of range, vertices that are not finite, a mesh without area.
    public static func mesh(
        coordinates: [Double], triangles: [SIMD3<UInt32>], name: String = "the mesh", workers: Workers = Workers()
    ) throws(MeshFileError) -> ImportedMesh {
        let vertexCount = UInt32(clamping: coordinates.count / 3)
        if let triangle = triangles.first(where: { $0.max() >= vertexCount }) {
            throw .indexOutOfRange(path: name, index: Int(triangle.max()), vertexCount: Int(vertexCount))
        }
        let raw = RawMesh(
            coordinates: .double(coordinates), triangles: triangles, summary: ImportSummary())
        let imported = try raw.joined(path: name, workers: workers)
        try checkSize(of: imported.mesh, path: name)
        return imported
    }

    /// As ``load(path:isolation:limits:workers:)``, whatever the mesh's size and area.
    package static func loadUnchecked(
        path: String, isolation: Isolation = .none, limits: ImportLimits? = nil, workers: Workers = Workers()
    ) throws(MeshFileError) -> ImportedMesh {
        let size = try checkFile(path)
        var declaredTriangles: Int?
        var declaration: FileDeclaration?
        switch try readDirectly(path, workers) {
        case .mesh(let raw): return try raw.joined(path: path, workers: workers)
        case .forAssimp(let count, let declared): (declaredTriangles, declaration) = (count, declared)
        }
        guard AssimpScene.knowsExtension(of: path) else { throw .unknownMeshFormat(path: path) }
        var imported: ImportedMesh
        switch isolation {
        case .none:
            imported = try loadWithAssimp(path: path)
        case .process(let worker):
            imported = try worker.load(path: path, limits: limits ?? ImportLimits(fileBytes: size))
        }
        let summary = imported.summary
        let count =
            imported.mesh.triangles.count + summary.degenerateTrianglesDropped + summary.duplicateTrianglesDropped
        if let declaredTriangles, declaredTriangles != count {
            throw .malformedFile(
                path: path, reason: "it declares \(declaredTriangles) triangles, but \(count) were read")
        }
        if let declaration {
            let most = count + summary.linesDropped + summary.pointsDropped
            guard most >= declaration.leastFaces else {
                throw .malformedFile(
                    path: path, reason: "it declares \(declaration.leastFaces) faces, but only \(most) were read")
            }
            imported.summary.unit = imported.summary.unit ?? declaration.unit
            imported.summary.notes += declaration.notes
        } else if declaredTriangles == nil {
            imported.summary.notes.append("what this format declares is not compared with what was read")
        }
        return imported
    }

    /// Reads the file with Assimp's importer in this process, whatever the format.
    package static func loadWithAssimp(path: String) throws(MeshFileError) -> ImportedMesh {
        try AssimpScene.read(path: path).joined(path: path, workers: .single)
    }

    private enum DirectReading {
        case mesh(RawMesh)
        /// The triangles that there must be, where the file says so in a way that is read here.
        case forAssimp(declaredTriangles: Int?, declaration: FileDeclaration? = nil)
    }

    /// The file as this module's readers read it.
    private static func readDirectly(_ path: String, _ workers: Workers) throws(MeshFileError) -> DirectReading {
        func file() throws(MeshFileError) -> SourceFile { try SourceFile(readingFrom: path, workers: workers) }
        switch MeshFormat.fileExtension(of: path) {
        case "ply": return .mesh(try PlyReader.read(file(), workers: workers))
        case "stl": return .mesh(try StlReader.read(file(), workers: workers))
        case "obj": return .mesh(try ObjReader.read(file(), workers: workers))
        case "off": return .mesh(try OffReader.read(file(), workers: workers))
        case "3mf": return .mesh(try ThreeMFReader.read(file(), workers: workers))
        case "amf": return .mesh(try AmfReader.read(file(), workers: workers))
        case "glb", "gltf":
            let file = try file()
            guard GltfContainer.isVersion2(file) else { return .forAssimp(declaredTriangles: nil) }
            let container = try GltfContainer(file, workers: workers)
            if let count = try GltfReader.declaredDracoTriangles(container) {
                return .forAssimp(declaredTriangles: count)
            }
            return .mesh(try GltfReader.read(container))
        case "dae", "3ds", "dxf":
            return .forAssimp(declaredTriangles: nil, declaration: try FileDeclaration(file().bytes, path: path))
        default: return .forAssimp(declaredTriangles: nil)
        }
    }

    /// Bounds on the longest side of a mesh: squared lengths stay far inside a float's range.
    static let longestSideRange: ClosedRange<Float> = 1e-15...1e15
    /// Steps that the file's numbers must cut the longest side into: fewer, and what is left of the shape is a staircase of
    /// more than 0.4 %.
    static let leastStepCount = 256.0
    /// With fewer steps than this the staircase may be seen, so a note tells of it.
    static let smoothStepCount = 4096.0

    /// The file's size in bytes, when it is one that can be read.
    static func checkFile(_ path: String) throws(MeshFileError) -> Int {
        var status = stat()
        guard path.withFileName({ stat($0, &status) }) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw .fileMissing(path: path) }
            throw .fileUnreadable(path: path, reason: String(cString: strerror(errno)).lowercased())
        }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG else { throw .notAFile(path: path, isFolder: kind == S_IFDIR) }
        guard path.withFileName({ access($0, R_OK) }) == 0 else {
            throw .fileUnreadable(path: path, reason: String(cString: strerror(errno)).lowercased())
        }
        guard status.st_size > 0 else { throw .fileEmpty(path: path) }
        return Int(status.st_size)
    }

    private static func checkSize(of mesh: TriangleMesh, path: String) throws(MeshFileError) {
        guard let box = mesh.boundingBox else { throw .emptyScene(path: path) }
        let side = box.extent.max()
        let largest = max(abs(box.minimum).max(), abs(box.maximum).max())
        guard longestSideRange.contains(side) else {
            if side == 0 { throw .onlyDegenerateTriangles(path: path, count: mesh.triangles.count) }
            throw .sizeOutOfRange(path: path, longestSide: side, largestCoordinate: largest)
        }
        guard mesh.hasArea else { throw .onlyDegenerateTriangles(path: path, count: mesh.triangles.count) }
    }
}

extension TriangleMesh {
    /// Whether any triangle has an area that is not zero.
    var hasArea: Bool {
        triangles.indices.contains { index in
            let (a, b, c) = corners(of: index)
            return cross(SIMD3<Double>(b) - SIMD3<Double>(a), SIMD3<Double>(c) - SIMD3<Double>(a)) != .zero
        }
    }
}
