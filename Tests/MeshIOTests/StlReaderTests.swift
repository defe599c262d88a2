import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

@Suite struct StlReaderTests {
    static let box = KnownMesh.tetrahedron

    static func text(_ mesh: TriangleMesh = box, name: String = "box", number: (Float) -> String = { "\($0)" })
        -> String
    {
        var text = "solid \(name)\n"
        for index in mesh.triangles.indices {
            let (a, b, c) = mesh.corners(of: index)
            text += "  facet normal 0 0 1\n    outer loop\n"
            for corner in [a, b, c] {
                text += "      vertex \(number(corner.x)) \(number(corner.y)) \(number(corner.z))\n"
            }
            text += "    endloop\n  endfacet\n"
        }
        return text + "endsolid \(name)\n"
    }

    static func binary(header: String = "", count: UInt32? = nil, extra: [UInt8] = []) -> [UInt8] {
        var bytes = Array(header.utf8)
        bytes += [UInt8](repeating: 0x20, count: 80 - bytes.count)
        withUnsafeBytes(of: (count ?? UInt32(box.triangles.count)).littleEndian) { bytes += $0 }
        for index in box.triangles.indices {
            let (a, b, c) = box.corners(of: index)
            for vector in [.zero, a, b, c] as [SIMD3<Float>] {
                for axis in 0..<3 { withUnsafeBytes(of: vector[axis].bitPattern.littleEndian) { bytes += $0 } }
            }
            bytes += [0xFF, 0x7F]
        }
        return bytes + extra
    }

    static let texts: [(String, String)] = [
        ("plain", text()), ("capitals", text().uppercased()), ("mixed", text().capitalized),
        ("leading blank lines", "\n \r\n\n" + text()), ("byte-order mark", "\u{FEFF}" + text()),
        ("comments", "; made by hand\n# twice\n" + text()),
        ("CR LF", text().replacing("\n", with: "\r\n")), ("CR", text().replacing("\n", with: "\r")),
        ("no name", text(name: "")), ("a name with the format's words", text(name: "facet normal 1 2 3 vertex")),
        ("a name that is not ASCII", text(name: "Gehäuse")),
        ("exponents", text { "\($0 * 10)e-1" }), ("plus signs", text { "+\($0).E+00".replacing(".0.", with: ".0") }),
        ("normals that are no numbers", text().replacing("normal 0 0 1", with: "normal nan -nan(ind) 1.#QNAN")),
        ("no normals", text().replacing("facet normal 0 0 1", with: "facet")),
        ("blank lines between", text().replacing("\n", with: "\n\n\t\n")),
        ("one line", "solid x\n" + text().replacing("solid box\n", with: "").replacing("\n", with: " ") + "\n"),
        ("the first facet on the line of the name", text().replacing("solid box\n", with: "solid box ")),
        ("all on one line", text().replacing("\n", with: " ")),
        ("no last line end", String(text().dropLast())),
        ("end solid", text().replacing("endsolid", with: "end solid")),

    ]

    @Test(arguments: texts)
    func textsAreRead(name: String, text: String) throws {
        let imported = try importText(text, as: "a.stl")
        let topology = MeshTopology(imported.mesh)
        #expect(topology.isWatertight)
        #expect(topology.signedVolume.isApproximately(1.0 / 6))
        #expect(imported.summary.format == "STL (text)")
    }

    @Test func severalSolidsAreRead() throws {
        let far = Self.box.moved(by: SIMD3(5, 0, 0))
        let imported = try importText(Self.text() + "\n" + Self.text(far, name: "second"), as: "a.stl")
        #expect(imported.summary.partCount == 2)
        #expect(MeshTopology(imported.mesh).componentCount == 2)
    }

    static let binaries: [(String, [UInt8])] = [
        ("plain", binary()), ("begins with solid", binary(header: "solid made by a writer of binary files")),
        ("begins with solid and facet", binary(header: "solid\nfacet normal 0 0 0\nouter loop")),
        ("one byte behind", binary(extra: [10])),
        ("many bytes behind", binary(extra: [UInt8](repeating: 7, count: 1234))),
        ("begins with solid, bytes behind", binary(header: "solid x", extra: [0, 0, 0])),

    ]

    @Test(arguments: binaries)
    func binaryFilesAreRead(name: String, bytes: [UInt8]) throws {
        let imported = try importBytes(bytes, as: "a.stl")
        #expect(MeshTopology(imported.mesh).signedVolume.isApproximately(1.0 / 6))
        #expect(imported.summary.format == "STL (binary)")
        #expect(imported.summary.notes.isEmpty == !name.hasSuffix("behind"))
    }

    static let contradictions: [(String, [UInt8])] = {
        func changed(_ old: String, _ new: String) -> [UInt8] { Array(text().replacing(old, with: new).utf8) }
        var files: [(String, [UInt8])] = []
        files.append(("five of four triangles", binary(count: 5)))
        files.append(("three of four triangles", binary(count: 3)))
        files.append(("none of four triangles", binary(count: 0)))
        files.append(("any number", binary(count: .max)))
        files.append(("cut short", Array(binary().dropLast(20))))
        files.append(("a head alone", Array(binary().prefix(84))))
        files.append(("less than a head", Array(binary().prefix(60))))
        files.append(("text cut short", Array(text().utf8.dropLast(60))))
        files.append(("text without its end", changed("endsolid box\n", "")))
        files.append(("two corners", changed("      vertex 1.0 0.0 0.0\n", "")))
        files.append(("a decimal comma", changed("1.0", "1,0")))
        files.append(("an unknown word", changed("endloop", "endlop")))
        return files
    }()

    @Test(arguments: contradictions)
    func contradictionsAreErrors(name: String, bytes: [UInt8]) {
        #expect(throws: MeshFileError.self) { try importBytes(bytes, as: "a.stl") }
    }

    @Test func facetsOfFourCornersAreCut() throws {
        let text = """
            solid q
            facet normal 0 0 1
            outer loop
            vertex 0 0 0
            vertex 1 0 0
            vertex 1 1 0
            vertex 0 1 0
            endloop
            endfacet
            endsolid q
            """
        let imported = try importText(text, as: "a.stl")
        #expect(imported.mesh.triangles.count == 2)
        #expect(imported.summary.polygonsTriangulated == 1)
    }
}
