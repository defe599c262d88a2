import Core
import Geometry

/// 3MF: what the build section places, with components, transforms and parts in other files of the archive.
///
/// After the 3MF Consortium's core specification 1.3 and its production extension 1.1. Extensions that only add colours,
/// materials or slices to the same triangles are passed over; one that the file requires and that changes the shape is an
/// error. Supports and slicers' modifier regions are left out and counted; a volume that a slicer would cut out of the others is
/// an error. See ``SlicerRoles``.
enum ThreeMFReader {
    static func read(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> RawMesh {
        let archive = try ZipArchive(file)
        var package = try ThreeMFPackage(file, archive)
        let root = try package.rootModelName()
        return try package.scene(of: root)
    }
}

/// An object or a component of a 3MF model.
struct ThreeMFObject {
    struct Component {
        /// The model file that holds the object; nil for the component's own.
        var path: String?
        var objectID: String
        var transform: NodeTransform
    }

    var kind = "model"
    var positions: [SIMD3<Double>] = []
    var triangles: [SIMD3<UInt32>] = []
    var components: [Component] = []
}

/// One model file of the archive.
struct ThreeMFModel {
    var unit = LengthUnit.millimeter
    var objects: [String: ThreeMFObject] = [:]
    var items: [ThreeMFObject.Component] = []
    var notes: [String] = []
}

/// The model files of an archive, read when they are first referred to.
private struct ThreeMFPackage {
    private let file: SourceFile
    private let archive: ZipArchive
    private var models: [String: ThreeMFModel] = [:]
    private var assembly: SceneAssembly
    private var visitCount = 0
    private var supportCount = 0
    private var regionCount = 0
    private let roles: SlicerRoles

    /// Components within components beyond this are taken for a circle.
    private static let deepest = 64
    /// A few components can ask for any number of objects, each placing the next one twice.
    private static let mostVisits = 1 << 20

    init(_ file: SourceFile, _ archive: ZipArchive) throws(MeshFileError) {
        self.file = file
        self.archive = archive
        roles = try SlicerRoles(file, archive)
        assembly = SceneAssembly(path: file.path)
    }

    /// The start part that the package's relations name.
    func rootModelName() throws(MeshFileError) -> String {
        if archive.contains("_rels/.rels") {
            var scanner = XmlScanner(try archive.content(of: "_rels/.rels"))
            do throws(XmlScanner.Failure) {
                while let event = try scanner.next() {
                    guard case .start(let name) = event, XmlScanner.local(name) == "Relationship",
                        let type = scanner.attribute("Type"), type.hasSuffix("/3dmodel"),
                        let target = scanner.attribute("Target")
                    else { continue }
                    // A reference as in the web; some writers leave it as the part's name.
                    let decoded = String(decoding: GltfContainer.percentDecoded(target.utf8[...]), as: UTF8.self)
                    return archive.contains(decoded.hasPrefix("/") ? String(decoded.dropFirst()) : decoded)
                        ? decoded : target
                }
            } catch {
                throw file.malformed("its part _rels/.rels: \(error.reason)")
            }
        }
        if let name = archive.names.first(where: { $0.lowercased().hasSuffix(".model") }) { return name }
        throw file.malformed("it holds no 3D model")
    }

    mutating func scene(of root: String) throws(MeshFileError) -> RawMesh {
        let model = try model(named: root)
        assembly.summary.format = "3MF"
        assembly.summary.unit = model.unit
        // Without a build section everything that nothing refers to is placed as it stands.
        var items = model.items
        if items.isEmpty {
            let used = Set(model.objects.values.flatMap(\.components).map(\.objectID))
            items = model.objects.keys.sorted().filter { !used.contains($0) && model.objects[$0]?.kind != "other" }
                .map { ThreeMFObject.Component(path: nil, objectID: $0, transform: .identity) }
            if !items.isEmpty { assembly.summary.notes.append("it names nothing to build: all its objects were taken") }
        }
        for item in items { try add(item, from: root, .identity, depth: 0) }
        assembly.summary.notes += model.notes
        if supportCount > 0 { assembly.summary.notes.append("\(supportCount) support objects were left out") }
        if regionCount > 0 {
            assembly.summary.notes.append("\(regionCount) modifier or support regions of a slicer were left out")
        }
        return assembly.rawMesh()
    }

    private mutating func model(named name: String) throws(MeshFileError) -> ThreeMFModel {
        let key = name.hasPrefix("/") ? String(name.dropFirst()) : name
        if let known = models[key] { return known }
        let model = try ThreeMFModelReader(file, name: key, bytes: try archive.content(of: key)).read()
        models[key] = model
        return model
    }

    private mutating func add(
        _ component: ThreeMFObject.Component, from modelName: String, _ outer: NodeTransform, depth: Int
    ) throws(MeshFileError) {
        visitCount += 1
        guard depth < Self.deepest, visitCount < Self.mostVisits else {
            throw file.malformed("its components contain themselves, or far too many others")
        }
        let name = component.path ?? modelName
        let model = try model(named: name)
        guard model.unit == assembly.summary.unit else {
            throw file.unsupported("parts in different units (\(name) is in \(model.unit.rawValue))")
        }
        guard let object = model.objects[component.objectID] else {
            throw file.malformed("it refers to object \(component.objectID) of \(name), which is not there")
        }
        if object.kind == "support" || object.kind == "solidsupport" {
            supportCount += 1
            return
        }
        guard object.kind != "other" || depth > 0 else {
            throw file.malformed("it places object \(component.objectID) of the type \"other\", which is none to build")
        }
        let transform = outer * component.transform
        let shape = roles.shape(of: component.objectID, object.triangles)
        regionCount += shape.regionCount
        if shape.hasNegative { throw Self.negativeVolume(file) }
        if !shape.triangles.isEmpty {
            assembly.summary.partCount += 1
            if transform.isMirroring { assembly.summary.mirroredPartCount += 1 }
            try assembly.add(
                positions: object.positions, corners: shape.triangles, transform: transform, isSingle: false)
        }
        for inner in object.components {
            switch roles.role(ofPart: inner.objectID, in: component.objectID) {
            case .shape: try add(inner, from: name, transform, depth: depth + 1)
            case .region: regionCount += 1
            case .negative: throw Self.negativeVolume(file)
            }
        }
    }

    private static func negativeVolume(_ file: SourceFile) -> MeshFileError {
        file.unsupported("a volume that the slicer cuts out of the others (cut it there, and export the result)")
    }
}

/// Reads one model file.
private struct ThreeMFModelReader {
    private let file: SourceFile
    private let name: String
    private var scanner: XmlScanner
    private var model = ThreeMFModel()
    private var object: (id: String, content: ThreeMFObject)?
    /// Of namespaces that are none of the 3MF Consortium's.
    private var foreignPrefixes: Set<String> = []
    /// How many elements were open around one of such a namespace, in which names mean what its owner likes.
    private var foreignDepth: Int?

    /// Namespaces whose extensions leave the triangles what they are: core, production, slices beside a full mesh,
    /// materials, sets of triangles.
    private static let harmless = [
        "/core/", "/production/", "/slice/", "/material/", "/trianglesets/",
    ]

    init(_ file: SourceFile, name: String, bytes: [UInt8]) {
        self.file = file
        self.name = name
        scanner = XmlScanner(bytes)
    }

    consuming func read() throws(MeshFileError) -> ThreeMFModel {
        var hasModel = false
        while let event = try nextEvent() {
            if let foreignDepth {
                if scanner.open.count == foreignDepth { self.foreignDepth = nil }
                continue
            }
            switch event {
            case .start(let name):
                if scanner.open.count == 1 {
                    guard XmlScanner.local(name) == "model" else {
                        throw malformed("its root is <\(name)>, not <model>")
                    }
                    hasModel = true
                    try readModel()
                } else if isForeign(name) {
                    foreignDepth = scanner.open.count - 1
                } else {
                    try readElement(name)
                }
            case .end(let name):
                if XmlScanner.local(name) == "object", let object {
                    try checkIndices(of: object.content)
                    model.objects[object.id] = object.content
                    self.object = nil
                }
            }
        }
        guard hasModel else { throw malformed("it is empty") }
        return model
    }

    private mutating func nextEvent() throws(MeshFileError) -> XmlScanner.Event? {
        do throws(XmlScanner.Failure) {
            return try scanner.next()
        } catch {
            throw malformed(error.reason)
        }
    }

    private func malformed(_ reason: String) -> MeshFileError { file.malformed("its part \(name): \(reason)") }

    private mutating func readModel() throws(MeshFileError) {
        for (prefix, namespace) in scanner.namespaces where !prefix.isEmpty && Self.isForeign(namespace) {
            foreignPrefixes.insert(prefix)
        }
        if let unit = scanner.attribute("unit") {
            guard let known = LengthUnit(rawValue: unit) else { throw malformed("it has the unknown unit \"\(unit)\"") }
            model.unit = known
        }
        for (attribute, isRequired) in [("requiredextensions", true), ("recommendedextensions", false)] {
            for prefix in (scanner.attribute(attribute) ?? "").split(whereSeparator: \.isWhitespace) {
                guard let namespace = scanner.attribute("xmlns:\(prefix)") else {
                    throw malformed("it names the extension \(prefix) without saying which that is")
                }
                if Self.harmless.contains(where: namespace.contains) { continue }
                if isRequired { throw file.unsupported("the 3MF extension \(namespace), which it requires") }
                model.notes.append("optional extension not looked at: \(namespace)")
            }
        }
    }

    private static func isForeign(_ namespace: String) -> Bool {
        !namespace.contains("schemas.microsoft.com/3dmanufacturing/") && !namespace.contains("schemas.3mf.io/")
    }

    /// Whether the element just met is of a namespace that somebody else defines.
    private func isForeign(_ element: String) -> Bool {
        let prefix = XmlScanner.prefix(element)
        let own = scanner.namespaces.first { $0.prefix == prefix }
        return own.map { Self.isForeign($0.namespace) } ?? foreignPrefixes.contains(prefix)
    }

    private mutating func readElement(_ element: String) throws(MeshFileError) {
        switch XmlScanner.local(element) {
        case "vertex": try readVertex()
        case "triangle": try readTriangle()
        case "object":
            guard let id = scanner.attribute("id") else { throw malformed("an object has no id") }
            guard model.objects[id] == nil else { throw malformed("it has two objects \(id)") }
            var content = ThreeMFObject()
            content.kind = scanner.attribute("type") ?? "model"
            if scanner.attribute(local: "meshresolution") == "lowres" {
                throw file.unsupported("an object given as slices alone")
            }
            if let resolution = scanner.attribute(local: "modelresolution"), resolution != "fullres" {
                throw file.unsupported("an object that stands for another of full resolution (\"\(resolution)\")")
            }
            object = (id, content)
        case "component":
            let part = try component()
            object?.content.components.append(part)
        case "item":
            model.items.append(try component())
        case "beamlattice":
            throw file.unsupported("a beam lattice")
        case "booleanshape", "levelset", "volumetricstack", "displacementmesh":
            throw file.unsupported("an object of the kind \(XmlScanner.local(element))")
        default: break
        }
    }

    private mutating func readVertex() throws(MeshFileError) {
        guard object != nil else { return }
        guard let x = scanner.number("x"), let y = scanner.number("y"), let z = scanner.number("z") else {
            throw malformed("a vertex has no numbers x, y and z")
        }
        object?.content.positions.append(SIMD3(x, y, z))
    }

    private mutating func readTriangle() throws(MeshFileError) {
        guard object != nil else { return }
        var corners = SIMD3<UInt32>()
        for (side, name) in ["v1", "v2", "v3"].enumerated() {
            guard let value = scanner.number(name), let vertex = UInt32(exactly: value) else {
                throw malformed("a triangle has no vertices v1, v2 and v3")
            }
            corners[side] = vertex
        }
        object?.content.triangles.append(corners)
    }

    private func checkIndices(of object: ThreeMFObject) throws(MeshFileError) {
        let count = object.positions.count
        if let triangle = object.triangles.first(where: { $0.max() >= count }) {
            throw .indexOutOfRange(path: file.path, index: Int(triangle.max()), vertexCount: count)
        }
    }

    private func component() throws(MeshFileError) -> ThreeMFObject.Component {
        guard let id = scanner.attribute("objectid") else { throw malformed("a component has no objectid") }
        return ThreeMFObject.Component(
            path: scanner.attribute(local: "path"), objectID: id, transform: try transform())
    }

    /// Twelve numbers: the images of the axes, then the translation. The format's vectors are rows.
    private func transform() throws(MeshFileError) -> NodeTransform {
        guard let text = scanner.attribute("transform") else { return .identity }
        // A word that is no number makes a NaN.
        let m = text.split(whereSeparator: \.isWhitespace).map { Double($0) ?? .nan }
        guard m.count == 12, m.allSatisfy(\.isFinite) else {
            throw malformed("a transform does not have twelve numbers")
        }
        return NodeTransform(
            rows: (SIMD3(m[0], m[3], m[6]), SIMD3(m[1], m[4], m[7]), SIMD3(m[2], m[5], m[8])),
            translation: SIMD3(m[9], m[10], m[11]))
    }
}
