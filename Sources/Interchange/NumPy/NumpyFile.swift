import Core
import Foundation

/// An array as NumPy stores it: little-endian, the last index running fastest.
public struct NumpyArray: Sendable, Equatable {
    /// NumPy's name of the element type, such as `<f4`.
    let descriptor: String
    public let shape: [Int]
    let bytes: [UInt8]

    /// - Precondition: as many values as the shape says.
    public init(_ values: [Float], shape: [Int]) {
        self.init("<f4", values.map { $0.bitPattern.littleEndian }, values.count, shape)
    }

    /// - Precondition: as many values as the shape says.
    public init(_ values: [Double], shape: [Int]) {
        self.init("<f8", values.map { $0.bitPattern.littleEndian }, values.count, shape)
    }

    /// - Precondition: as many values as the shape says.
    public init(_ values: [UInt8], shape: [Int]) {
        self.init("|u1", values, values.count, shape)
    }

    /// Points as an array `(n, 3)` of single precision.
    public init(_ points: [SIMD3<Float>]) {
        self.init(
            [Float](unsafeUninitializedCapacity: 3 * points.count) { buffer, count in
                for (index, point) in points.enumerated() {
                    for axis in 0..<3 { buffer.initializeElement(at: 3 * index + axis, to: point[axis]) }
                }
                count = 3 * points.count
            }, shape: [points.count, 3])
    }

    private init<Word: BitwiseCopyable>(_ descriptor: String, _ words: [Word], _ count: Int, _ shape: [Int]) {
        precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == count, "as many values as the shape says")
        self.descriptor = descriptor
        self.shape = shape
        bytes = words.withUnsafeBytes { Array($0) }
    }

    /// The bytes before the values in a file: format version 1.0, which NumPy documents in `numpy.lib.format`. A
    /// multiple of 64 bytes long, and ending in as many blanks as mark it as ours.
    var header: [UInt8] {
        let sizes = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(sizes)), }"
        let prefixCount = 10
        let unpadded = prefixCount + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64 + OutputMark.numpyPadding) + "\n"
        let count = text.utf8.count
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 0xff), UInt8(count >> 8)] + Array(text.utf8)
    }
}

/// Writes arrays for NumPy: `.npy`, one array, and `.npz`, a ZIP archive of `.npy` files that are stored as they are.
///
/// The same arrays give the same bytes: archives have no time stamps.
public enum NumpyFile {
    /// The largest archive that can be written: beyond, ZIP has another format.
    public static let archiveByteLimit = Int(UInt32.max)

    /// Writes one array as `.npy`, version 1.0.
    ///
    /// - Throws: `FileError`.
    public static func write(_ array: NumpyArray, to path: String) throws(FileError) {
        try AtomicFile.write(bytes(array).span, to: path)
    }

    /// The bytes that ``write(_:to:)`` writes.
    public static func bytes(_ array: NumpyArray) -> [UInt8] { array.header + array.bytes }

    /// Writes named arrays as `.npz`, in their order; `numpy.load(path)[name]` reads one.
    ///
    /// - Parameters:
    ///   - byteLimit: what the archive may have, at most ``archiveByteLimit``.
    ///   - arrays: by name.
    ///   - path: of the archive.
    /// - Throws: `FileError` also when the archive would be larger, before anything is written.
    /// - Precondition: names are of ASCII letters, digits and underscores, each once.
    public static func writeArchive(
        _ arrays: [(name: String, array: NumpyArray)], to path: String, byteLimit: Int = archiveByteLimit
    ) throws(FileError) {
        let bytes = try archiveBytes(arrays, path: path, byteLimit: byteLimit)
        try AtomicFile.write(bytes.span, to: path)
    }

    /// The bytes that ``writeArchive(_:to:byteLimit:)`` writes.
    ///
    /// - Parameters:
    ///   - path: what errors call it.
    ///   - arrays: by name.
    ///   - byteLimit: what the archive may have.
    public static func archiveBytes(
        _ arrays: [(name: String, array: NumpyArray)], path: String, byteLimit: Int = archiveByteLimit
    ) throws(FileError) -> [UInt8] {
        precondition(byteLimit <= archiveByteLimit, "a limit that ZIP can keep")
        var archive = StoredArchive()
        let byteCount = arrays.reduce(0) { $0 + $1.array.bytes.count + 512 + 2 * $1.name.utf8.count }
        guard byteCount < byteLimit else {
            throw FileError(
                path: path,
                reason: "would have \(byteCount >> 20) MiB, and an archive may have \(byteLimit >> 20) MiB; "
                    + "ask for fewer points or a coarser grid")
        }
        archive.bytes.reserveCapacity(byteCount)
        for (name, array) in arrays { archive.append("\(name).npy", [array.header, array.bytes]) }
        return archive.finish()
    }
}
