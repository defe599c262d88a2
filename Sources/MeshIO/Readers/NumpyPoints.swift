import Core

/// An array of floats of an npy file (NumPy enhancement proposal 1), for points.
struct NumpyPoints {
    /// `(rows, columns)`, row by row.
    let values: [Float]
    let columns: Int

    init(_ data: Data, path: String) throws(MeshFileError) {
        func malformed(_ reason: String) -> MeshFileError { .malformedFile(path: path, reason: reason) }
        let bytes = [UInt8](data)
        guard bytes.count > 12, bytes[..<6] == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59] else {
            throw malformed("it is no NumPy array")
        }
        let isFirst = bytes[6] == 1
        let length =
            isFirst
            ? Int(bytes[8]) | Int(bytes[9]) << 8
            : Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16 | Int(bytes[11]) << 24
        let start = (isFirst ? 10 : 12) + length
        guard start <= bytes.count else { throw malformed("it ends within its header") }
        let header = String(decoding: bytes[(isFirst ? 10 : 12)..<start], as: UTF8.self)
        guard header.contains("'fortran_order': False") else { throw malformed("save it in C order") }
        let size: Int
        if header.contains("'<f4'") {
            size = 4
        } else if header.contains("'<f8'") {
            size = 8
        } else {
            throw malformed("its numbers are not little-endian floats of 4 or 8 bytes")
        }
        guard let open = header.firstRange(of: "'shape': ("), let close = header[open.upperBound...].firstIndex(of: ")")
        else {
            throw malformed("its header has no shape")
        }
        let shape = header[open.upperBound..<close].split(separator: ",").compactMap { word in
            Int(word.filter { $0 != " " })
        }
        guard shape.count == 2, shape[0] >= 0, shape[1] == 3 || shape[1] == 6 else {
            throw malformed("points are an array of (n, 3), or (n, 6) with normals; this is \(shape)")
        }
        columns = shape[1]
        guard shape[0] <= (bytes.count - start) / (size * columns) else {
            throw malformed("it ends within its numbers")
        }
        values = bytes.withUnsafeBytes { raw in
            (0..<shape[0] * shape[1]).map { index in
                size == 4
                    ? raw.loadUnaligned(fromByteOffset: start + 4 * index, as: Float.self)
                    : Float(raw.loadUnaligned(fromByteOffset: start + 8 * index, as: Double.self))
            }
        }
    }

    private func vectors(_ first: Int) -> [SIMD3<Float>] {
        stride(from: first, to: values.count, by: columns).map { SIMD3(values[$0], values[$0 + 1], values[$0 + 2]) }
    }

    func scan(path: String) throws(MeshFileError) -> ImportedScan {
        ImportedScan(positions: vectors(0), normals: columns == 6 ? vectors(3) : nil)
    }

    /// The names that points have in archives.
    private static let names = ["points", "positions", "vertices"]

    static func scan(ofArchive data: Data, path: String) throws(MeshFileError) -> ImportedScan {
        let entries = try StoredEntries.read(data, path: path)
        guard let points = names.compactMap({ entries["\($0).npy"] }).first else {
            throw .malformedFile(path: path, reason: "it has no array 'points', 'positions' or 'vertices'")
        }
        var scan = try NumpyPoints(points, path: path).scan(path: path)
        if let normals = entries["normals.npy"] {
            scan.normals = try NumpyPoints(normals, path: path).vectors(0)
            guard scan.normals?.count == scan.positions.count else {
                throw .malformedFile(path: path, reason: "it has another number of normals than of points")
            }
        }
        return scan
    }
}

/// The entries of a ZIP archive that are stored as they are, as `numpy.savez` writes them.
enum StoredEntries {
    static func read(_ data: Data, path: String) throws(MeshFileError) -> [String: Data] {
        func malformed(_ reason: String) -> MeshFileError { .malformedFile(path: path, reason: reason) }
        let bytes = [UInt8](data)
        func word(_ at: Int, _ count: Int) -> Int {
            guard at >= 0, at + count <= bytes.count else { return 0 }
            return (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
        }
        // The end of the central directory is within the last 65 557 bytes.
        guard bytes.count >= 22,
            let end = stride(from: bytes.count - 22, through: max(0, bytes.count - 65_557), by: -1)
                .first(where: { word($0, 4) == 0x0605_4b50 })
        else { throw malformed("it is no ZIP archive, or it is cut off") }
        var at = word(end + 16, 4)
        var entries: [String: Data] = [:]
        for _ in 0..<word(end + 10, 2) {
            guard at + 46 <= bytes.count, word(at, 4) == 0x0201_4b50 else {
                throw malformed("its directory is damaged")
            }
            let (nameLength, extraLength, commentLength) = (word(at + 28, 2), word(at + 30, 2), word(at + 32, 2))
            let (size, local) = (word(at + 20, 4), word(at + 42, 4))
            guard at + 46 + nameLength <= bytes.count else { throw malformed("its directory is damaged") }
            let name = String(decoding: bytes[at + 46..<at + 46 + nameLength], as: UTF8.self)
            guard word(at + 10, 2) == 0 else { throw malformed("it is compressed: save it with numpy.savez") }
            let start = local + 30 + word(local + 26, 2) + word(local + 28, 2)
            guard size < 0xFFFF_FFFF, word(local, 4) == 0x0403_4b50, start <= bytes.count, size <= bytes.count - start
            else {
                throw malformed("its entry \(name) is damaged, or larger than 4 GiB")
            }
            entries[name] = Data(bytes[start..<start + size])
            at += 46 + nameLength + extraLength + commentLength
        }
        return entries
    }
}
