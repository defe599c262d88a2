import Core
import Geometry

/// STL, binary: each triangle with its normal and its own copy of its corners.
enum StlWriter {
    private static let headerBytes = 84
    private static let triangleBytes = 50

    static func bytes(of mesh: TriangleMesh, workers: Workers) -> [UInt8] {
        // A header that begins with "solid" would pass for the text format.
        let header = Array("binary STL, \(OutputMark.phrase); right-handed, outside is counter-clockwise".utf8)
        return BinaryRecords.bytes(count: headerBytes + triangleBytes * mesh.triangles.count) { out in
            for index in 0..<80 { out[index] = index < header.count ? header[index] : UInt8(ascii: " ") }
            out.storeBytes(of: UInt32(mesh.triangles.count).littleEndian, toByteOffset: 80, as: UInt32.self)
            workers.forEachChunk(of: mesh.triangles.count, chunkSize: BinaryRecords.chunkSize) { range, _ in
                for index in range {
                    let offset = headerBytes + triangleBytes * index
                    var (a, b, c) = mesh.corners(of: index)
                    BinaryRecords.store(normal(a, b, c), to: out, at: offset)
                    if mesh.origin != .zero {
                        a = SIMD3<Float>(SIMD3<Double>(a) + mesh.origin)
                        b = SIMD3<Float>(SIMD3<Double>(b) + mesh.origin)
                        c = SIMD3<Float>(SIMD3<Double>(c) + mesh.origin)
                    }
                    BinaryRecords.store(a, to: out, at: offset + 12)
                    BinaryRecords.store(b, to: out, at: offset + 24)
                    BinaryRecords.store(c, to: out, at: offset + 36)
                    out.storeBytes(of: 0, toByteOffset: offset + 48, as: UInt16.self)
                }
            }
        }
    }

    /// Unit normal; zero for a triangle without area, as the format's readers expect.
    private static func normal(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ c: SIMD3<Float>) -> SIMD3<Float> {
        let normal = cross(SIMD3<Double>(b) - SIMD3<Double>(a), SIMD3<Double>(c) - SIMD3<Double>(a))
        let length = (normal * normal).sum().squareRoot()
        return length > 0 ? SIMD3<Float>(normal / length) : .zero
    }
}
