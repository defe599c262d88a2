import Core
import Geometry
import MeshIO
import TestSupport
import Testing

@Suite struct OffReaderTests {
    private static let corners = ["0 0 0", "2 0 0", "2 1 0", "0 1 0", "0 0 1", "2 0 1", "2 1 1", "0 1 1"]
    private static let faces = ["4 0 3 2 1", "4 4 5 6 7", "4 0 1 5 4", "4 1 2 6 5", "4 2 3 7 6", "4 3 0 4 7"]

    static func text(
        head: String = "OFF\n8 6 12\n", vertex: (String) -> String = { $0 + "\n" },
        face: (String) -> String = { $0 + "\n" }
    ) -> String {
        head + corners.map(vertex).joined() + faces.map(face).joined()
    }

    static let variants: [(String, String)] = [
        ("plain", text()),
        ("counts behind the word", text(head: "OFF 8 6 12\n")),
        ("no blank between the word and the counts", text(head: "OFF8 6 12\n")),
        ("small letters", text(head: "off\n8 6 12\n")),
        ("no word", text(head: "8 6 12\n")),
        ("no number of edges", text(head: "OFF\n8 6\n")),
        ("a number of edges on its own line", text(head: "OFF\n8\n6\n0\n")),
        ("a wrong number of edges", text(head: "OFF\n8 6 99\n")),
        (
            "comments",
            text(
                head: "# a\nOFF # b\n# c\n8 6 12 # d\n", vertex: { $0 + " # 7 7 7\n# 1 2 3\n" },
                face: { "#\n" + $0 + " # e\n" })
        ),
        ("blank lines", text(vertex: { "\n" + $0 + "\n\n" }, face: { "\n" + $0 + "\n \n" })),
        ("CR LF", text().replacing("\n", with: "\r\n")),
        ("byte-order mark", "\u{FEFF}" + text()),
        ("faces over several lines", text(face: { $0.replacing(" ", with: "\n  ") + "\n" })),
        ("vertices over several lines", text(vertex: { $0.replacing(" ", with: "\n") + "\n" })),
        ("all vertices on one line", text(vertex: { $0 + " " }, face: { "\n" + $0 })),
        ("colors of faces", text(face: { $0 + " 255 0 0\n" })),
        ("colors of faces as fractions", text(face: { $0 + " 0.1 0.2 0.3 1.0\n" })),
        ("colors of faces by number", text(face: { $0 + " 7\n" })),
        ("COFF", text(head: "COFF\n8 6 12\n", vertex: { $0 + " 255 0 0 255\n" })),
        ("COFF with three components", text(head: "COFF\n8 6 12\n", vertex: { $0 + " 255 0 0\n" })),
        ("colors without saying so", text(vertex: { $0 + " 255 0 0\n" })),
        ("NOFF", text(head: "NOFF\n8 6 12\n", vertex: { $0 + " 0 0 1\n" })),
        ("CNOFF", text(head: "CNOFF\n8 6 12\n", vertex: { $0 + " 0 0 1 0.5 0.5 0.5 1\n" })),
        ("STOFF", text(head: "STOFF\n8 6 12\n", vertex: { $0 + " 0.5 0.25\n" })),
        ("STCNOFF", text(head: "STCNOFF\n8 6 12\n", vertex: { $0 + " 0 0 1 0.5 0.5 0.5 1 0.5 0.25\n" })),
        ("4OFF", text(head: "4OFF\n8 6 12\n", vertex: { $0 + " 1\n" })),

    ]

    @Test(arguments: variants)
    func variantsAreRead(name: String, text: String) throws {
        let imported = try importText(text, as: "a.off")
        let topology = MeshTopology(imported.mesh)
        #expect(topology.isWatertight)
        #expect(topology.signedVolume.isApproximately(2))
        #expect(imported.mesh.boundingBox?.maximum == SIMD3(2, 1, 1))
    }

    @Test func homogeneousCoordinatesAreDivided() throws {
        let mesh = try importText("4OFF\n3 1 0\n2 0 0 2\n0 4 0 4\n0 0 1 1\n3 0 1 2\n", as: "a.off").mesh
        #expect(mesh.boundingBox?.maximum == SIMD3(1, 1, 1))
    }

    @Test(arguments: ["OFF BINARY\n", "COFF BINARY\n"])
    func binaryIsRead(head: String) throws {
        var bytes = Array(head.utf8)
        func append(_ word: UInt32) { withUnsafeBytes(of: word.bigEndian) { bytes += $0 } }
        for count in [8, 6, 12] as [UInt32] { append(count) }
        for corner in Self.corners {
            for value in corner.split(separator: " ") { append((Float(value) ?? 0).bitPattern) }
            if head.hasPrefix("C") { for _ in 0..<4 { append(Float(0.5).bitPattern) } }
        }
        for (number, face) in Self.faces.enumerated() {
            for value in face.split(separator: " ") { append(UInt32(value) ?? 0) }
            append(UInt32(number % 3))
            for _ in 0..<number % 3 { append(Float(1).bitPattern) }
        }
        let topology = MeshTopology(try importBytes(bytes, as: "a.off").mesh)
        #expect(topology.isWatertight && topology.signedVolume.isApproximately(2))
        #expect(throws: MeshFileError.self) { try importBytes(bytes.dropLast(4), as: "a.off") }
        #expect(throws: MeshFileError.self) { try importBytes(bytes + [0, 0, 0, 0], as: "a.off") }
    }

    @Test(arguments: [
        text(head: "OFF\n8 7 12\n"), text(head: "OFF\n8 5 12\n"), text(head: "OFF\n9 6 12\n"),
        text(head: "OFF\n7 6 12\n"),
        text(head: "OFF\n800000000 6 12\n"), text(head: "OFF\n8 6000000000000000000 12\n"),
        text(head: "OFF\n-8 6 12\n"),
        text(head: "OFF\n"), text(head: "PLOFF\n8 6 12\n"),
        text(head: "8 6\n").replacing("4 3 0 4 7", with: "4 3 0 4 8"),
        text().replacing("4 3 0 4 7", with: "4 3 0 4 -1"), text().replacing("4 3 0 4 7", with: "400 3 0 4 7"),
        text().replacing("2 1 1", with: "2 x 1"), text().replacing("2 1 1", with: "2,0 1 1"),
    ])
    func contradictionsAreErrors(text: String) {
        #expect(throws: MeshFileError.self) { try importText(text, as: "a.off") }
    }
}
