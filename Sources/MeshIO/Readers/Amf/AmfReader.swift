import Core
import Geometry

/// AMF (ISO/ASTM 52915), as text or zipped: the volumes of all objects, where constellations place them.
///
/// Objects and constellations that no constellation refers to are taken as they stand. Volumes that are supports are left out and
/// counted. Curved triangles are taken as flat, with a note. An instance turns about x, then y, then z, and then moves.
enum AmfReader {
    static func read(_ file: SourceFile, workers: Workers) throws(MeshFileError) -> RawMesh {
        var bytes = file.bytes
        if file.begins(with: "PK") {
            let archive = try ZipArchive(file)
            guard let name = archive.names.first(where: { $0.lowercased().hasSuffix(".amf") }) else {
                throw file.malformed("its archive holds no AMF file")
            }
            bytes = try archive.content(of: name)
        }
        return try AmfDocument(file, bytes).rawMesh()
    }
}

/// Reads a document, element by element.
private struct AmfDocument {
    private struct Object {
        var positions: [SIMD3<Double>] = []
        var triangles: [SIMD3<UInt32>] = []
    }

    /// An object or a constellation in a constellation.
    private struct Instance {
        var objectID = ""
        var translation = SIMD3<Double>.zero
        /// Degrees about each axis.
        var rotation = SIMD3<Double>.zero
    }

    private let file: SourceFile
    private var scanner: XmlScanner
    private var unit = LengthUnit.millimeter
    private var objects: [String: Object] = [:]
    private var constellations: [String: [Instance]] = [:]
    /// Objects and constellations, as the file has them.
    private var order: [String] = []
    private var supportCount = 0
    private var hasCurves = false

    // What is being read.
    private var id = ""
    private var isSupport = false
    private var position = SIMD3<Double>(repeating: .nan)
    private var corners: [UInt32?] = [nil, nil, nil]
    private var instance = Instance()

    /// Constellations within constellations beyond this are taken for a circle.
    private static let deepest = 64
    private static let mostVisits = 1 << 20

    init(_ file: SourceFile, _ bytes: [UInt8]) throws(MeshFileError) {
        self.file = file
        scanner = XmlScanner(bytes)
        try readElements()
    }

    private mutating func readElements() throws(MeshFileError) {
        var hasRoot = false
        while true {
            let event: XmlScanner.Event?
            do throws(XmlScanner.Failure) { event = try scanner.next() } catch { throw file.malformed(error.reason) }
            switch event {
            case nil:
                guard hasRoot else { throw file.malformed("it is empty") }
                return
            case .start(let name)?:
                if scanner.open.count == 1 {
                    guard name.lowercased() == "amf" else { throw file.malformed("its root is <\(name)>, not <amf>") }
                    hasRoot = true
                    try readUnit()
                } else {
                    try begin(name)
                }
            case .end(let name)?: try end(name)
            }
        }
    }

    private mutating func readUnit() throws(MeshFileError) {
        guard let word = scanner.attribute("unit") ?? scanner.attribute("units") else { return }
        switch word.lowercased() {
        case "feet": unit = .foot
        case let word:
            guard let known = LengthUnit(rawValue: word) else {
                throw file.malformed("it has the unknown unit \"\(word)\"")
            }
            unit = known
        }
    }

    private mutating func begin(_ name: String) throws(MeshFileError) {
        switch name {
        case "object", "constellation":
            guard let id = scanner.attribute("id") else { throw file.malformed("an \(name) has no id") }
            guard objects[id] == nil, constellations[id] == nil else {
                throw file.malformed("two objects are called \(id)")
            }
            self.id = id
            order.append(id)
            if name == "object" { objects[id] = Object() } else { constellations[id] = [] }
        case "volume":
            isSupport = scanner.attribute("type") == "support"
            if isSupport { supportCount += 1 }
        case "vertex": position = SIMD3(repeating: .nan)
        case "x" where isIn("coordinates"): position.x = try number()
        case "y" where isIn("coordinates"): position.y = try number()
        case "z" where isIn("coordinates"): position.z = try number()
        case "normal" where isIn("vertex"), "edge": hasCurves = true
        case "triangle": corners = [nil, nil, nil]
        case "v1" where isIn("triangle"): corners[0] = try index()
        case "v2" where isIn("triangle"): corners[1] = try index()
        case "v3" where isIn("triangle"): corners[2] = try index()
        case "instance":
            guard let id = scanner.attribute("objectid") else { throw file.malformed("an instance has no objectid") }
            instance = Instance(objectID: id)
        case _ where isIn("instance"): try readPlacement(name)
        default: break
        }
    }

    private mutating func readPlacement(_ name: String) throws(MeshFileError) {
        switch name {
        case "deltax": instance.translation.x = try number()
        case "deltay": instance.translation.y = try number()
        case "deltaz": instance.translation.z = try number()
        case "rx": instance.rotation.x = try number()
        case "ry": instance.rotation.y = try number()
        case "rz": instance.rotation.z = try number()
        case "metadata", "printable": break
        default:
            // Slicers' own words for sizes and mirrors, of which 1 changes nothing.
            guard try number() == 1 else { throw file.unsupported("<\(name)> of an instance") }
        }
    }

    private mutating func end(_ name: String) throws(MeshFileError) {
        switch name {
        case "vertex":
            guard position.x.isFinite, position.y.isFinite, position.z.isFinite else {
                throw file.malformed("a vertex of object \(id) has no numbers x, y and z")
            }
            objects[id]?.positions.append(position)
        case "triangle" where !isSupport:
            guard let a = corners[0], let b = corners[1], let c = corners[2] else {
                throw file.malformed("a triangle of object \(id) has no vertices v1, v2 and v3")
            }
            objects[id]?.triangles.append(SIMD3(a, b, c))
        case "instance": constellations[id]?.append(instance)
        case "volume": isSupport = false
        case "object": try checkIndices()
        default: break
        }
    }

    private func checkIndices() throws(MeshFileError) {
        guard let object = objects[id] else { return }
        if let triangle = object.triangles.first(where: { $0.max() >= object.positions.count }) {
            throw .indexOutOfRange(path: file.path, index: Int(triangle.max()), vertexCount: object.positions.count)
        }
    }

    /// Whether the element just met is right inside one of this name.
    private func isIn(_ name: String) -> Bool { scanner.open.dropLast().last == name }

    private func number() throws(MeshFileError) -> Double {
        guard let value = scanner.numberInside(), value.isFinite else {
            throw file.malformed("<\(scanner.open.last ?? "")> of object \(id) holds no number")
        }
        return value
    }

    private func index() throws(MeshFileError) -> UInt32 {
        guard let index = UInt32(exactly: try number()) else {
            throw file.malformed("a triangle of object \(id) has a vertex that is no whole number")
        }
        return index
    }

    // MARK: Placing

    consuming func rawMesh() throws(MeshFileError) -> RawMesh {
        var assembly = SceneAssembly(path: file.path)
        assembly.summary.format = "AMF"
        assembly.summary.unit = unit
        let placed = Set(constellations.values.joined().map(\.objectID))
        var visits = 0
        for id in order where !placed.contains(id) { try add(id, .identity, 0, &visits, &assembly) }
        guard visits > 0 || order.isEmpty else { throw file.malformed("its constellations contain themselves") }
        if supportCount > 0 { assembly.summary.notes.append("\(supportCount) support volumes were left out") }
        if hasCurves { assembly.summary.notes.append("curved triangles were taken as flat") }
        return assembly.rawMesh()
    }

    private func add(
        _ id: String, _ transform: NodeTransform, _ depth: Int, _ visits: inout Int, _ assembly: inout SceneAssembly
    ) throws(MeshFileError) {
        visits += 1
        guard depth < Self.deepest, visits < Self.mostVisits else {
            throw file.malformed("its constellations contain themselves, or far too many others")
        }
        if let object = objects[id] {
            guard !object.triangles.isEmpty else { return }
            assembly.summary.partCount += 1
            try assembly.add(
                positions: object.positions, corners: object.triangles, transform: transform, isSingle: false)
            return
        }
        guard let instances = constellations[id] else {
            throw file.malformed("it refers to object \(id), which is not there")
        }
        for instance in instances {
            try add(instance.objectID, transform * Self.transform(of: instance), depth + 1, &visits, &assembly)
        }
    }

    private static func transform(of instance: Instance) -> NodeTransform {
        func turn(_ axis: Int) -> NodeTransform {
            let turns = instance.rotation[axis] / 360
            let (sine, cosine) = sineAndCosine(ofTurns: turns - turns.rounded(.down))
            let (next, last) = ((axis + 1) % 3, (axis + 2) % 3)
            var rows = [SIMD3<Double>](repeating: .zero, count: 3)
            rows[axis][axis] = 1
            rows[next][next] = cosine
            rows[next][last] = -sine
            rows[last][next] = sine
            rows[last][last] = cosine
            return NodeTransform(rows: (rows[0], rows[1], rows[2]), translation: .zero)
        }
        let turned = turn(2) * turn(1) * turn(0)
        return NodeTransform(rows: turned.rows, translation: instance.translation)
    }
}
