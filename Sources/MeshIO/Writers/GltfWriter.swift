import Core
import Geometry

/// glTF 2.0: a JSON description and a buffer of vertices and indices, in one file either way.
enum GltfWriter {
    /// GLB: both as chunks of a binary file.
    static func binary(of mesh: TriangleMesh, normals: [SIMD3<Float>]?) -> [UInt8] {
        let buffer = buffer(of: mesh, normals: normals)
        var description = Array(json(mesh, normals, bufferBytes: buffer.count, uri: nil).utf8)
        while description.count % 4 != 0 { description.append(UInt8(ascii: " ")) }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(28 + description.count + buffer.count)
        func append(_ words: UInt32...) {
            for word in words { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
        }
        // "glTF", version, length; then length, kind and content of each chunk.
        append(0x4654_6C67, 2, UInt32(28 + description.count + buffer.count))
        append(UInt32(description.count), 0x4E4F_534A)
        bytes += description
        append(UInt32(buffer.count), 0x004E_4942)
        bytes += buffer
        return bytes
    }

    /// glTF: text, the buffer in base 64 inside, so that one file is all there is.
    static func text(of mesh: TriangleMesh, normals: [SIMD3<Float>]?) -> [UInt8] {
        let buffer = buffer(of: mesh, normals: normals)
        let uri = "data:application/octet-stream;base64," + Data(buffer).base64EncodedString()
        return Array(json(mesh, normals, bufferBytes: buffer.count, uri: uri).utf8)
    }

    /// Positions, normals if any, then indices, all of 32 bits.
    private static func buffer(of mesh: TriangleMesh, normals: [SIMD3<Float>]?) -> [UInt8] {
        let vectors = mesh.vertices + (normals ?? [])
        return BinaryRecords.bytes(count: 12 * (vectors.count + mesh.triangles.count)) { out in
            for (index, vector) in vectors.enumerated() { BinaryRecords.store(vector, to: out, at: 12 * index) }
            for (index, triangle) in mesh.triangles.enumerated() {
                BinaryRecords.store(triangle, to: out, at: 12 * (vectors.count + index))
            }
        }
    }

    private static func json(
        _ mesh: TriangleMesh, _ normals: [SIMD3<Float>]?, bufferBytes: Int, uri: String?
    ) -> String {
        let vertexCount = mesh.vertices.count
        let vectorBytes = 12 * vertexCount * (normals == nil ? 1 : 2)
        var box = BoundingBox.empty
        for vertex in mesh.vertices { box.formUnion(vertex) }
        let bounds =
            vertexCount == 0
            ? "" : #","min":\#(list(box.minimum)),"max":\#(list(box.maximum))"#

        // Component types: 5126 float, 5125 unsigned int; targets: 34962 vertices, 34963 indices.
        var accessors = [
            #"{"bufferView":0,"componentType":5126,"count":\#(vertexCount),"type":"VEC3"\#(bounds)}"#
        ]
        var attributes = #""POSITION":0"#
        if normals != nil {
            accessors.append(
                #"{"bufferView":0,"byteOffset":\#(12 * vertexCount),"componentType":5126,"count":\#(vertexCount),"type":"VEC3"}"#
            )
            attributes += #","NORMAL":1"#
        }
        accessors.append(
            #"{"bufferView":1,"componentType":5125,"count":\#(3 * mesh.triangles.count),"type":"SCALAR"}"#)
        let views = [
            #"{"buffer":0,"byteLength":\#(vectorBytes),"byteStride":12,"target":34962}"#,
            #"{"buffer":0,"byteOffset":\#(vectorBytes),"byteLength":\#(bufferBytes - vectorBytes),"target":34963}"#,
        ]
        // Positions are floats by the format; the node's place is not.
        let origin = mesh.origin
        let translation = origin == .zero ? "" : #","translation":[\#(origin.x),\#(origin.y),\#(origin.z)]"#
        let source = uri.map { #","uri":"\#($0)""# } ?? ""
        return
            #"{"asset":{"version":"2.0","generator":"shapefit"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0\#(translation)}],"#
            + #""meshes":[{"primitives":[{"attributes":{\#(attributes)},"indices":\#(accessors.count - 1)}]}],"#
            + #""accessors":[\#(accessors.joined(separator: ","))],"bufferViews":[\#(views.joined(separator: ","))],"#
            + #""buffers":[{"byteLength":\#(bufferBytes)\#(source)}]}"#
    }

    private static func list(_ vector: SIMD3<Float>) -> String { "[\(vector.x),\(vector.y),\(vector.z)]" }
}
