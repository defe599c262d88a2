import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

/// glTF files put together from a box of 2 × 1 × 1, in the ways of the specification.
@Suite struct GltfReaderTests {
    static let corners: [SIMD3<Double>] = [
        SIMD3(0, 0, 0), SIMD3(2, 0, 0), SIMD3(2, 1, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1), SIMD3(2, 0, 1), SIMD3(2, 1, 1),
        SIMD3(0, 1, 1),
    ]
    static let indices: [UInt32] = [
        0, 2, 1, 0, 3, 2, 4, 5, 6, 4, 6, 7, 0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0, 4, 3, 4, 7,
    ]

    /// A file of one buffer: positions, then indices.
    struct File {
        var positions: [UInt8] = GltfReaderTests.floats(GltfReaderTests.corners)
        var componentType = 5126
        var stride: Int?
        var normalized = false
        var indexType = 5125
        var indexBytes: [UInt8] = GltfReaderTests.indices.flatMap { bytes($0.littleEndian) }
        var count = 8
        var accessorExtra = ""
        var primitiveExtra = ""
        var nodes = #"{"mesh":0}"#
        var top = ""
        var uri: String?
        var moreViews = ""
        var moreAccessors = ""
        var tail: [UInt8] = []

        var buffer: [UInt8] {
            var all = positions
            while all.count % 4 != 0 { all.append(0) }
            return all + indexBytes + tail
        }
        var indexStart: Int { (positions.count + 3) / 4 * 4 }

        func json(uri: String?) -> String {
            let source = uri.map { #","uri":"\#($0)""# } ?? ""
            let strideText = stride.map { #","byteStride":\#($0)"# } ?? ""
            return #"{"asset":{"version":"2.0"},\#(top)"scene":0,"scenes":[{"nodes":[0]}],"nodes":[\#(nodes)],"#
                + #""meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1\#(primitiveExtra)}]}],"#
                + #""accessors":[{"bufferView":0,"componentType":\#(componentType),"count":\#(count),"type":"VEC3","normalized":\#(normalized)\#(accessorExtra)},"#
                + #"{"bufferView":1,"componentType":\#(indexType),"count":36,"type":"SCALAR"}\#(moreAccessors)],"#
                + #""bufferViews":[{"buffer":0,"byteLength":\#(positions.count)\#(strideText)},"#
                + #"{"buffer":0,"byteOffset":\#(indexStart),"byteLength":\#(indexBytes.count)}\#(moreViews)],"#
                + #""buffers":[{"byteLength":\#(buffer.count)\#(source)}]}"#
        }

        var text: String { json(uri: "data:application/octet-stream;base64," + Data(buffer).base64EncodedString()) }
    }

    static func bytes<Word: BitwiseCopyable>(_ word: Word) -> [UInt8] { withUnsafeBytes(of: word) { Array($0) } }
    static func floats(_ points: [SIMD3<Double>]) -> [UInt8] {
        points.flatMap { point in (0..<3).flatMap { bytes(Float(point[$0]).bitPattern.littleEndian) } }
    }

    private static func check(
        _ imported: ImportedMesh, boxes: Int = 1, minimum: SIMD3<Float> = .zero, maximum: SIMD3<Float> = SIMD3(2, 1, 1),
        volume: Double = 2, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let topology = MeshTopology(imported.mesh)
        let box = try #require(imported.mesh.boundingBox)
        #expect(imported.mesh.triangles.count == 12 * boxes, sourceLocation: sourceLocation)
        #expect(topology.isWatertight, sourceLocation: sourceLocation)
        #expect(topology.signedVolume.isApproximately(volume, within: 1e-3), sourceLocation: sourceLocation)
        #expect(length(box.minimum - minimum) < 1e-3, sourceLocation: sourceLocation)
        #expect(length(box.maximum - maximum) < 1e-3, sourceLocation: sourceLocation)
        #expect(imported.summary.unit == .meter, sourceLocation: sourceLocation)
    }

    // MARK: Accessors

    @Test(arguments: [nil, 12, 16, 32] as [Int?])
    func stridesAreFollowed(stride: Int?) throws {
        var file = File()
        if let stride {
            file.positions = Self.corners.flatMap { corner in
                Self.floats([corner]) + [UInt8](repeating: 0x7F, count: stride - 12)
            }
            file.stride = stride
        }
        try Self.check(try importText(file.text, as: "a.gltf"))
    }

    @Test(arguments: [5121, 5123, 5125])
    func indexTypesAreRead(type: Int) throws {
        var file = File()
        file.indexType = type
        file.indexBytes = Self.indices.flatMap { index in
            switch type {
            case 5121: [UInt8(index)]
            case 5123: Self.bytes(UInt16(index).littleEndian)
            default: Self.bytes(index.littleEndian)
            }
        }
        try Self.check(try importText(file.text, as: "a.gltf"))
    }

    /// Quantized positions, normalized or not; a node brings them to size.
    @Test(arguments: [5120, 5121, 5122, 5123], [false, true])
    func quantizedPositionsAreRead(type: Int, normalized: Bool) throws {
        let largest: Double = type == 5120 ? 127 : type == 5121 ? 255 : type == 5122 ? 32767 : 65535
        var file = File()
        file.componentType = type
        file.normalized = normalized
        file.stride = type <= 5121 ? 4 : 8
        file.positions = []
        for corner in Self.corners {
            for axis in 0..<3 {
                let value = (corner[axis] / 2 * largest).rounded()
                switch type {
                case 5120: file.positions += Self.bytes(Int8(value))
                case 5121: file.positions += Self.bytes(UInt8(value))
                case 5122: file.positions += Self.bytes(Int16(value).littleEndian)
                default: file.positions += Self.bytes(UInt16(value).littleEndian)
                }
            }
            file.positions += [UInt8](repeating: 0xAA, count: type <= 5121 ? 1 : 2)
        }
        let scale = normalized ? 2 : 2 / largest
        file.nodes = #"{"mesh":0,"scale":[\#(scale),\#(scale),\#(scale)]}"#
        file.top = #""extensionsUsed":["KHR_mesh_quantization"],"extensionsRequired":["KHR_mesh_quantization"],"#
        let imported = try importText(file.text, as: "a.gltf")
        let tolerance = 4 / largest
        let topology = MeshTopology(imported.mesh)
        #expect(topology.isWatertight)
        #expect(topology.signedVolume.isApproximately(2, within: 3 * tolerance))
        #expect(imported.mesh.boundingBox?.maximum.x.magnitude.distance(to: 2).magnitude ?? 9 < Float(tolerance))
    }

    @Test(arguments: [true, false])
    func sparseAccessorsAreRead(hasBase: Bool) throws {
        var file = File()
        // All corners are wrong or absent; the sparse part puts those right that are not at the origin.
        file.positions = Self.floats(hasBase ? Self.corners.map { $0 + (($0.x == 2) ? 7 : 0) } : Self.corners)
        let replaced = Self.corners.indices.filter { hasBase ? Self.corners[$0].x == 2 : $0 != 0 }
        var tail = replaced.flatMap { Self.bytes(UInt16($0).littleEndian) }
        while tail.count % 4 != 0 { tail.append(0) }
        let start = file.indexStart + file.indexBytes.count
        file.moreViews =
            #",{"buffer":0,"byteOffset":\#(start),"byteLength":\#(tail.count)},{"buffer":0,"byteOffset":\#(start + tail.count),"byteLength":\#(12 * replaced.count)}"#
        file.tail = tail + Self.floats(replaced.map { Self.corners[$0] })
        file.accessorExtra =
            #","sparse":{"count":\#(replaced.count),"indices":{"bufferView":2,"componentType":5123},"values":{"bufferView":3}}"#
        var text = file.text
        if !hasBase { text = text.replacing(#"{"bufferView":0,"componentType""#, with: #"{"componentType""#) }
        try Self.check(try importText(text, as: "a.gltf"))
    }

    @Test func stripsFansAndListsWithoutIndices() throws {
        func count(_ mode: Int) throws -> Int {
            var file = File()
            file.primitiveExtra = #","mode":\#(mode)"#
            return try importText(file.text.replacing(#","indices":1"#, with: ""), as: "a.gltf").mesh.triangles.count
        }
        #expect(try count(5) == 6)
        #expect(try count(6) == 6)
        #expect(throws: MeshFileError.self) { try count(4) }
        #expect(throws: MeshFileError.self) { try count(0) }
        #expect(throws: MeshFileError.self) { try count(7) }
    }

    // MARK: Nodes

    @Test func instancesAreAllPlaced() throws {
        var file = File()
        let start = file.indexStart + file.indexBytes.count
        file.tail = Self.floats([SIMD3(0, 0, 0), SIMD3(10, 0, 0), SIMD3(0, 20, 0)])
        let half = 0.5.squareRoot()
        for quaternion in [[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, half, half]] {
            for value in quaternion { file.tail += Self.bytes(Float(value).bitPattern.littleEndian) }
        }
        file.moreViews =
            #",{"buffer":0,"byteOffset":\#(start),"byteLength":36},{"buffer":0,"byteOffset":\#(start + 36),"byteLength":48}"#
        file.moreAccessors =
            #",{"bufferView":2,"componentType":5126,"count":3,"type":"VEC3"},{"bufferView":3,"componentType":5126,"count":3,"type":"VEC4"}"#
        file.nodes =
            #"{"mesh":0,"extensions":{"EXT_mesh_gpu_instancing":{"attributes":{"TRANSLATION":2,"ROTATION":3}}}}"#
        file.top = #""extensionsUsed":["EXT_mesh_gpu_instancing"],"extensionsRequired":["EXT_mesh_gpu_instancing"],"#
        // The third one is turned from x to y: from −1 to 0 along x, 20 to 22 along y.
        try Self.check(
            try importText(file.text, as: "a.gltf"), boxes: 3, minimum: SIMD3(-1, 0, 0), maximum: SIMD3(12, 22, 1),
            volume: 6)
    }

    @Test(arguments: [
        #"{"mesh":0,"matrix":[0,1,0,0,-1,0,0,0,0,0,1,0,5,6,7,1]}"#,
        #"{"mesh":0,"rotation":[0,0,0.70710678118654752,0.70710678118654752],"translation":[5,6,7]}"#,
        #"{"children":[1],"translation":[5,6,7]},{"mesh":0,"rotation":[0,0,1,1]}"#,
    ])
    func transformsAreApplied(nodes: String) throws {
        var file = File()
        file.nodes = nodes
        try Self.check(try importText(file.text, as: "a.gltf"), minimum: SIMD3(4, 6, 7), maximum: SIMD3(5, 8, 8))
    }

    /// As geographic tiles have it: floats near zero, the place in a node.
    @Test func aFarNodeKeepsTheShape() throws {
        var file = File()
        file.nodes = #"{"mesh":0,"translation":[500000.125,4600000.375,0.25],"scale":[0.001,0.001,0.001]}"#
        let mesh = try importText(file.text, as: "a.gltf").mesh
        #expect(mesh.vertices.count == 8)
        for index in mesh.vertices.indices {
            let place = (mesh.position(of: index) - SIMD3(500_000.125, 4_600_000.375, 0.25)) * 1000
            #expect(Self.corners.contains { length($0 - place) < 1e-5 })
        }
    }

    // MARK: Extensions

    @Test(arguments: ["EXT_meshopt_compression", "KHR_unheard_of", "MSFT_lod", "KHR_node_visibility"])
    func requiredExtensionsThatAreNotUnderstoodAreErrors(name: String) throws {
        var file = File()
        file.top = #""extensionsUsed":["\#(name)"],"extensionsRequired":["\#(name)"],"#
        #expect(throws: MeshFileError.self) { try importText(file.text, as: "a.gltf") }
        file.top = #""extensionsUsed":["\#(name)"],"#
        let imported = try importText(file.text, as: "a.gltf")
        #expect(imported.summary.notes == ["optional extensions not looked at: \(name)"])
    }

    @Test(arguments: ["KHR_texture_transform", "KHR_materials_unlit", "KHR_lights_punctual", "EXT_texture_webp"])
    func requiredExtensionsOfLooksDoNotMatter(name: String) throws {
        var file = File()
        file.top = #""extensionsUsed":["\#(name)"],"extensionsRequired":["\#(name)"],"#
        let imported = try importText(file.text, as: "a.gltf")
        #expect(imported.summary.notes == [])
    }

    // MARK: Containers

    @Test(arguments: [
        "my%20buffer.bin", "my buffer.bin", "b%C3%BCffer.bin", "büffer.bin", "sub/a.bin", "./a.bin", "100%.bin",
        "50%25.bin",
    ])
    func buffersAreFoundByTheirNames(uri: String) throws {
        try withTemporaryFolder { folder in
            let file = File()
            let name = uri.removingPercentEncoding ?? uri
            try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
            try Data(file.buffer).write(to: URL(fileURLWithPath: folder + "/" + name))
            try Data(file.json(uri: uri).utf8).write(to: URL(fileURLWithPath: folder + "/a.gltf"))
            try Self.check(try MeshImport.load(path: folder + "/a.gltf"))
        }
    }

    @Test func dataURIsAreDecoded() throws {
        let file = File()
        let base64 = Data(file.buffer).base64EncodedString()
        for uri in [
            "data:;base64," + base64, "data:application/gltf-buffer;base64," + base64,
            "data:application/octet-stream;base64," + base64.replacing("=", with: "%3D").replacing("+", with: "%2B"),
        ] {
            try Self.check(try importText(file.json(uri: uri), as: "a.gltf"))
        }
        for uri in ["https://example.org/a.bin", "missing.bin", "data:;base64,AAAA", "data:;base64,!" + base64] {
            #expect(throws: MeshFileError.self) { try importText(file.json(uri: uri), as: "a.gltf") }
        }
    }

    private static func glb(
        _ chunks: [(kind: UInt32, bytes: [UInt8])], pad: Bool = true, extra: Int = 0, head: UInt32 = 2
    ) -> [UInt8] {
        var body: [UInt8] = []
        for chunk in chunks {
            var content = chunk.bytes
            while pad && content.count % 4 != 0 { content.append(chunk.kind == 0x4E4F_534A ? 0x20 : 0) }
            body += bytes(UInt32(content.count).littleEndian) + bytes(chunk.kind.littleEndian) + content
        }
        return Array("glTF".utf8) + bytes(head.littleEndian) + bytes(UInt32(12 + body.count + extra).littleEndian)
            + body
    }

    @Test func binaryContainersAreRead() throws {
        let file = File()
        let json = (kind: UInt32(0x4E4F_534A), bytes: Array(file.json(uri: nil).utf8))
        let binary = (kind: UInt32(0x004E_4942), bytes: file.buffer)
        let other = (kind: UInt32(0x1234_5678), bytes: [1, 2, 3, 4, 5] as [UInt8])
        let zeros = (kind: json.kind, bytes: json.bytes + [0, 0, 0])
        for chunks in [
            [json, binary], [binary, json], [json, other, binary], [other, json, binary], [json, binary, other],
            [zeros, binary],
        ] {
            try Self.check(try importBytes(Self.glb(chunks), as: "a.glb"))
        }
        try Self.check(try importBytes(Self.glb([json, binary], pad: false), as: "a.glb"))
        let behind = try importBytes(Self.glb([json, binary]) + [9, 9, 9], as: "a.glb")
        try Self.check(behind)
        #expect(behind.summary.notes == ["3 bytes behind its declared end were not looked at"])
        // A buffer that is not there, an end beyond the file's, no description, a chunk that is too long.
        #expect(throws: MeshFileError.self) { try importBytes(Self.glb([json]), as: "a.glb") }
        #expect(throws: MeshFileError.self) { try importBytes(Self.glb([json, binary], extra: 8), as: "a.glb") }
        #expect(throws: MeshFileError.self) { try importBytes(Self.glb([binary]), as: "a.glb") }
        #expect(throws: MeshFileError.self) {
            try importBytes(Array(Self.glb([json, binary]).dropLast(40)), as: "a.glb")
        }
    }

    @Test func aMissingBufferChunkIsFilledFromTheDescription() throws {
        let json = (kind: UInt32(0x4E4F_534A), bytes: Array(File().text.utf8))
        try Self.check(try importBytes(Self.glb([json]), as: "a.glb"))
    }

    // MARK: Contradictions

    @Test(arguments: [
        (#""count":8"#, #""count":9"#), (#""count":8"#, #""count":7"#), (#""count":36"#, #""count":37"#),
        (#""count":36"#, #""count":35"#), (#""count":36"#, #""count":1000000000000"#), (#""count":8"#, #""count":-8"#),
        (#""componentType":5125"#, #""componentType":5126"#), (#""componentType":5126"#, #""componentType":5130"#),
        (#""type":"VEC3""#, #""type":"VEC4""#), (#""bufferView":1"#, #""bufferView":4"#),
        (#""buffer":0"#, #""buffer":1"#),
        (#""nodes":[0]"#, #""nodes":[3]"#), (#""nodes":[0]"#, #""nodes":[0,0]"#), (#"{"mesh":0}"#, #"{"mesh":1}"#),
        (#"{"mesh":0}"#, #"{"mesh":0,"children":[0]}"#), (#"{"mesh":0}"#, #"{"mesh":0,"scale":[1,1]}"#),
        (#""byteOffset":96"#, #""byteOffset":960"#), (#""byteOffset":96"#, #""byteOffset":-96"#),
        // Indices with a sign, and what only a later version can read.
        (#""componentType":5125"#, #""componentType":5124"#), (#""componentType":5125"#, #""componentType":5122"#),
        (#""version":"2.0""#, #""version":"3.0""#), (#""version":"2.0""#, #""version":"2.1","minVersion":"2.1""#),
        (
            #""scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}]"#,
            #""nodes":[{"mesh":0,"children":[1]},{"children":[0]}]"#
        ),
        (#""POSITION":0"#, #""POSITION":7"#), (#""scene":0"#, #""scene":5"#), (#"{"asset""#, #"["asset""#),
    ])
    func contradictionsAreErrors(sound: String, broken: String) throws {
        let text = File().text
        #expect(text.contains(sound))
        let changed = text.replacing(sound, with: broken, maxReplacements: 1)
        #expect(throws: MeshFileError.self) { try importText(changed, as: "a.gltf") }
    }

    /// Signed numbers as indices were an arithmetic error where one was below zero.
    @Test func indicesBelowZeroAreErrors() {
        var file = File()
        file.indexType = 5122
        file.indexBytes = Self.indices.flatMap { Self.bytes(Int16(truncatingIfNeeded: Int($0) - 1).littleEndian) }
        #expect(throws: MeshFileError.self) { try importText(file.text, as: "a.gltf") }
    }

    /// A node's weights are its own, whatever the mesh has.
    @Test(arguments: [
        (#"{"mesh":0,"weights":[1]}"#, "", true), (#"{"mesh":0}"#, #","weights":[0.5]"#, true),
        (#"{"mesh":0,"weights":[0]}"#, #","weights":[0.5]"#, false), (#"{"mesh":0}"#, #","weights":[0]"#, false),
    ])
    func weightsOfMorphTargetsAreTold(nodes: String, meshExtra: String, isTold: Bool) throws {
        var file = File()
        file.nodes = nodes
        let text = file.text.replacing("}]}],\"accessors\"", with: "}]\(meshExtra)}],\"accessors\"")
        #expect(meshExtra.isEmpty || text.contains(meshExtra))
        #expect(
            try importText(text, as: "a.gltf").summary.notes
                == (isTold ? ["morph targets with weights are not applied"] : []))
    }

    /// Three hundred parts of one list of positions take the memory of their own vertices.
    @Test func partsThatSharePositionsTakeTheirOwn() throws {
        let text = File().text
        let primitive = #"{"attributes":{"POSITION":0},"indices":1}"#
        #expect(text.contains(primitive))
        let indices = (0..<12).map {
            #"{"bufferView":1,"byteOffset":\#(12 * $0),"componentType":5125,"count":3,"type":"SCALAR"}"#
        }
        let parts = (0..<12).map { #"{"attributes":{"POSITION":0},"indices":\#(2 + $0)}"# }
        let changed = text.replacing(primitive, with: parts.joined(separator: ","))
            .replacing(#""type":"SCALAR"}]"#, with: #""type":"SCALAR"},"# + indices.joined(separator: ",") + "]")
        try Self.check(try importText(changed, as: "a.gltf"))
    }

    /// A few bytes ask for any number of zeros, or of triangles that are left to Assimp.
    @Test func hugeCountsTakeNoMemory() {
        let zeros = #"{"componentType":5126,"count":66000000,"type":"VEC3"}"#
        let parts = [String](repeating: #"{"attributes":{"POSITION":0}}"#, count: 12).joined(separator: ",")
        let text =
            #"{"asset":{"version":"2.0"},"nodes":[{"mesh":0}],"meshes":[{"primitives":[\#(parts)]}],"accessors":[\#(zeros)]}"#
        #expect(throws: MeshFileError.self) { try importText(text, as: "a.gltf") }
        let draco = text.replacing("66000000", with: "9223372036854775807").replacing("}}", with: #"},"mode":5}"#)
            .replacing(#""nodes""#, with: #""extensionsRequired":["KHR_draco_mesh_compression"],"nodes""#)
        #expect(throws: MeshFileError.self) { try importText(draco, as: "a.gltf") }
    }

    @Test func boundsThatTheDataDoesNotReachAreTold() throws {
        var file = File()
        file.accessorExtra = #","min":[0,0,0],"max":[2,1,1]"#
        #expect(try importText(file.text, as: "a.gltf").summary.notes == [])
        file.accessorExtra = #","min":[0,0,0],"max":[2,2,1]"#
        #expect(
            try importText(file.text, as: "a.gltf").summary.notes
                == ["positions do not reach the bounds that the file declares for them"])
    }
}
