import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

/// AMF documents put together from a box of 2 × 1 × 1.
@Suite struct AmfReaderTests {
    private static let corners = [
        (0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0), (0, 0, 1), (2, 0, 1), (2, 1, 1), (0, 1, 1),
    ]
    private static let faces = [
        (0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6),
        (3, 0, 4), (3, 4, 7),
    ]
    private static let vertices =
        "<vertices>"
        + corners.map { "<vertex><coordinates><x>\($0.0)</x><y> \($0.1)e0 </y><z>\($0.2)</z></coordinates></vertex>" }
        .joined()
        + "</vertices>"
    private static func volume(_ range: Range<Int>, _ attributes: String = "") -> String {
        "<volume\(attributes)>"
            + faces[range].map { "<triangle><v1>\($0.0)</v1><v2>\($0.1)</v2><v3>\($0.2)</v3></triangle>" }.joined()
            + "</volume>"
    }
    private static func object(_ id: Int = 1, _ volumes: String = volume(0..<12)) -> String {
        "<object id=\"\(id)\"><metadata type=\"name\">x</metadata><mesh>\(vertices)\(volumes)</mesh></object>\n"
    }
    private static func document(_ content: String, _ attributes: String = "") -> String {
        "<?xml version=\"1.0\"?>\n<amf\(attributes)>\(content)</amf>\n"
    }
    private static func constellation(_ id: Int = 9, _ instances: String) -> String {
        "<constellation id=\"\(id)\">\(instances)</constellation>"
    }

    private static func box(_ mesh: TriangleMesh) -> [Float] {
        let box = mesh.boundingBox ?? .empty
        return [box.minimum.x, box.minimum.y, box.minimum.z, box.maximum.x, box.maximum.y, box.maximum.z]
    }

    /// Volumes share the vertices of their object; Assimp reads the first one alone.
    @Test func allVolumesAreRead() throws {
        for volumes in [Self.volume(0..<12), Self.volume(0..<5) + Self.volume(5..<12)] {
            let imported = try importText(Self.document(Self.object(1, volumes)), as: "a.amf")
            #expect(MeshTopology(imported.mesh).isWatertight)
            #expect(MeshTopology(imported.mesh).signedVolume.isApproximately(2))
            #expect(imported.summary.unit == .millimeter)
            #expect(imported.summary.notes == [])
        }
    }

    @Test(arguments: [("inch", LengthUnit.inch), ("feet", .foot), ("meter", .meter), ("micron", .micron)])
    func unitsAreTold(name: String, unit: LengthUnit) throws {
        #expect(try importText(Self.document(Self.object(), " unit=\"\(name)\""), as: "a.amf").summary.unit == unit)
    }

    /// About x, then y, then z, then moved.
    @Test(
        arguments: [
            ("<deltax>10</deltax>", [10, 0, 0, 12, 1, 1]), ("<deltax>10</deltax><rz>90</rz>", [9, 0, 0, 10, 2, 1]),
            ("<rx>90</rx>", [0, -1, 0, 2, 0, 1]), ("<ry>-90</ry>", [-1, 0, 0, 0, 1, 2]),
            ("<rz>-270</rz>", [-1, 0, 0, 0, 2, 1]),
            ("<rx>90</rx><rz>90</rz>", [0, 0, 0, 1, 2, 1]), ("<rz>3600000000000000000000090</rz>", nil),
            ("<rx>0</rx><ry>0</ry><rz>0</rz><scalex>1</scalex>", [0, 0, 0, 2, 1, 1]),
        ] as [(String, [Float]?)])
    func instancesAreTurnedAndMoved(placement: String, bounds: [Float]?) throws {
        let instance = "<instance objectid=\"1\">\(placement)</instance>"
        let imported = try importText(Self.document(Self.object() + Self.constellation(9, instance)), as: "a.amf")
        if let bounds { #expect(Self.box(imported.mesh) == bounds) }
        #expect(MeshTopology(imported.mesh).signedVolume.isApproximately(2))
    }

    /// Constellations of constellations, and an object that none of them places.
    @Test func everythingIsPlaced() throws {
        let two = "<instance objectid=\"1\"/><instance objectid=\"1\"><deltay>5</deltay></instance>"
        let nested = "<instance objectid=\"8\"/><instance objectid=\"8\"><deltaz>7</deltaz></instance>"
        let text = Self.document(
            Self.constellation(9, nested) + Self.constellation(8, two) + Self.object()
                + Self.object(3).replacing("<x>0<", with: "<x>-4<"))
        let imported = try importText(text, as: "a.amf")
        #expect(imported.summary.partCount == 5)
        #expect(Self.box(imported.mesh) == [-4, 0, 0, 2, 6, 8])
    }

    @Test func supportsAndCurvesAreTold() throws {
        let support = Self.object(1, Self.volume(0..<12)) + Self.object(2, Self.volume(0..<12, " type=\"support\""))
        let imported = try importText(Self.document(support), as: "a.amf")
        #expect(imported.mesh.triangles.count == 12)
        #expect(imported.summary.notes == ["1 support volumes were left out"])
        let curved = Self.object().replacing("</coordinates>", with: "</coordinates><normal><nx>1</nx></normal>")
        #expect(
            try importText(Self.document(curved), as: "a.amf").summary.notes == ["curved triangles were taken as flat"])
    }

    @Test(arguments: [
        ("<x>2</x>", "<x>two</x>"), ("<x>2</x>", "<x>2,5</x>"), ("<x>2</x>", "<x>nan</x>"), ("<x>2</x>", ""),
        ("<v1>4</v1>", ""),
        ("<v1>4</v1>", "<v1>8</v1>"), ("<v1>4</v1>", "<v1>-1</v1>"), ("<v1>4</v1>", "<v1>1.5</v1>"), ("</mesh>", ""),
        ("<amf>", "<amf unit=\"cubit\">"), ("<amf>", "<amg>"), ("<object id=\"1\">", "<object>"),
        ("</amf>", object() + "</amf>"), ("</amf>", constellation(2, "<instance objectid=\"7\"/>") + "</amf>"),
        ("</amf>", constellation(2, "<instance/>") + "</amf>"),
        ("</amf>", constellation(2, "<instance objectid=\"1\"><scalex>2</scalex></instance>") + "</amf>"),
        ("</amf>", constellation(2, "<instance objectid=\"1\"><rx>a</rx></instance>") + "</amf>"),
        (
            "</amf>",
            (10..<60).map { constellation($0, String(repeating: "<instance objectid=\"\($0 + 1)\"/>", count: 2)) }
                .joined()
                + constellation(60, "<instance objectid=\"1\"/>") + "</amf>"
        ),
    ])
    func contradictionsAreErrors(sound: String, broken: String) {
        let text = Self.document(Self.object())
        #expect(text.contains(sound))
        let changed = text.replacing(sound, with: broken, maxReplacements: 1)
        #expect(throws: MeshFileError.self) { try importText(changed, as: "a.amf") }
    }

    @Test func circlesAndOtherFilesAreErrors() {
        let circle =
            Self.constellation(8, "<instance objectid=\"9\"/>") + Self.constellation(9, "<instance objectid=\"8\"/>")
        for text in [Self.document(circle), Self.document(""), "<amf>", "PK\u{3}\u{4}", "solid a\n", ""] {
            #expect(throws: MeshFileError.self) { try importText(text, as: "a.amf") }
        }
    }

    @Test func everyFileCutShortIsRefused() {
        let text = Self.document(Self.object() + Self.constellation(9, "<instance objectid=\"1\"/>"))
        for length in stride(from: 0, to: text.utf8.count - "</amf>\n".utf8.count, by: 37) {
            #expect(throws: MeshFileError.self) { try importText(String(text.prefix(length)), as: "a.amf") }
        }
    }
}
