import Support

enum ObjFile {
    static func bytes(of mesh: TriangleMesh, workers: Workers) -> [UInt8] {
        var text = ""
        for v in mesh.vertices { text += "v \(v.x) \(v.y) \(v.z)\n" }
        for t in mesh.triangles { text += "f \(t.x + 1) \(t.y + 1) \(t.z + 1)\n" }
        return Array(text.utf8)
    }
}
