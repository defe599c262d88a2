/// What slicers say of the volumes of a 3MF file in a part of their own: which are the shape, and which only tell where other
/// settings or supports go.
///
/// PrusaSlicer and SuperSlicer write `Metadata/Slic3r_PE_model.config`, with ranges of an object's triangles; Bambu Studio
/// and OrcaSlicer `Metadata/model_settings.config`, with an object's components.
struct SlicerRoles {
    enum Role: Equatable {
        case shape
        /// Not part of the shape: a modifier's region, a support's.
        case region
        /// To be cut out of the shape.
        case negative

        /// By the words of any of the slicers.
        init(_ word: String) {
            switch word {
            case "NegativeVolume", "negative_part": self = .negative
            case "ParameterModifier", "SupportEnforcer", "SupportBlocker", "modifier_part", "support_enforcer",
                "support_blocker":
                self = .region
            default: self = .shape
            }
        }
    }

    private struct Range {
        var triangles: ClosedRange<Int>
        var role: Role
    }

    private struct Component: Hashable {
        var object: String
        var part: String
    }

    private var ranges: [String: [Range]] = [:]
    private var components: [Component: Role] = [:]

    private static let names = ["Metadata/Slic3r_PE_model.config", "Metadata/model_settings.config"]

    init(_ file: SourceFile, _ archive: ZipArchive) throws(MeshFileError) {
        for name in Self.names where archive.contains(name) {
            let document = XmlScanner(try archive.content(of: name))
            do throws(XmlScanner.Failure) {
                try read(document)
            } catch {
                throw file.malformed("its part \(name): \(error.reason)")
            }
        }
    }

    private mutating func read(_ document: XmlScanner) throws(XmlScanner.Failure) {
        var scanner = document
        var object = ""
        var triangles: ClosedRange<Int>?
        while let event = try scanner.next() {
            guard case .start(let name) = event else { continue }
            switch name {
            case "object":
                object = scanner.attribute("id") ?? ""
                triangles = nil
            case "part":
                let part = Component(object: object, part: scanner.attribute("id") ?? "")
                components[part] = Role(scanner.attribute("subtype") ?? "")
            case "volume":
                triangles = nil
                if let first = scanner.attribute("firstid").flatMap({ Int($0) }),
                    let last = scanner.attribute("lastid").flatMap({ Int($0) }), 0 <= first, first <= last, last < .max
                {
                    triangles = first...last
                }
            case "metadata":
                let value = scanner.attribute("value") ?? ""
                let role: Role =
                    switch scanner.attribute("key") {
                    case "volume_type": Role(value)
                    // Before 2.0 there was one kind.
                    case "modifier": value == "1" ? .region : .shape
                    default: .shape
                    }
                if role != .shape, let triangles {
                    ranges[object, default: []].append(Range(triangles: triangles, role: role))
                }
            default: break
            }
        }
    }

    /// Of a component within an object.
    func role(ofPart part: String, in object: String) -> Role {
        components[Component(object: object, part: part)] ?? .shape
    }

    /// - Returns: the triangles of an object that are its shape, how many regions were left out, and whether any volume is to
    ///   be cut out of the others.
    func shape(
        of object: String, _ triangles: [SIMD3<UInt32>]
    ) -> (triangles: [SIMD3<UInt32>], regionCount: Int, hasNegative: Bool) {
        guard let ranges = ranges[object] else { return (triangles, 0, false) }
        var isKept = [Bool](repeating: true, count: triangles.count)
        for range in ranges {
            for index in triangles.indices.clamped(to: range.triangles.lowerBound..<range.triangles.upperBound + 1) {
                isKept[index] = false
            }
        }
        return (
            zip(triangles, isKept).filter(\.1).map(\.0), ranges.count { $0.role == .region },
            ranges.contains { $0.role == .negative }
        )
    }
}
