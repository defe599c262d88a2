import Core
import Geometry

/// Writes meshes to files in the format that the extension names: OBJ, PLY and STL (binary), GLB and glTF (one file,
/// buffer inside), 3MF, and through Assimp's exporters Collada (`dae`), 3DS, X, X3D and `assbin`.
///
/// Coordinates are written as they are: no axis is swapped and no unit changed.
public enum MeshExport {
    /// Writes `mesh` to `path`, which appears whole or not at all.
    ///
    /// OBJ, PLY, STL, GLB and glTF read back give the same floats, bit for bit, save that OBJ's readers may differ in
    /// the last bits below 2⁻²⁴ (see the format's own file). STL has no shared vertices: joining identical ones restores
    /// them, in the order of their use.
    ///
    /// - Parameters:
    ///   - mesh: vertices all finite.
    ///   - normals: `(n)` unit vectors, one a vertex; nil to write none. STL always has its triangles' own.
    ///   - unit: what a coordinate of 1 is, for 3MF, which says it; nil for that format's default, a millimeter.
    ///   - path: an existing file is replaced.
    ///   - workers: the bytes written do not depend on it.
    /// - Throws: `MeshFileError` when no format is known for the extension, the mesh cannot be written in it, or the file
    ///   cannot be written.
    /// - Complexity: O(n) in vertices and triangles; the file is made in memory first.
    public static func write(
        _ mesh: TriangleMesh, normals: [SIMD3<Float>]? = nil, unit: LengthUnit? = nil, to path: String,
        workers: Workers = Workers()
    ) throws(MeshFileError) {
        let bytes = try bytes(of: mesh, normals: normals, unit: unit, for: path, workers: workers)
        do throws(FileError) {
            try AtomicFile.write(bytes.span, to: path)
        } catch {
            throw MeshFileError(error)
        }
    }

    /// The bytes that ``write(_:normals:unit:to:workers:)`` writes to `path`.
    public static func bytes(
        of mesh: TriangleMesh, normals: [SIMD3<Float>]? = nil, unit: LengthUnit? = nil, for path: String,
        workers: Workers = Workers()
    ) throws(MeshFileError) -> [UInt8] {
        precondition(normals == nil || normals?.count == mesh.vertices.count, "one normal a vertex")
        if let index = mesh.vertices.firstIndex(where: { !$0.isFinite }) {
            throw .exportFailed(path: path, reason: "vertex \(index) is NaN or infinite")
        }
        switch MeshFormat.fileExtension(of: path) {
        case "obj": return ObjWriter.bytes(of: mesh, normals: normals, workers: workers)
        case "ply": return PlyWriter.bytes(of: mesh, normals: normals, workers: workers)
        case "stl": return StlWriter.bytes(of: mesh, workers: workers)
        default: break
        }
        // Assimp's formats express neither an empty mesh nor more than 4 GiB.
        guard !mesh.triangles.isEmpty else { throw .exportFailed(path: path, reason: "the mesh is empty") }
        guard 24 * mesh.vertices.count + 12 * mesh.triangles.count < Int(UInt32.max) else {
            throw .exportFailed(path: path, reason: "it would be larger than 4 GiB; use ply or obj")
        }
        switch MeshFormat.fileExtension(of: path) {
        case "glb": return GltfWriter.binary(of: mesh, normals: normals)
        case "gltf": return GltfWriter.text(of: mesh, normals: normals)
        case "3mf": return try threeMF(mesh, unit, path, workers)
        default: return try AssimpExport.bytes(of: mesh, normals: normals, path: path)
        }
    }

    private static func threeMF(
        _ mesh: TriangleMesh, _ unit: LengthUnit?, _ path: String, _ workers: Workers
    ) throws(MeshFileError) -> [UInt8] {
        let bytes = ThreeMFWriter.bytes(of: mesh, unit: unit, workers: workers)
        // Beyond, ZIP has another format.
        guard bytes.count < Int(UInt32.max) else {
            throw .exportFailed(path: path, reason: "it would be larger than 4 GiB; use stl or ply")
        }
        return bytes
    }

    /// Whether a file of this name holds places in double precision.
    ///
    /// Others hold floats: a shape far from the coordinates' origin loses what lies between them. OBJ, PLY, GLB, glTF and
    /// 3MF do.
    public static func keepsFarPlaces(path: String) -> Bool {
        ["obj", "ply", "glb", "gltf", "3mf"].contains(MeshFormat.fileExtension(of: path))
    }

    /// What to tell of a far mesh in a file that does not hold its places.
    package static let lostPlacesNote =
        "this format holds floats, which lose this shape's details at its coordinates; use obj, ply, glb or 3mf"

    /// Whether a mesh can be written to a file of this name.
    public static func canWrite(to path: String) -> Bool {
        guard let fileExtension = MeshFormat.fileExtension(of: path) else { return false }
        return ["obj", "ply", "stl", "glb", "gltf", "3mf"].contains(fileExtension)
            || AssimpExport.format(forExtension: fileExtension) != nil
    }
}
