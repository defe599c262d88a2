import Core
import Geometry

/// Wavefront OBJ: a line of text a vertex, a normal and a triangle.
enum ObjWriter {
    static func bytes(of mesh: TriangleMesh, normals: [SIMD3<Float>]?, workers: Workers) -> [UInt8] {
        // Far from the origin, with all digits of a double.
        var chunks = mesh.isFarFromOrigin ? placeLines(of: mesh, workers) : vectorLines("v ", mesh.vertices, workers)
        if let normals { chunks += vectorLines("vn ", normals, workers) }
        chunks += faceLines(mesh.triangles, withNormals: normals != nil, workers)
        chunks.insert(Array("# \(OutputMark.phrase)\n".utf8), at: 0)
        return TextLines.joined(chunks, workers)
    }

    private static func placeLines(of mesh: TriangleMesh, _ workers: Workers) -> [[UInt8]] {
        TextLines.chunks(
            count: mesh.vertices.count, bytesPerLine: 3 * (DecimalText.longestNumber + 1) + 4, workers
        ) { index, out in
            let place = mesh.position(of: index)
            var line = TextLines.Line(out)
            line.append(text: "v \(place.x) \(place.y) \(place.z)\n")
            return line.count
        }
    }

    private static func vectorLines(
        _ keyword: StaticString, _ vectors: [SIMD3<Float>], _ workers: Workers
    ) -> [[UInt8]] {
        TextLines.chunks(count: vectors.count, bytesPerLine: 3 * (DecimalText.longestNumber + 1) + 4, workers) {
            index, out in
            let vector = vectors[index]
            var length = keyword.utf8CodeUnitCount
            for position in 0..<length { out[position] = keyword.utf8Start[position] }
            for axis in 0..<3 {
                length += DecimalText.write(vector[axis], to: out + length)
                out[length] = UInt8(ascii: axis == 2 ? "\n" : " ")
                length += 1
            }
            return length
        }
    }

    private static func faceLines(
        _ triangles: [SIMD3<UInt32>], withNormals: Bool, _ workers: Workers
    ) -> [[UInt8]] {
        TextLines.chunks(count: triangles.count, bytesPerLine: 3 * 2 * 13 + 4, workers) { index, out in
            let triangle = triangles[index]
            out[0] = UInt8(ascii: "f")
            var length = 1
            for side in 0..<3 {
                // OBJ counts from one.
                let number = UInt64(triangle[side]) + 1
                out[length] = UInt8(ascii: " ")
                length += 1
                length += DecimalText.write(number, to: out + length)
                guard withNormals else { continue }
                out[length] = UInt8(ascii: "/")
                out[length + 1] = UInt8(ascii: "/")
                length += 2
                length += DecimalText.write(number, to: out + length)
            }
            out[length] = UInt8(ascii: "\n")
            return length + 1
        }
    }
}
