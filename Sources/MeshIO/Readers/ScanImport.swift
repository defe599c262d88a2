import Core

/// Points of a surface as a file has them.
public struct ImportedScan: Sendable, Equatable {
    /// `(n)`, in the file's own coordinates; may hold what is not finite.
    public var positions: [SIMD3<Float>] = []
    /// `(n)` of any length; nil where the file has none.
    public var normals: [SIMD3<Float>]?

    public init(positions: [SIMD3<Float>] = [], normals: [SIMD3<Float>]? = nil) {
        self.positions = positions
        self.normals = normals
    }
}

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
    public static func holdsPoints(path: String) -> Bool {
        let fileExtension = URL(fileURLWithPath: path).pathExtension.lowercased()
        if pointExtensions.contains(fileExtension) { return true }
        guard fileExtension == "ply", let start = FileDescriptor.firstBytes(1 << 16, of: path),
            let header = try? ScanPlyHeader(Data(start), path: path)
        else { return false }
        return header.vertexCount > 0 && !header.hasFaces
    }

    /// Reads the points of a file.
    ///
    /// - Throws: `MeshFileError`: a file that is missing, of another kind or damaged, or without points.
    public static func load(path: String) throws(MeshFileError) -> ImportedScan {
        _ = try MeshImport.checkFile(path)
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw .fileUnreadable(path: path, reason: "reading failed")
        }
        let scan: ImportedScan
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "ply": scan = try ScanPlyHeader(data, path: path).points(of: data, path: path)
        case "npy": scan = try NumpyPoints(data, path: path).scan(path: path)
        case "npz": scan = try NumpyPoints.scan(ofArchive: data, path: path)
        case let other where pointExtensions.contains(other): scan = try PointLines.scan(data, path: path)
        default: throw .unknownMeshFormat(path: path)
        }
        guard !scan.positions.isEmpty else { throw .emptyScene(path: path) }
        return scan
    }
}

/// Points as lines of numbers.
enum PointLines {
    static func scan(_ data: Data, path: String) throws(MeshFileError) -> ImportedScan {
        var bytes = [UInt8](data)
        bytes.append(0)
        var scan = ImportedScan()
        var normals: [SIMD3<Float>] = []
        var failure: String?
        bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            var (at, line) = (0, 0)
            while at < buffer.count - 1 && failure == nil {
                line += 1
                let start = at
                while at < buffer.count - 1 && base[at] != 10 && base[at] != 13 { at += 1 }
                base[at] = 0
                at += 1
                var values = (SIMD3<Float>.zero, SIMD3<Float>.zero)
                switch numbers(base + start, &values) {
                case nil: failure = "line \(line) is not numbers"
                case 0?: break
                case 1? where scan.positions.isEmpty: break
                case let count?:
                    guard count >= 3 else {
                        failure = "line \(line) has \(count) numbers: a point needs three"
                        break
                    }
                    scan.positions.append(values.0)
                    if count == 6 { normals.append(values.1) }
                }
            }
        }
        if let failure { throw .malformedFile(path: path, reason: failure) }
        if normals.count == scan.positions.count, areDirections(normals) { scan.normals = normals }
        return scan
    }

    /// How many numbers a line has, the first six of which go to `values`; nil where something else is on it.
    private static func numbers(_ line: UnsafePointer<CChar>, _ values: inout (SIMD3<Float>, SIMD3<Float>)) -> Int? {
        var at = line
        var count = 0
        // All gaps have the same mark, or none: a decimal comma would give others between them.
        var mark: CChar?
        while true {
            var found: CChar = 32
            while [32, 9, 44, 59].contains(at.pointee) {
                if at.pointee == 44 || at.pointee == 59 {
                    guard found == 32 else { return nil }
                    found = at.pointee
                }
                at += 1
            }
            if at.pointee == 0 || (count == 0 && (at.pointee == 35 || (at[0] == 47 && at[1] == 47))) { return count }
            if count > 0 {
                guard mark ?? found == found else { return nil }
                mark = found
            }
            var end: UnsafeMutablePointer<CChar>?
            let value = Float(strtod(at, &end))
            guard let end, end > UnsafeMutablePointer(mutating: at) else { return nil }
            if count < 3 { values.0[count] = value } else if count < 6 { values.1[count - 3] = value }
            count += 1
            at = UnsafePointer(end)
            guard [0, 32, 9, 44, 59].contains(at.pointee) else { return nil }
        }
    }

    /// Whether vectors are normals and not colours: nearly all of about unit length, or zero.
    private static func areDirections(_ vectors: [SIMD3<Float>]) -> Bool {
        let odd = vectors.count { vector in
            let square = (vector * vector).sum()
            return square > 0 && !(square > 0.8 && square < 1.2)
        }
        return 20 * odd < vectors.count
    }
}
