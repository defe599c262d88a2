import Core
import Geometry

/// glTF 2.0, text and binary: all meshes of the default scene where its nodes put them.
///
/// Quantised and sparse accessors, strides, triangle strips and fans, and instances of a mesh
/// (`EXT_mesh_gpu_instancing`) are read; an extension that the file requires and that is not understood is an error.
/// Coordinates are the file's: y is up, the unit is the metre. Skins and morph targets are not applied.
enum GltfReader {
    static func read(_ container: GltfContainer) throws(MeshFileError) -> RawMesh {
        var scene = GltfScene(container)
        try scene.addNodes()
        return scene.rawMesh()
    }
}

extension GltfReader {
    /// Triangles that a file declares whose meshes are compressed with Draco, which is left to Assimp; nil for all others.
    ///
    /// - Throws: when it requires more than Assimp understands.
    static func declaredDracoTriangles(_ container: GltfContainer) throws(MeshFileError) -> Int? {
        let draco = "KHR_draco_mesh_compression"
        let required = container.document.extensionsRequired ?? []
        guard required.contains(draco) else { return nil }
        if let other = required.first(where: { $0 != draco && !GltfExtension.isIrrelevant($0) }) {
            throw container.file.unsupported("the glTF extension \(other) together with \(draco)")
        }
        return try GltfScene(container).declaredTriangleCount()
    }
}

/// Walks a glTF file's nodes and gathers their triangles.
private struct GltfScene {
    private let container: GltfContainer
    private let accessors: GltfAccessorReader
    private var assembly: SceneAssembly
    private var file: SourceFile { container.file }
    private var document: GltfDocument { container.document }
    private var hasSkins = false
    private var hasMorphs = false
    private var hasOtherBounds = false
    /// Meshes that were read, by number: several nodes may show one.
    private var primitives: [Int: [Primitive]] = [:]
    private var lastPositions: (accessor: Int, values: [Double])?

    private struct Primitive {
        var positions: [SIMD3<Double>]
        var corners: [SIMD3<UInt32>]
        var isSingle: Bool
    }

    init(_ container: GltfContainer) {
        self.container = container
        accessors = GltfAccessorReader(container: container)
        assembly = SceneAssembly(path: container.file.path)
        assembly.summary.format = container.isBinary ? "glTF 2.0 (binary)" : "glTF 2.0"
        assembly.summary.unit = .meter
        assembly.summary.notes = container.notes
    }

    consuming func rawMesh() -> RawMesh {
        if hasSkins { assembly.summary.notes.append("skins are not applied: the shape is the one before them") }
        if hasOtherBounds {
            assembly.summary.notes.append("positions do not reach the bounds that the file declares for them")
        }
        if hasMorphs { assembly.summary.notes.append("morph targets with weights are not applied") }
        return assembly.rawMesh()
    }

    /// All nodes of the scene that the file shows first; of a file without scenes, all nodes that are no other's child.
    mutating func addNodes() throws(MeshFileError) {
        for (node, transform) in try placedNodes() {
            if let mesh = node.mesh { try add(mesh, of: node, transform) }
        }
    }

    /// Triangles of all primitives that are shown, as their accessors declare.
    func declaredTriangleCount() throws(MeshFileError) -> Int {
        var count = 0
        for (node, _) in try placedNodes() {
            guard let mesh = node.mesh else { continue }
            for primitive in try accessors.item(document.meshes, mesh, "mesh").primitives {
                guard let accessor = primitive.indices ?? primitive.attributes["POSITION"] else { continue }
                let corners = max(try accessors.count(of: accessor), 0)
                let triangles =
                    switch primitive.mode ?? 4 {
                    case 4: corners / 3
                    case 5, 6: max(corners - 2, 0)
                    default: 0
                    }
                let (sum, overflow) = count.addingReportingOverflow(triangles)
                guard !overflow else { throw .tooManyTriangles(path: file.path) }
                count = sum
            }
        }
        return count
    }

    private func placedNodes() throws(MeshFileError) -> [(GltfDocument.Node, NodeTransform)] {
        var placed: [(GltfDocument.Node, NodeTransform)] = []
        let nodes = document.nodes ?? []
        var roots: [Int]
        if let scenes = document.scenes, !scenes.isEmpty {
            roots = try accessors.item(scenes, document.scene ?? 0, "scene").nodes ?? []
        } else {
            let children = Set(nodes.flatMap { $0.children ?? [] })
            roots = nodes.indices.filter { !children.contains($0) }
        }
        var isVisited = [Bool](repeating: false, count: nodes.count)
        // A stack of our own: a file can nest deeper than a thread's stack.
        var pending = roots.reversed().map { ($0, NodeTransform.identity) }
        while let (index, outer) = pending.popLast() {
            let node = try accessors.item(nodes, index, "node")
            guard !isVisited[index] else { throw file.malformed("its node \(index) has two parents") }
            isVisited[index] = true
            let transform = outer * (try localTransform(of: node, index))
            placed.append((node, transform))
            for child in (node.children ?? []).reversed() { pending.append((child, transform)) }
        }
        // Without scenes every node is shown; what no root leads to goes round in a circle.
        if document.scenes?.isEmpty ?? true, let lost = isVisited.firstIndex(of: false) {
            throw file.malformed("its node \(lost) is among its own children")
        }
        return placed
    }

    private func localTransform(of node: GltfDocument.Node, _ index: Int) throws(MeshFileError) -> NodeTransform {
        func list(_ values: [Double]?, _ count: Int) throws(MeshFileError) -> [Double]? {
            guard let values else { return nil }
            guard values.count == count, values.allSatisfy(\.isFinite) else {
                throw file.malformed("the transform of its node \(index) makes no sense")
            }
            return values
        }
        if let m = try list(node.matrix, 16) {
            return NodeTransform(
                rows: (SIMD3(m[0], m[4], m[8]), SIMD3(m[1], m[5], m[9]), SIMD3(m[2], m[6], m[10])),
                translation: SIMD3(m[12], m[13], m[14]))
        }
        let translation = try list(node.translation, 3) ?? [0, 0, 0]
        let rotation = try list(node.rotation, 4) ?? [0, 0, 0, 1]
        let scale = try list(node.scale, 3) ?? [1, 1, 1]
        return NodeTransform(translation: translation, rotation: rotation, scale: scale)
    }

    private mutating func add(
        _ mesh: Int, of node: GltfDocument.Node, _ transform: NodeTransform
    ) throws(MeshFileError) {
        if node.skin != nil { hasSkins = true }
        let parts = try primitives(of: mesh)
        let ownWeights = try accessors.item(document.meshes, mesh, "mesh").weights
        if (node.weights ?? ownWeights ?? []).contains(where: { $0 != 0 }) { hasMorphs = true }
        var placements = [transform]
        if let instancing = node.extensions?.instancing {
            placements = try instances(instancing).map { transform * $0 }
        }
        try assembly.checkRoom(
            vertices: parts.reduce(0) { $0 + $1.positions.count }, triangles: parts.reduce(0) { $0 + $1.corners.count },
            placements: placements.count)
        for placement in placements {
            for part in parts {
                assembly.summary.partCount += 1
                if placement.isMirroring { assembly.summary.mirroredPartCount += 1 }
                try assembly.add(
                    positions: part.positions, corners: part.corners, transform: placement, isSingle: part.isSingle)
            }
        }
    }

    private func instances(_ instancing: GltfDocument.Instancing) throws(MeshFileError) -> [NodeTransform] {
        func values(_ name: String, _ width: Int) throws(MeshFileError) -> [Double]? {
            guard let accessor = instancing.attributes[name] else { return nil }
            return try accessors.numbers(of: accessor, width: width, name: "instances' \(name)")
        }
        let translations = try values("TRANSLATION", 3)
        let rotations = try values("ROTATION", 4)
        let scales = try values("SCALE", 3)
        let counts = [translations.map { $0.count / 3 }, rotations.map { $0.count / 4 }, scales.map { $0.count / 3 }]
            .compactMap { $0 }
        guard let count = counts.first else { return [.identity] }
        guard counts.allSatisfy({ $0 == count }) else {
            throw file.malformed("its instances have different numbers of translations, rotations and scales")
        }
        return (0..<count).map { index in
            NodeTransform(
                translation: translations.map { Array($0[3 * index..<3 * index + 3]) } ?? [0, 0, 0],
                rotation: rotations.map { Array($0[4 * index..<4 * index + 4]) } ?? [0, 0, 0, 1],
                scale: scales.map { Array($0[3 * index..<3 * index + 3]) } ?? [1, 1, 1])
        }
    }

    // MARK: Meshes

    private mutating func primitives(of mesh: Int) throws(MeshFileError) -> [Primitive] {
        if let known = primitives[mesh] { return known }
        let description = try accessors.item(document.meshes, mesh, "mesh")
        var read: [Primitive] = []
        var (vertexCount, triangleCount) = (0, 0)
        for primitive in description.primitives {
            guard let part = try self.primitive(primitive) else { continue }
            vertexCount += part.positions.count
            triangleCount += part.corners.count
            try assembly.checkRoom(vertices: vertexCount, triangles: triangleCount, placements: 1)
            read.append(part)
        }
        primitives[mesh] = read
        return read
    }

    /// nil for points and lines, which are counted.
    private mutating func primitive(_ primitive: GltfDocument.Primitive) throws(MeshFileError) -> Primitive? {
        guard let position = primitive.attributes["POSITION"] else { return nil }
        if primitive.extensions?.draco != nil {
            guard try accessors.hasData(position) else {
                throw file.unsupported("data compressed by KHR_draco_mesh_compression")
            }
        }
        let values = try positions(position)
        let vertexCount = values.count / 3
        var indices: [UInt32]
        if let accessor = primitive.indices {
            indices = try accessors.numbers(of: accessor, width: 1, name: "indices", isIndex: true).map { UInt32($0) }
            if let index = indices.first(where: { $0 >= vertexCount }) {
                throw .indexOutOfRange(path: file.path, index: Int(index), vertexCount: vertexCount)
            }
        } else {
            guard vertexCount < RawMesh.mostTriangles else { throw .tooManyTriangles(path: file.path) }
            indices = Array(0..<UInt32(vertexCount))
        }
        guard let corners = try triangles(indices, mode: primitive.mode ?? 4) else { return nil }
        return Self.primitive(values, corners, isSingle: accessors.isFloat(position))
    }

    /// The numbers of an accessor of positions, which the primitives of a mesh often share.
    private mutating func positions(_ accessor: Int) throws(MeshFileError) -> [Double] {
        if let lastPositions, lastPositions.accessor == accessor { return lastPositions.values }
        let values = try accessors.numbers(of: accessor, width: 3, name: "positions")
        if !accessors.agreesWithBounds(values, of: accessor) { hasOtherBounds = true }
        lastPositions = (accessor, values)
        return values
    }

    /// A part with the vertices that it uses: many primitives may share one list.
    private static func primitive(_ values: [Double], _ corners: [SIMD3<UInt32>], isSingle: Bool) -> Primitive {
        func position(_ vertex: UInt32) -> SIMD3<Double> {
            let start = 3 * Int(vertex)
            return SIMD3(values[start], values[start + 1], values[start + 2])
        }
        let vertexCount = values.count / 3
        guard vertexCount > 3 * corners.count else {
            return Primitive(
                positions: (0..<UInt32(vertexCount)).map(position), corners: corners, isSingle: isSingle)
        }
        var numbers: [UInt32: UInt32] = [:]
        var positions: [SIMD3<Double>] = []
        let renumbered = corners.map { corner in
            var result = SIMD3<UInt32>()
            for side in 0..<3 {
                if let known = numbers[corner[side]] {
                    result[side] = known
                } else {
                    result[side] = UInt32(positions.count)
                    numbers[corner[side]] = result[side]
                    positions.append(position(corner[side]))
                }
            }
            return result
        }
        return Primitive(positions: positions, corners: renumbered, isSingle: isSingle)
    }

    private mutating func triangles(_ indices: [UInt32], mode: Int) throws(MeshFileError) -> [SIMD3<UInt32>]? {
        switch mode {
        case 0: assembly.summary.pointsDropped += indices.count
        case 1: assembly.summary.linesDropped += indices.count / 2
        case 2: assembly.summary.linesDropped += indices.count
        case 3: assembly.summary.linesDropped += max(indices.count - 1, 0)
        case 4:
            guard indices.count % 3 == 0 else {
                throw file.malformed("a list of triangles has \(indices.count) corners, which three do not divide")
            }
            return (0..<indices.count / 3).map { SIMD3(indices[3 * $0], indices[3 * $0 + 1], indices[3 * $0 + 2]) }
        case 5:
            var strip = TriangleStrip()
            return indices.compactMap { strip.add($0) }
        case 6:
            return (0..<max(indices.count - 2, 0)).map { SIMD3(indices[$0 + 1], indices[$0 + 2], indices[0]) }
        default: throw file.malformed("a primitive has the unknown mode \(mode)")
        }
        return nil
    }
}
