import Core
import Geometry

/// Stanford PLY, binary little-endian.
enum PlyWriter {
    static func bytes(of mesh: TriangleMesh, normals: [SIMD3<Float>]?, workers: Workers) -> [UInt8] {
        var header =
            "ply\nformat binary_little_endian 1.0\ncomment \(OutputMark.phrase)\n"
            + "element vertex \(mesh.vertices.count)\n"
        for name in ["x", "y", "z"] + (normals == nil ? [] : ["nx", "ny", "nz"]) {
            header += "property float \(name)\n"
        }
        header += "element face \(mesh.triangles.count)\nproperty list uchar int vertex_indices\nend_header\n"

        let vertexBytes = normals == nil ? 12 : 24
        let vertexStart = header.utf8.count
        let faceStart = vertexStart + vertexBytes * mesh.vertices.count
        return BinaryRecords.bytes(count: faceStart + 13 * mesh.triangles.count) { out in
            out.copyBytes(from: header.utf8)
            workers.forEachChunk(of: mesh.vertices.count, chunkSize: BinaryRecords.chunkSize) { range, _ in
                for index in range {
                    let offset = vertexStart + vertexBytes * index
                    BinaryRecords.store(mesh.vertices[index], to: out, at: offset)
                    if let normals { BinaryRecords.store(normals[index], to: out, at: offset + 12) }
                }
            }
            workers.forEachChunk(of: mesh.triangles.count, chunkSize: BinaryRecords.chunkSize) { range, _ in
                for index in range {
                    let offset = faceStart + 13 * index
                    out[offset] = 3
                    BinaryRecords.store(mesh.triangles[index], to: out, at: offset + 1)
                }
            }
        }
    }
}

/// Little-endian records at fixed offsets, which is what lets many threads fill one file.
enum BinaryRecords {
    /// Records written by one task.
    static let chunkSize = 16384

    /// `count` bytes, all of which `fill` writes.
    static func bytes(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            filled = count
        }
    }

    @inline(__always)
    static func store(_ vector: SIMD3<Float>, to out: UnsafeMutableRawBufferPointer, at offset: Int) {
        store(SIMD3(vector.x.bitPattern, vector.y.bitPattern, vector.z.bitPattern), to: out, at: offset)
    }

    @inline(__always)
    static func store(_ words: SIMD3<UInt32>, to out: UnsafeMutableRawBufferPointer, at offset: Int) {
        out.storeBytes(of: words.x.littleEndian, toByteOffset: offset, as: UInt32.self)
        out.storeBytes(of: words.y.littleEndian, toByteOffset: offset + 4, as: UInt32.self)
        out.storeBytes(of: words.z.littleEndian, toByteOffset: offset + 8, as: UInt32.self)
    }
}
