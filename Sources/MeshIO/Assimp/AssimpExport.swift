import CAssimp
import Core
import Geometry

/// Assimp's side of exporting: the formats that we do not write ourselves.
enum AssimpExport {
    /// The formats that Assimp's importers read back as they were written.
    private static let trusted: Set<String> = ["dae", "3ds", "x", "x3d", "assbin"]

    struct Format {
        let id: String
        let fileExtension: String
    }

    /// The exporter for files of this extension; nil when there is none.
    static func format(forExtension fileExtension: String) -> Format? {
        guard trusted.contains(fileExtension) else { return nil }
        for index in 0..<aiGetExportFormatCount() {
            guard let description = aiGetExportFormatDescription(index) else { continue }
            defer { aiReleaseExportFormatDescription(description) }
            if String(cString: description.pointee.fileExtension) == fileExtension {
                return Format(id: String(cString: description.pointee.id), fileExtension: fileExtension)
            }
        }
        return nil
    }

    /// The file's content.
    static func bytes(
        of mesh: TriangleMesh, normals: [SIMD3<Float>]?, path: String
    ) throws(MeshFileError) -> [UInt8] {
        guard let format = MeshFormat.fileExtension(of: path).flatMap(format(forExtension:)) else {
            throw .unknownExportFormat(path: path)
        }
        // Some exporters write to files only. A folder of their own shows what else they write.
        let folder = FileManager.default.temporaryDirectory.path + "/mesh-export-" + UUID().uuidString
        let file = folder + "/mesh." + format.fileExtension
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .exportFailed(path: path, reason: "no temporary folder can be made at \(folder)")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The exporter of X turns to the format's left-handed axes; coordinates are to stay.
        let isMirrored = format.fileExtension == "x"
        let isExported = withScene(
            of: isMirrored ? mirroredAlongZ(mesh) : mesh,
            normals: isMirrored ? normals?.map { $0 * SIMD3(1, 1, -1) } : normals
        ) { scene in
            aiExportScene(scene, format.id, file, 0) == aiReturn_SUCCESS
        }
        guard isExported else {
            throw .exportFailed(path: path, reason: String(cString: aiGetErrorString()))
        }
        guard (try? FileManager.default.contentsOfDirectory(atPath: folder))?.count == 1 else {
            throw .exportFailed(path: path, reason: "this format takes several files; use glb")
        }
        guard let content = FileManager.default.contents(atPath: file) else {
            throw .exportFailed(path: path, reason: "the exporter's file cannot be read")
        }
        return Array(content)
    }

    private static func mirroredAlongZ(_ mesh: TriangleMesh) -> TriangleMesh {
        TriangleMesh(
            origin: mesh.origin * SIMD3(1, 1, -1), vertices: mesh.vertices.map { $0 * SIMD3(1, 1, -1) },
            triangles: mesh.triangles.map { SIMD3($0.x, $0.z, $0.y) })
    }

    /// Calls `body` with a scene of one mesh, which lives only during the call; exporters work on a copy of it.
    private static func withScene<Result>(
        of mesh: TriangleMesh, normals: [SIMD3<Float>]?, _ body: (UnsafePointer<aiScene>) -> Result
    ) -> Result {
        var vertices = mesh.vertices.indices.map { index in
            let place = SIMD3<Float>(mesh.position(of: index))
            return aiVector3D(x: place.x, y: place.y, z: place.z)
        }
        var directions = (normals ?? []).map { aiVector3D(x: $0.x, y: $0.y, z: $0.z) }
        var indices = mesh.triangles.flatMap { [$0.x, $0.y, $0.z] }
        var material = aiMaterial()
        return vertices.withUnsafeMutableBufferPointer { vertices in
            directions.withUnsafeMutableBufferPointer { directions in
                indices.withUnsafeMutableBufferPointer { indices in
                    var faces = (0..<indices.count / 3).map {
                        aiFace(mNumIndices: 3, mIndices: indices.baseAddress?.advanced(by: 3 * $0))
                    }
                    return faces.withUnsafeMutableBufferPointer { faces in
                        withUnsafeMutablePointer(to: &material) { material in
                            var part = aiMesh()
                            part.mPrimitiveTypes = aiPrimitiveType_TRIANGLE.rawValue
                            part.mNumVertices = UInt32(vertices.count)
                            part.mNumFaces = UInt32(faces.count)
                            part.mVertices = vertices.baseAddress
                            part.mNormals = normals == nil ? nil : directions.baseAddress
                            part.mFaces = faces.baseAddress
                            return withScene(of: &part, material, body)
                        }
                    }
                }
            }
        }
    }

    private static func withScene<Result>(
        of part: UnsafeMutablePointer<aiMesh>, _ material: UnsafeMutablePointer<aiMaterial>,
        _ body: (UnsafePointer<aiScene>) -> Result
    ) -> Result {
        var parts: UnsafeMutablePointer<aiMesh>? = part
        var materials: UnsafeMutablePointer<aiMaterial>? = material
        var numbers: UInt32 = 0
        return withUnsafeMutablePointer(to: &parts) { parts in
            withUnsafeMutablePointer(to: &materials) { materials in
                withUnsafeMutablePointer(to: &numbers) { numbers in
                    var root = aiNode()
                    root.mTransformation.a1 = 1
                    root.mTransformation.b2 = 1
                    root.mTransformation.c3 = 1
                    root.mTransformation.d4 = 1
                    root.mNumMeshes = 1
                    root.mMeshes = numbers
                    return withUnsafeMutablePointer(to: &root) { root in
                        var scene = aiScene()
                        scene.mRootNode = root
                        scene.mNumMeshes = 1
                        scene.mMeshes = parts
                        scene.mNumMaterials = 1
                        scene.mMaterials = materials
                        // Vertices are shared between faces.
                        scene.mFlags = UInt32(AI_SCENE_FLAGS_NON_VERBOSE_FORMAT)
                        return body(&scene)
                    }
                }
            }
        }
    }
}
