import Core
import Geometry

/// Stanford PLY, binary: little-endian floats, save for doubles far from the origin.
///
/// Some readers, Assimp's among them, take a first data byte that is a blank or a line end for a part of the header. Where
/// the first byte would be one, the file is big-endian: then it holds a sign and an exponent, of which only numbers around
/// 10⁻³² make such bytes.
enum PlyWriter {
    static func bytes(of mesh: TriangleMesh, normals: [SIMD3<Float>]?, workers: Workers) -> [UInt8] {
        let isDouble = mesh.isFarFromOrigin
        var firstByte: UInt8 = 1
        if !mesh.vertices.isEmpty {
            let x = mesh.position(of: 0).x
            firstByte = UInt8(truncatingIfNeeded: isDouble ? x.bitPattern : UInt64(Float(x).bitPattern))
        }
        let isBigEndian = [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20].contains(firstByte)
        var header = "ply\nformat binary_\(isBigEndian ? "big" : "little")_endian 1.0\ncomment \(OutputMark.phrase)\n"
        header += "element vertex \(mesh.vertices.count)\n"
        for name in ["x", "y", "z"] { header += "property \(isDouble ? "double" : "float") \(name)\n" }
        if normals != nil { for name in ["nx", "ny", "nz"] { header += "property float \(name)\n" } }
        header += "element face \(mesh.triangles.count)\nproperty list uchar int vertex_indices\nend_header\n"

        let placeBytes = isDouble ? 24 : 12
        let vertexBytes = placeBytes + (normals == nil ? 0 : 12)
        let vertexStart = header.utf8.count
        let faceStart = vertexStart + vertexBytes * mesh.vertices.count
        return BinaryRecords.bytes(count: faceStart + 13 * mesh.triangles.count) { out in
            out.copyBytes(from: header.utf8)
            workers.forEachChunk(of: mesh.vertices.count, chunkSize: BinaryRecords.chunkSize) { range, _ in
                for index in range {
                    let offset = vertexStart + vertexBytes * index
                    if isDouble {
                        BinaryRecords.store(mesh.position(of: index), to: out, at: offset, isBigEndian: isBigEndian)
                    } else {
                        BinaryRecords.store(mesh.vertices[index], to: out, at: offset, isBigEndian: isBigEndian)
                    }
                    if let normals {
                        BinaryRecords.store(normals[index], to: out, at: offset + placeBytes, isBigEndian: isBigEndian)
                    }
                }
            }
            workers.forEachChunk(of: mesh.triangles.count, chunkSize: BinaryRecords.chunkSize) { range, _ in
                for index in range {
                    let offset = faceStart + 13 * index
                    out[offset] = 3
                    BinaryRecords.store(mesh.triangles[index], to: out, at: offset + 1, isBigEndian: isBigEndian)
                }
            }
        }
    }
}

/// Records at fixed offsets, which is what lets many threads fill one file.
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
    static func store(
        _ vector: SIMD3<Float>, to out: UnsafeMutableRawBufferPointer, at offset: Int, isBigEndian: Bool = false
    ) {
        store(
            SIMD3(vector.x.bitPattern, vector.y.bitPattern, vector.z.bitPattern), to: out, at: offset,
            isBigEndian: isBigEndian)
    }

    @inline(__always)
    static func store(
        _ vector: SIMD3<Double>, to out: UnsafeMutableRawBufferPointer, at offset: Int, isBigEndian: Bool
    ) {
        for axis in 0..<3 {
            let word = vector[axis].bitPattern
            out.storeBytes(
                of: isBigEndian ? word.bigEndian : word.littleEndian, toByteOffset: offset + 8 * axis, as: UInt64.self)
        }
    }

    @inline(__always)
    static func store(
        _ words: SIMD3<UInt32>, to out: UnsafeMutableRawBufferPointer, at offset: Int, isBigEndian: Bool = false
    ) {
        for axis in 0..<3 {
            let word = isBigEndian ? words[axis].bigEndian : words[axis].littleEndian
            out.storeBytes(of: word, toByteOffset: offset + 4 * axis, as: UInt32.self)
        }
    }
}
