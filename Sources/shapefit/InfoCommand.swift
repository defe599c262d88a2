import ArgumentParser
import Core
import Fitting
import Geometry
import Jobs
import MeshIO

/// `shapefit info`: what a mesh file holds and how it hangs together.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract:
            "Say what a mesh file holds, whether it is closed, and how its inside will be told from its outside; or what a model is, how large, and how far its distances can be trusted.",
        discussion: """
            Counts are of the mesh as it is fitted: polygons cut into triangles, identical vertices joined, useless faces \
            dropped. Lengths, areas and volumes are in the file's own units. A model's errors were measured when it was fitted, at points that \
            training never saw.
            """)

    @Argument(
        help:
            "A model (.safetensors, or fields/00000.tar::key of a batch), or a mesh file: obj, ply, stl, off, gltf, glb, fbx, dae, 3ds, x and other formats; - for standard input."
    )
    var mesh: String

    @OptionGroup var inside: SignOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let input = try InputFile(mesh)
        if StoredPath(input.path).isModel {
            let report = ModelReport(try NeuralShape(stored: input.path), path: mesh)
            return try common.report(report, of: "info", text: report.table())
        }
        let imported = try MeshImport.load(path: input.path, isolation: .process(.thisProgram))
        let report = MeshReport(imported, path: mesh, sign: inside.sign ?? .automatic)
        try common.report(report, of: "info", text: report.table())
    }
}

/// What `shapefit info` says about a mesh.
struct MeshReport: Codable {
    struct Box: Codable {
        let minimum: [Double]
        let maximum: [Double]

        init(_ box: BoundingBox, origin: SIMD3<Double>) {
            func values(_ corner: SIMD3<Float>) -> [Double] {
                (0..<3).map { axis in
                    // A float's own digits, where there is nothing to add.
                    origin == .zero
                        ? Double("\(corner[axis])") ?? Double(corner[axis]) : Double(corner[axis]) + origin[axis]
                }
            }
            minimum = values(box.minimum)
            maximum = values(box.maximum)
        }
    }

    let path: String
    let vertices: Int
    let triangles: Int
    let edges: Int
    let components: Int
    let boundaryEdges: Int
    let nonManifoldEdges: Int
    let nonManifoldVertices: Int
    let inconsistentEdges: Int
    let closed: Bool
    let consistentlyOriented: Bool
    let orientable: Bool
    let watertight: Bool
    let insideOut: Bool
    let eulerCharacteristic: Int
    let genus: Int?
    let volume: Double
    let area: Double
    let boundingBox: Box
    let duplicateTriangles: Int
    let zeroAreaTriangles: Int
    /// How inside is told from outside: what ``MeshField`` makes of the method that was asked for.
    let sign: SignMethod
    /// Triangles beside which the winding number decides all the same.
    let doubtfulTriangles: Int
    /// The changes by import.
    let `import`: ImportSummary
    /// The changes that turning outward would make.
    let orientation: OrientationRepair

    init(_ imported: ImportedMesh, path: String, sign: SignMethod) {
        var mesh = imported.mesh
        let topology = MeshTopology(mesh)
        let box = mesh.boundingBox ?? .empty
        self.path = FileName.line(FileName.display(path))
        vertices = topology.vertexCount
        triangles = topology.triangleCount
        edges = topology.edgeCount
        components = topology.componentCount
        boundaryEdges = topology.boundaryEdgeCount
        nonManifoldEdges = topology.nonManifoldEdgeCount
        nonManifoldVertices = topology.nonManifoldVertexCount
        inconsistentEdges = topology.inconsistentEdgeCount
        closed = topology.isClosed
        consistentlyOriented = topology.isConsistentlyOriented
        orientable = topology.isOrientable
        watertight = topology.isWatertight
        insideOut = topology.isInsideOut
        eulerCharacteristic = topology.eulerCharacteristic
        genus = topology.genus
        volume = topology.signedVolume
        area = topology.area
        boundingBox = Box(box, origin: mesh.origin)
        duplicateTriangles = topology.duplicateTriangleCount
        zeroAreaTriangles = topology.zeroAreaTriangleCount
        `import` = imported.summary
        var outward = topology
        orientation = mesh.orientOutward(&outward)
        let field = MeshField(mesh, sign: sign)
        self.sign = field.resolvedSign
        doubtfulTriangles = field.doubtfulTriangleCount
    }

    func table() -> String {
        var rows: [(String, String)] = [
            ("file", path),
            ("format", `import`.format),
            ("unit", `import`.unit.map { $0.rawValue } ?? "the file does not say"),
            ("vertices", "\(vertices)"),
            ("triangles", "\(triangles)"),
            ("components", "\(components)"),
            ("closed", "\(closed ? "yes" : "no"), sign by \(signText)"),
            ("boundary edges", "\(boundaryEdges)"),
            ("non-manifold", "\(nonManifoldEdges) edges, \(nonManifoldVertices) vertices"),
            ("orientation", orientationText),
            ("Euler characteristic", "\(eulerCharacteristic)"),
            ("genus", genus.map { "\($0)" } ?? "not defined (not a closed orientable manifold)"),
            ("volume", closed ? "\(Self.digits(volume))" : "\(Self.digits(volume)) (open: of no meaning)"),
            ("area", Self.digits(area)),
            ("bounding box", Self.text(boundingBox)),
            ("removed on import", removedText),
        ]
        if duplicateTriangles > 0 {
            rows.append(("repeated triangles", "\(duplicateTriangles) (kept: they face apart)"))
        }
        if zeroAreaTriangles > 0 {
            rows.append(("zero-area triangles", "\(zeroAreaTriangles) (kept: their neighbours need them)"))
        }
        rows += `import`.notes.map { ("note", $0) }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0.padded(to: width + 2) + $0.1 }
            .joined(separator: "\n")
    }

    private var signText: String {
        let method = sign == .winding ? "winding number" : sign.rawValue
        return doubtfulTriangles == 0
            ? method
            : "\(method), by winding number beside \(doubtfulTriangles) triangles that intersect or lie inside others"
    }

    private var orientationText: String {
        var text = consistentlyOriented ? "consistent" : "\(inconsistentEdges) edges between triangles that face apart"
        if !orientable { text += "; not orientable" }
        if orientation.turnedPatchCount > 0 {
            text += "; inside out: a fit turns \(orientation.turnedTriangleCount) triangles around"
        }
        if orientation.cavityCount > 0 { text += "; \(orientation.cavityCount) cavities" }
        if orientation.ambiguousPatchCount > 0 { text += "; \(orientation.ambiguousPatchCount) parts in doubt, left" }
        return text
    }

    private var removedText: String {
        let counts = [
            (`import`.pointsDropped, "points"), (`import`.linesDropped, "lines"),
            (`import`.degenerateTrianglesDropped, "degenerate triangles"),
            (`import`.duplicateTrianglesDropped, "repeated triangles"),
        ]
        let texts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return texts.isEmpty ? "nothing" : texts.joined(separator: ", ")
    }

    private static func text(_ box: Box) -> String {
        func list(_ values: [Double]) -> String { "(" + values.map { "\($0)" }.joined(separator: ", ") + ")" }
        return "\(list(box.minimum)) to \(list(box.maximum))"
    }

    private static func digits(_ value: Double) -> String { String(printf: "%.7g", value) }
}
