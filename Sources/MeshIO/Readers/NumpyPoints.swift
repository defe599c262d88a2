/// Points of NumPy's files: an array of floats of an npy file (NumPy enhancement proposal 1), or of an npz archive.
struct NumpyPoints {
    /// `(rows, columns)`, row by row.
    private let values: RawMesh.Coordinates
    let rows: Int
    let columns: Int

    /// - Parameter bytes: an npy file's, of the file `file` or an entry of it.
    init(_ bytes: [UInt8], _ file: SourceFile) throws(MeshFileError) {
        func malformed(_ reason: String) -> MeshFileError { file.malformed(reason) }
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
        let shape = Self.shape(in: header)
        guard shape.count == 2, shape[0] >= 0, shape[1] == 3 || shape[1] == 6 else {
            throw malformed("points are an array of (n, 3), or (n, 6) with normals; this is \(shape)")
        }
        rows = shape[0]
        columns = shape[1]
        guard shape[0] <= (bytes.count - start) / (size * columns) else {
            throw malformed("it ends within its numbers")
        }
        let count = shape[0] * shape[1]
        let raw = bytes.span.bytes
        values =
            size == 4
            ? .single(
                (0..<count).map {
                    Float(
                        bitPattern: UInt32(
                            littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: start + 4 * $0, as: UInt32.self)))
                })
            : .double(
                (0..<count).map {
                    Double(
                        bitPattern: UInt64(
                            littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: start + 8 * $0, as: UInt64.self)))
                })
    }

    /// The numbers of `'shape': (n, m)`; empty where there are none.
    private static func shape(in header: String) -> [Int] {
        let words = header.split(separator: "'")
        guard let name = words.firstIndex(of: "shape"), name + 1 < words.count else { return [] }
        let text = words[name + 1].drop { $0 != "(" }.dropFirst().prefix { $0 != ")" }
        return text.split(separator: ",").compactMap { word in Int(word.filter { $0 != " " }) }
    }

    /// Three columns of each row.
    private func vectors(from first: Int) -> RawMesh.Coordinates {
        func taken<Number>(_ values: [Number]) -> [Number] {
            columns == 3
                ? values : (0..<3 * rows).map { values[columns * ($0 / 3) + first + $0 % 3] }
        }
        switch values {
        case .single(let values): return .single(taken(values))
        case .double(let values): return .double(taken(values))
        }
    }

    private func floats(from first: Int) -> [Float] {
        switch vectors(from: first) {
        case .single(let values): values
        case .double(let values): values.map(Float.init)
        }
    }

    /// The points of an npy file.
    static func points(_ file: SourceFile) throws(MeshFileError) -> ImportedPoints {
        let array = try NumpyPoints(file.bytes, file)
        return try ImportedPoints(
            array.vectors(from: 0), normals: array.columns == 6 ? array.floats(from: 3) : nil,
            summary: ImportSummary(format: "NumPy array"), path: file.path)
    }

    /// The names that points have in archives.
    private static let names = ["points", "positions", "vertices"]

    /// The points of an npz file: a ZIP archive of npy files, compressed or not.
    static func points(ofArchive file: SourceFile) throws(MeshFileError) -> ImportedPoints {
        let archive = try ZipArchive(file)
        guard let name = names.first(where: { archive.contains("\($0).npy") }) else {
            throw file.malformed("it has no array 'points', 'positions' or 'vertices'")
        }
        let array = try NumpyPoints(archive.content(of: "\(name).npy"), file)
        var normals = array.columns == 6 ? array.floats(from: 3) : nil
        if archive.contains("normals.npy") {
            let directions = try NumpyPoints(archive.content(of: "normals.npy"), file)
            guard directions.rows == array.rows else {
                throw file.malformed("it has another number of normals than of points")
            }
            normals = directions.floats(from: 0)
        }
        return try ImportedPoints(
            array.vectors(from: 0), normals: normals, summary: ImportSummary(format: "NumPy archive"), path: file.path)
    }
}
