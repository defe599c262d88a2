import CAssimp
import Core
import Dispatch
import Geometry

/// Assimp's side of importing: from a file to the pieces of its scene, in this process.
enum AssimpScene {
    /// Assimp's C interface keeps its last error in one place for all threads.
    private static let turn = DispatchSemaphore(value: 1)

    /// Whether Assimp has an importer for the extension of `path`.
    static func knowsExtension(of path: String) -> Bool {
        guard let fileExtension = MeshFormat.fileExtension(of: path) else { return false }
        return aiIsExtensionSupported("." + fileExtension) != 0
    }

    /// Imports the file and gathers its scene.
    static func read(path: String) throws(MeshFileError) -> RawMesh {
        turn.wait()
        defer { turn.signal() }
        let properties = importProperties()
        defer { aiReleasePropertyStore(properties) }
        guard let scene = path.withFileName({ aiImportFileExWithProperties($0, 0, nil, properties) }) else {
            throw MeshFileError.malformedFile(path: path, reason: oneLine(String(cString: aiGetErrorString())))
        }
        defer { aiReleaseImport(scene) }
        return try mesh(of: scene, path: path)
    }

    /// Settings that keep coordinates as the file has them and skip what is not geometry.
    private static func importProperties() -> UnsafeMutablePointer<aiPropertyStore>? {
        let properties = aiCreatePropertyStore()
        for (name, value) in [
            (AI_CONFIG_IMPORT_COLLADA_IGNORE_UP_DIRECTION, 1),
            (AI_CONFIG_IMPORT_NO_SKELETON_MESHES, 1),
            (AI_CONFIG_IMPORT_FBX_READ_MATERIALS, 0),
            (AI_CONFIG_IMPORT_FBX_READ_TEXTURES, 0),
            (AI_CONFIG_IMPORT_FBX_READ_CAMERAS, 0),
            (AI_CONFIG_IMPORT_FBX_READ_LIGHTS, 0),
            (AI_CONFIG_IMPORT_FBX_READ_ANIMATIONS, 0),
            (AI_CONFIG_IMPORT_FBX_READ_WEIGHTS, 0),
        ] as [(String, Int32)] {
            aiSetImportPropertyInteger(properties, name, value)
        }
        return properties
    }

    private static func mesh(
        of scene: UnsafePointer<aiScene>, path: String
    ) throws(MeshFileError) -> RawMesh {
        var summary = ImportSummary()
        summary.format = sourceFormat(of: scene)
        let parts = placements(in: scene, importer: summary.format)
        summary.partCount = parts.count
        guard !parts.isEmpty else { throw .emptyScene(path: path) }

        var assembly = SceneAssembly(path: path)
        for part in parts {
            if part.nodeTransform.isMirroring { summary.mirroredPartCount += 1 }
            try assembly.add(
                positions: positions(of: part),
                corners: try corners(of: part.mesh, path: path, summary: &summary),
                transform: part.transform, isSingle: true)
        }
        assembly.summary = summary
        // Point clouds come as vertices without faces, or with a face for each.
        return assembly.rawMesh()
    }

    /// A mesh of the scene at a place in it.
    private struct Placement {
        let mesh: UnsafeMutablePointer<aiMesh>
        /// From the mesh's coordinates to Assimp's.
        let nodeTransform: NodeTransform
        /// From the mesh's coordinates to the file's.
        let transform: NodeTransform
    }

    /// Every mesh that a node refers to, in the hierarchy's order, root first.
    private static func placements(in scene: UnsafePointer<aiScene>, importer: String) -> [Placement] {
        guard let root = scene.pointee.mRootNode, let meshes = scene.pointee.mMeshes else { return [] }
        let restoration = FileAxes.restoration(forImporter: importer)
        var found: [Placement] = []
        // A stack of our own: a damaged file can nest deeper than a thread's stack.
        var pending = [
            (root, FileAxes.rootTransform(NodeTransform(root.pointee.mTransformation), importer: importer))
        ]
        while let (node, transform) = pending.popLast() {
            if let indices = node.pointee.mMeshes {
                for index in UnsafeBufferPointer(start: indices, count: Int(node.pointee.mNumMeshes))
                where index < scene.pointee.mNumMeshes {
                    guard let mesh = meshes[Int(index)] else { continue }
                    found.append(
                        Placement(mesh: mesh, nodeTransform: transform, transform: restoration * transform))
                }
            }
            guard let children = node.pointee.mChildren else { continue }
            for number in (0..<Int(node.pointee.mNumChildren)).reversed() {
                guard let child = children[number] else { continue }
                pending.append((child, transform * NodeTransform(child.pointee.mTransformation)))
            }
        }
        return found
    }

    private static func positions(of part: Placement) -> [SIMD3<Double>] {
        guard let source = part.mesh.pointee.mVertices else { return [] }
        let vertices = UnsafeBufferPointer(start: source, count: Int(part.mesh.pointee.mNumVertices))
        return vertices.map { SIMD3(Double($0.x), Double($0.y), Double($0.z)) }
    }

    /// The triangles of a mesh, polygons cut into them; other faces are counted in `summary`.
    private static func corners(
        of mesh: UnsafePointer<aiMesh>, path: String, summary: inout ImportSummary
    ) throws(MeshFileError) -> [SIMD3<UInt32>] {
        guard let faces = mesh.pointee.mFaces else { return [] }
        let vertexCount = mesh.pointee.mVertices == nil ? 0 : mesh.pointee.mNumVertices
        var corners: [SIMD3<UInt32>] = []
        corners.reserveCapacity(Int(mesh.pointee.mNumFaces))
        for face in UnsafeBufferPointer(start: faces, count: Int(mesh.pointee.mNumFaces)) {
            guard let start = face.mIndices, face.mNumIndices > 0 else { continue }
            let indices = UnsafeBufferPointer(start: start, count: Int(face.mNumIndices))
            if indices.count == 1 { summary.pointsDropped += 1 }
            if indices.count == 2 { summary.linesDropped += 1 }
            if indices.count < 3 { continue }
            if let index = indices.first(where: { $0 >= vertexCount }) {
                throw .indexOutOfRange(path: path, index: Int(index), vertexCount: Int(vertexCount))
            }
            if indices.count == 3 {
                corners.append(SIMD3(indices[0], indices[1], indices[2]))
                continue
            }
            summary.polygonsTriangulated += 1
            let polygon = indices.map { index in
                let vertex = mesh.pointee.mVertices[Int(index)]
                return SIMD3(Double(vertex.x), Double(vertex.y), Double(vertex.z))
            }
            for triangle in PolygonTriangulation.triangles(of: polygon) {
                corners.append(SIMD3(indices[triangle.x], indices[triangle.y], indices[triangle.z]))
            }
        }
        return corners
    }

    /// The name under which the importer that read the scene is known.
    private static func sourceFormat(of scene: UnsafePointer<aiScene>) -> String {
        guard let metadata = scene.pointee.mMetaData, let keys = metadata.pointee.mKeys,
            let values = metadata.pointee.mValues
        else { return "" }
        for index in 0..<Int(metadata.pointee.mNumProperties)
        where text(keys[index]) == "SourceAsset_Format" && values[index].mType == AI_AISTRING {
            if let value = values[index].mData?.assumingMemoryBound(to: aiString.self) { return text(value.pointee) }
        }
        return ""
    }

    private static func text(_ string: aiString) -> String {
        withUnsafeBytes(of: string.data) { bytes in
            String(decoding: bytes.prefix(min(Int(string.length), bytes.count)), as: UTF8.self)
        }
    }

    /// A message without line breaks or control characters, cut to a readable length.
    private static func oneLine(_ message: String) -> String {
        let words = message.split { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 32 } }
        let line = words.joined(separator: " ")
        if line.isEmpty { return "no reason given" }
        return line.count > 200 ? line.prefix(200) + "…" : line
    }
}

extension NodeTransform {
    /// The upper three rows of Assimp's row-major matrix, which acts on columns.
    init(_ m: aiMatrix4x4) {
        self.init(
            rows: (
                SIMD3(Double(m.a1), Double(m.a2), Double(m.a3)),
                SIMD3(Double(m.b1), Double(m.b2), Double(m.b3)),
                SIMD3(Double(m.c1), Double(m.c2), Double(m.c3))
            ), translation: SIMD3(Double(m.a4), Double(m.b4), Double(m.c4)))
    }
}
