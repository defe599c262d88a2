/// The parts of a glTF 2.0 description that say where triangles are (Khronos, "glTF 2.0 Specification", 2021).
struct GltfDocument: Decodable {
    struct Asset: Decodable {
        /// Such as "2.0"; some files of version 1 have a number here.
        var version: String?
        /// What a reader must know at least.
        var minVersion: String?

        enum CodingKeys: String, CodingKey { case version, minVersion }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            version =
                (try? values.decode(String.self, forKey: .version))
                ?? (try? values.decode(Double.self, forKey: .version)).map { "\($0)" }
            minVersion = try? values.decode(String.self, forKey: .minVersion)
        }

        /// Whether a reader of version 2.0 can read the file (section 3.2 of the specification).
        var isReadable: Bool { minVersion.map { $0 == "2.0" } ?? version?.hasPrefix("2.") ?? true }
    }

    struct Scene: Decodable {
        var nodes: [Int]?
    }

    struct Node: Decodable {
        var mesh: Int?
        var skin: Int?
        var children: [Int]?
        /// Column-major, 4 × 4.
        var matrix: [Double]?
        var translation: [Double]?
        /// A quaternion x, y, z, w.
        var rotation: [Double]?
        var scale: [Double]?
        /// Of the mesh's morph targets, instead of the mesh's own.
        var weights: [Double]?
        var extensions: NodeExtensions?
    }

    struct NodeExtensions: Decodable {
        var instancing: Instancing?
        enum CodingKeys: String, CodingKey { case instancing = "EXT_mesh_gpu_instancing" }
    }

    struct Instancing: Decodable {
        var attributes: [String: Int]
    }

    struct Mesh: Decodable {
        var primitives: [Primitive]
        var weights: [Double]?
    }

    struct Primitive: Decodable {
        var attributes: [String: Int]
        var indices: Int?
        var mode: Int?
        var extensions: PrimitiveExtensions?
    }

    struct PrimitiveExtensions: Decodable {
        var draco: Marker?
        enum CodingKeys: String, CodingKey { case draco = "KHR_draco_mesh_compression" }
    }

    struct Accessor: Decodable {
        var bufferView: Int?
        var byteOffset: Int?
        var componentType: Int
        var normalized: Bool?
        var count: Int
        var type: String
        var sparse: Sparse?
        var min: [Double]?
        var max: [Double]?
    }

    struct Sparse: Decodable {
        struct Indices: Decodable {
            var bufferView: Int
            var byteOffset: Int?
            var componentType: Int
        }
        struct Values: Decodable {
            var bufferView: Int
            var byteOffset: Int?
        }
        var count: Int
        var indices: Indices
        var values: Values
    }

    struct BufferView: Decodable {
        var buffer: Int
        var byteOffset: Int?
        var byteLength: Int
        var byteStride: Int?
        var extensions: BufferViewExtensions?
    }

    struct BufferViewExtensions: Decodable {
        var meshopt: Marker?
        var khronosMeshopt: Marker?
        enum CodingKeys: String, CodingKey {
            case meshopt = "EXT_meshopt_compression"
            case khronosMeshopt = "KHR_meshopt_compression"
        }
    }

    struct Buffer: Decodable {
        var uri: String?
        var byteLength: Int
    }

    /// Something whose presence is all that counts.
    struct Marker: Decodable {}

    var asset: Asset?
    var extensionsUsed: [String]?
    var extensionsRequired: [String]?
    var scene: Int?
    var scenes: [Scene]?
    var nodes: [Node]?
    var meshes: [Mesh]?
    var accessors: [Accessor]?
    var bufferViews: [BufferView]?
    var buffers: [Buffer]?
}

/// How glTF's extensions are treated.
enum GltfExtension {
    /// Change where triangles are, and are understood.
    private static let understood: Set<String> = ["KHR_mesh_quantization", "EXT_mesh_gpu_instancing"]

    /// Those that concern what surfaces look like, light, sound, animation or bookkeeping: nothing of the shape.
    static func isIrrelevant(_ name: String) -> Bool {
        let prefixes = [
            "KHR_materials_", "KHR_texture_", "EXT_texture_", "MSFT_texture_", "KHR_lights_", "EXT_lights_", "KHR_xmp",
            "KHR_animation_", "KHR_audio", "MSFT_audio", "AGI_", "FB_", "ADOBE_materials_", "KHR_techniques_webgl",
            "EXT_structural_metadata", "EXT_mesh_features", "EXT_instance_features", "CESIUM_", "KHR_interactivity",
            "KHR_technique_webgl", "KHR_binary_glTF",
        ]
        return prefixes.contains { name.hasPrefix($0) } || name == "MSFT_packing_normalRoughnessMetallic"
            || name == "MSFT_packing_occlusionRoughnessMetallic" || name == "VRM" || name == "VRMC_vrm"
    }

    static func isUnderstood(_ name: String) -> Bool { understood.contains(name) || isIrrelevant(name) }
}
