import Core

/// The counts, references and the unit of a Collada document.
struct ColladaDeclaration {
    private static let primitives: Set<String> = ["triangles", "polylist", "polygons", "trifans", "tristrips"]
    /// More faces than any file holds; sums stop there, whatever a document declares.
    private static let mostFaces = 1 << 40

    private let file: SourceFile
    private var scanner: XmlScanner
    /// Geometries and controllers.
    private var known: Set<String> = []
    /// Faces of each geometry.
    private var faces: [String: Int] = [:]
    /// Geometries of a kind that Assimp passes over, with its name.
    private var passedOver: [String: String] = [:]
    /// The geometry that each controller moves.
    private var moved: [String: String] = [:]
    /// Controllers that bend a geometry by bones.
    private var skins: Set<String> = []
    /// Geometries and controllers that each scene shows, once for each time; nil for those of other documents.
    private var shown: [String: [String?]] = [:]
    private var scene: String?
    private var unit: LengthUnit?
    /// Of the primitive that is being read.
    private var inputOffsets: Set<String> = []

    /// nil for a document that cannot be gone through.
    ///
    /// - Throws: for faces of vertices below 0, which Assimp leaves out.
    init?(_ file: SourceFile) throws(MeshFileError) {
        self.file = file
        scanner = XmlScanner(file.bytes)
        var (geometry, controller, visualScene) = ("", "", "")
        while true {
            let next: XmlScanner.Event?
            do throws(XmlScanner.Failure) { next = try scanner.next() } catch { return nil }
            guard let next else { return }
            guard case .start(let name) = next else { continue }
            switch XmlScanner.local(name) {
            case "geometry":
                geometry = scanner.attribute("id") ?? ""
                known.insert(geometry)
            case "convex_mesh", "brep": passedOver[geometry] = XmlScanner.local(name)
            case "controller":
                controller = scanner.attribute("id") ?? ""
                known.insert(controller)
            case "visual_scene": visualScene = scanner.attribute("id") ?? ""
            case "skin", "morph":
                moved[controller] = Self.reference(scanner.attribute("source"))
                if XmlScanner.local(name) == "skin" { skins.insert(controller) }
            case "instance_geometry", "instance_controller":
                // What a library's nodes show is shown where they are instanced, if anywhere.
                if scanner.open.contains("visual_scene") {
                    shown[visualScene, default: []].append(Self.reference(scanner.attribute("url")))
                }
            case "instance_visual_scene": scene = Self.reference(scanner.attribute("url"))
            case "unit": unit = scanner.number("meter").flatMap(LengthUnit.init(meters:))
            case "input": inputOffsets.insert(scanner.attribute("offset") ?? "")
            case "p" where inputOffsets.count == 1 && scanner.textInside.contains(UInt8(ascii: "-")):
                // Beside other inputs a number below zero may be that of a texture's coordinate.
                throw file.malformed("a face of \(geometry) refers to a vertex below 0")
            case let primitive where Self.primitives.contains(primitive):
                inputOffsets = []
                let count = max(Int(saturating: scanner.number("count") ?? 0), 0)
                faces[geometry] = min(faces[geometry, default: 0] + min(count, Self.mostFaces), Self.mostFaces)
            default: break
            }
        }
    }

    private static func reference(_ url: String?) -> String? {
        guard let url, url.hasPrefix("#") else { return nil }
        return String(url.dropFirst())
    }

    /// What the document's scene shows.
    ///
    /// - Throws: when that is not in the document, or of a kind that is not read.
    func declaration() throws(MeshFileError) -> FileDeclaration {
        var declaration = FileDeclaration(leastFaces: 0)
        declaration.unit = unit
        for name in scene.flatMap({ shown[$0] }) ?? [] {
            guard let name else { throw file.unsupported("a part that is in another document") }
            guard known.contains(name) else { throw file.malformed("its scene shows \(name), which is not there") }
            let geometry = moved[name] ?? name
            if let kind = passedOver[geometry] { throw file.unsupported("a shape given as <\(kind)>") }
            if skins.contains(name) && declaration.notes.isEmpty {
                declaration.notes.append("skins are not applied: the shape is the one before them")
            }
            declaration.leastFaces = min(declaration.leastFaces + faces[geometry, default: 0], Self.mostFaces)
        }
        return declaration
    }
}
