import Core

/// The chunks of a 3DS file: an identifier (2 bytes), a length with this header (4), and what it holds.
struct ObjectChunks {
    private let file: SourceFile
    private var bytes: [UInt8] { file.bytes }

    private enum Chunk {
        static let main: UInt16 = 0x4d4d, editor: UInt16 = 0x3d3d, object: UInt16 = 0x4000
        static let triangles: UInt16 = 0x4100, vertices: UInt16 = 0x4110, faces: UInt16 = 0x4120
        static let headerSize = 6, faceSize = 8
    }

    init(_ file: SourceFile) { self.file = file }

    private func number(_ place: Int, bytes width: Int) -> Int {
        (0..<width).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    /// The faces of all objects; nil where a chunk's length makes no sense.
    ///
    /// - Throws: when a face has a vertex that its object has not.
    func declaration() throws(MeshFileError) -> FileDeclaration? {
        var total = 0
        // Ranges of chunks that are still to be gone through.
        var pending = [0..<bytes.count]
        while let range = pending.popLast() {
            var place = range.lowerBound
            var vertexCount: Int?
            var highest = -1
            while place + Chunk.headerSize <= range.upperBound {
                let identifier = UInt16(number(place, bytes: 2))
                let end = place + number(place + 2, bytes: 4)
                guard end >= place + Chunk.headerSize, end <= range.upperBound else { return nil }
                var inside = place + Chunk.headerSize
                switch identifier {
                case Chunk.main, Chunk.editor, Chunk.triangles: pending.append(inside..<end)
                case Chunk.object:
                    // Its name, which a zero ends.
                    while inside < end, bytes[inside] != 0 { inside += 1 }
                    if inside < end { pending.append(inside + 1..<end) }
                case Chunk.vertices where inside + 2 <= end: vertexCount = number(inside, bytes: 2)
                case Chunk.faces:
                    guard inside + 2 <= end else { return nil }
                    let count = number(inside, bytes: 2)
                    guard inside + 2 + Chunk.faceSize * count <= end else { return nil }
                    for face in 0..<count {
                        for corner in 0..<3 {
                            highest = max(highest, number(inside + 2 + Chunk.faceSize * face + 2 * corner, bytes: 2))
                        }
                    }
                    total += count
                default: break
                }
                place = end
            }
            if let vertexCount, highest >= vertexCount {
                throw .indexOutOfRange(path: file.path, index: highest, vertexCount: vertexCount)
            }
        }
        return FileDeclaration(leastFaces: total)
    }
}
