import Foundation
import Geometry

/// The vertices and triangles of an OBJ file that holds only those, each face a triangle: enough for a benchmark.
func readObj(_ path: String) throws -> TriangleMesh {
    var mesh = TriangleMesh()
    for line in try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        if words.first == "v", words.count >= 4 {
            mesh.vertices.append(SIMD3(Float(words[1]) ?? 0, Float(words[2]) ?? 0, Float(words[3]) ?? 0))
        } else if words.first == "f" {
            let corners = words.dropFirst().compactMap { $0.split(separator: "/").first.flatMap { UInt32($0) } }
            for last in 2..<max(corners.count, 2) {
                mesh.triangles.append(SIMD3(corners[0] - 1, corners[last - 1] - 1, corners[last] - 1))
            }
        }
    }
    return mesh
}

/// Raw little-endian floats, three a point.
func readPoints(_ path: String) throws -> [SIMD3<Float>] {
    try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes { bytes in
        let floats = bytes.bindMemory(to: Float.self)
        return (0..<floats.count / 3).map { SIMD3(floats[3 * $0], floats[3 * $0 + 1], floats[3 * $0 + 2]) }
    }
}

func write<Element>(_ values: [Element], to path: String) throws {
    try values.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
}
