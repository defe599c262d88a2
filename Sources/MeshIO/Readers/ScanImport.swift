import Core
import Geometry

/// Reads files of points: PLY without faces, XYZ, and NumPy's npy and npz.
///
/// - PLY: text or binary of either byte order; `x y z` and, where they are there, `nx ny nz` of the element `vertex`. What else it
///   has is passed over.
/// - XYZ (also `.txt`, `.pts`, `.asc`): a point a line, its first three numbers; of lines of six numbers the last three are a normal.
///   Empty lines and those that begin with `#` or `//` are passed over, and so is a first line of one number.
/// - npy: `(n, 3)`, or `(n, 6)` with normals, of floats. npz: `points`, `positions` or `vertices`, and `normals` where it is there.
public enum ScanImport {
    /// Extensions that always mean points.
    private static let pointExtensions: Set<String> = ["xyz", "txt", "pts", "asc", "npy", "npz"]

    /// Whether a file holds points and no faces, as far as its name and its header say.
    ///
    /// - Parameter path: a file that need not be there.
    public static func holdsPoints(path: String) -> Bool {
        guard let fileExtension = MeshFormat.fileExtension(of: path) else { return false }
        if pointExtensions.contains(fileExtension) { return true }
        guard fileExtension == "ply",
            let start = try? SourceFile(readingFrom: path, most: PlyHeader.mostBytes, workers: .single),
            let header = try? PlyHeader(of: start)
        else { return false }
        return header.holdsPointsOnly
    }

    /// Reads the points of a file; faces play no part.
    ///
    /// - Parameters:
    ///   - path: a file whose extension names its format.
    ///   - workers: the points do not depend on it.
    /// - Returns: at least one point, all finite.
    /// - Throws: `MeshFileError`: a file that is missing, of another kind or damaged, or without points.
    public static func load(path: String, workers: Workers = Workers()) throws(MeshFileError) -> ImportedPoints {
        _ = try MeshImport.checkFile(path)
        func file() throws(MeshFileError) -> SourceFile { try SourceFile(readingFrom: path, workers: workers) }
        switch MeshFormat.fileExtension(of: path) {
        case "ply": return try PlyReader.readPoints(file(), workers: workers)
        case "npy": return try NumpyPoints.points(file())
        case "npz": return try NumpyPoints.points(ofArchive: file())
        case let other? where pointExtensions.contains(other): return try PointLines.points(file(), workers: workers)
        default: throw .unknownMeshFormat(path: path)
        }
    }
}
