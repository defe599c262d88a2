import Core

/// What a file that Assimp reads says of itself, as far as that can be told without reading its geometry.
package struct FileDeclaration {
    /// Faces that the scene must have at least: each polygon is one, however many triangles it becomes.
    package private(set) var leastFaces = 0
    /// The unit of its coordinates; nil where it does not say one that is known.
    package private(set) var unit: LengthUnit?

    /// Of a Collada document or a 3DS file; nil for other formats, and where it cannot be told, as in a document of other
    /// encodings.
    ///
    /// - Parameters:
    ///   - bytes: the file's.
    ///   - path: whose extension tells the format.
    package init?(_ bytes: [UInt8], path: String) {
        switch MeshFormat.fileExtension(of: path) {
        case "dae":
            guard let declared = try? ColladaDeclaration(bytes) else { return nil }
            self.init(leastFaces: declared.leastFaces, unit: declared.unit)
        case "3ds": self.init(of3DS: bytes)
        default: return nil
        }
    }

    private init(leastFaces: Int, unit: LengthUnit?) {
        self.leastFaces = leastFaces
        self.unit = unit
    }

    // MARK: 3DS

    private enum Chunk {
        static let main: UInt16 = 0x4d4d, editor: UInt16 = 0x3d3d, object: UInt16 = 0x4000
        static let triangles: UInt16 = 0x4100, faces: UInt16 = 0x4120
        static let headerSize = 6
    }

    /// The faces of all objects. A chunk is an identifier (2 bytes), its length with this header (4), and what it holds.
    private init?(of3DS bytes: [UInt8]) {
        func number(_ place: Int, bytes width: Int) -> Int {
            (0..<width).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        var total = 0
        // Ranges of chunks that are still to be gone through.
        var pending = [0..<bytes.count]
        while let range = pending.popLast() {
            var place = range.lowerBound
            while place + Chunk.headerSize <= range.upperBound {
                let identifier = UInt16(number(place, bytes: 2))
                let end = place + number(place + 2, bytes: 4)
                guard end >= place + Chunk.headerSize, end <= range.upperBound else { return nil }
                var inside = place + Chunk.headerSize
                switch identifier {
                case Chunk.main, Chunk.editor, Chunk.triangles: pending.append(inside..<end)
                case Chunk.object:
                    // Its name, which a zero ends.
                    while inside < end, bytes[inside] != 0 { inside += 1 }
                    if inside < end { pending.append(inside + 1..<end) }
                case Chunk.faces:
                    guard inside + 2 <= end else { return nil }
                    total += number(inside, bytes: 2)
                default: break
                }
                place = end
            }
        }
        leastFaces = total
    }
}

/// The counts and the unit of a Collada document.
private struct ColladaDeclaration {
    private static let primitives: Set<String> = ["triangles", "polylist", "polygons", "trifans", "tristrips"]
    /// More faces than any file holds; sums stop there, whatever a document declares.
    private static let mostFaces = 1 << 40

    /// Faces of each geometry.
    private var faces: [String: Int] = [:]
    /// The geometry that each controller moves.
    private var skins: [String: String] = [:]
    /// Geometries and controllers that each scene shows, once for each time.
    private var shown: [String: [String]] = [:]
    private var scene: String?
    private(set) var unit: LengthUnit?

    init(_ bytes: [UInt8]) throws {
        var scanner = XmlScanner(bytes)
        var (geometry, controller, visualScene) = ("", "", "")
        while let event = try scanner.next() {
            guard case .start(let name) = event else { continue }
            switch XmlScanner.local(name) {
            case "geometry": geometry = scanner.attribute("id") ?? ""
            case "controller": controller = scanner.attribute("id") ?? ""
            case "visual_scene": visualScene = scanner.attribute("id") ?? ""
            case "skin", "morph": skins[controller] = Self.reference(scanner.attribute("source"))
            case "instance_geometry", "instance_controller":
                // What a library's nodes show is shown where they are instanced, if anywhere.
                if scanner.open.contains("visual_scene"), let url = Self.reference(scanner.attribute("url")) {
                    shown[visualScene, default: []].append(url)
                }
            case "instance_visual_scene": scene = Self.reference(scanner.attribute("url"))
            case "unit": unit = scanner.number("meter").flatMap(LengthUnit.init(meters:))
            case let primitive where Self.primitives.contains(primitive):
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

    /// Those of what the document's scene shows.
    var leastFaces: Int {
        (scene.flatMap { shown[$0] } ?? []).reduce(0) { total, name in
            min(total + (faces[name] ?? skins[name].flatMap { faces[$0] } ?? 0), Self.mostFaces)
        }
    }
}
