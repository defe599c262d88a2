import Core
import Foundation
import Geometry

/// A mesh read from a file, in the file's own coordinates.
public struct ImportedMesh: Sendable, Equatable {
    public var mesh: TriangleMesh
    public var summary: ImportSummary
}

/// What became of a file's content on its way to one triangle mesh.
public struct ImportSummary: Sendable, Equatable, Codable {
    /// The importer's name for the format, such as "Wavefront Object Importer".
    public var format = ""
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

    /// Nothing was dropped.
    public init() {}
}

/// Reads mesh files of every format that Assimp reads.
///
/// The transforms of the node hierarchy are applied and all meshes of the scene become one. Polygons are triangulated;
/// points, lines, degenerate and repeated triangles are dropped and counted. Normals, colours and texture coordinates
/// are never looked at, and vertices at exactly the same place are joined, so seams do not leave a closed mesh open.
/// Units and axes stay as the file has them.
///
/// Not done: welding nearby vertices, closing holes, turning triangles around (see `MeshTopology`), animation,
/// skinning and subdivision.
public enum MeshImport {
    /// Reads the mesh file at `path`.
    ///
    /// - Parameters:
    ///   - path: a file whose extension names its format.
    ///   - isolation: where the importer runs; see ``Isolation``.
    ///   - limits: what the importer may take, when it runs in a process of its own; nil for
    ///     ``ImportLimits/init(fileBytes:)``.
    /// - Returns: at least one triangle of positive area; all vertices are finite and used.
    /// - Throws: `MeshFileError`, one case for each way in which a file can be of no use.
    /// - Complexity: O(n) in vertices and triangles beside Assimp's own work.
    public static func load(
        path: String, isolation: Isolation = .none, limits: ImportLimits? = nil
    ) throws(MeshFileError) -> ImportedMesh {
        let imported = try loadUnchecked(path: path, isolation: isolation, limits: limits)
        try checkSize(of: imported.mesh, path: path)
        return imported
    }

    /// As ``load(path:isolation:limits:)``, whatever the mesh's size and area.
    package static func loadUnchecked(
        path: String, isolation: Isolation = .none, limits: ImportLimits? = nil
    ) throws(MeshFileError) -> ImportedMesh {
        let size = try checkFile(path)
        guard AssimpScene.knowsExtension(of: path) else { throw .unknownMeshFormat(path: path) }
        switch isolation {
        case .none:
            return try AssimpScene.load(path: path)
        case .process(let worker):
            return try worker.load(path: path, limits: limits ?? ImportLimits(fileBytes: size))
        }
    }

    /// Bounds on the longest side of a mesh: squared lengths stay far inside a float's range.
    static let longestSideRange: ClosedRange<Float> = 1e-15...1e15
    /// Steps that the floats around the largest coordinate must cut the longest side into: fewer, and what is left of the
    /// shape is a staircase of more than 0.4 %.
    static let leastStepCount: Float = 256

    /// The file's size in bytes, when it is one that can be read.
    private static func checkFile(_ path: String) throws(MeshFileError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw .fileMissing(path: path) }
            throw .fileUnreadable(path: path, reason: String(cString: strerror(errno)).lowercased())
        }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG else { throw .notAFile(path: path, isFolder: kind == S_IFDIR) }
        guard access(path, R_OK) == 0 else {
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
        guard side >= leastStepCount * largest.ulp else {
            throw .farFromOrigin(path: path, longestSide: side, largestCoordinate: largest)
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
