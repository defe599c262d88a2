import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

@Suite struct ObjReaderTests {
    static let corners = "v 0 0 0\nv 2 0 0\nv 2 1 0\nv 0 1 0\nv 0 0 1\nv 2 0 1\nv 2 1 1\nv 0 1 1\n"
    static let quads = [[1, 4, 3, 2], [5, 6, 7, 8], [1, 2, 6, 5], [2, 3, 7, 6], [3, 4, 8, 7], [4, 1, 5, 8]]

    static func faces(_ corner: (Int) -> String) -> String {
        quads.map { "f " + $0.map(corner).joined(separator: " ") + "\n" }.joined()
    }

    /// The box of 2 × 1 × 1 in ways that exporters write it.
    static let files: [(String, String)] = [
        ("plain", corners + faces { "\($0)" }),
        ("texture numbers without any vt", corners + faces { "\($0)/\($0)" }),
        ("normals and textures that are not there", corners + faces { "\($0)/\($0)/\($0)" }),
        ("normals alone", corners + faces { "\($0)//\($0)" }),
        ("slashes at the end", corners + faces { "\($0)//" }),
        ("backward numbers", corners + faces { "\($0 - 9)" }),
        ("backward numbers with textures", corners + faces { "\($0 - 9)/-1/-1" }),
        ("byte-order mark", "\u{FEFF}" + corners + faces { "\($0)" }),
        ("CR LF", (corners + faces { "\($0)" }).replacing("\n", with: "\r\n")),
        ("CR", (corners + faces { "\($0)" }).replacing("\n", with: "\r")),
        ("no line end at the end", String((corners + faces { "\($0)" }).dropLast())),
        (
            "tabs and blanks",
            (corners + faces { "\($0)" }).replacing(" ", with: " \t  ").replacing("\n", with: "  \t\n\n")
        ),
        ("indented", "  " + (corners + faces { "\($0)" }).replacing("\n", with: "\n  \t")),
        ("continued lines", (corners + faces { "\($0)" }).replacing(" ", with: " \\\n ")),
        ("continued lines with CR LF", (corners + faces { "\($0)" }).replacing(" ", with: "\\\r\n ")),
        ("comments behind", (corners + faces { "\($0)" }).replacing("\n", with: " # C:\\models\\\n")),
        ("a folder's name in a comment", "# from C:\\models\\\n" + corners + faces { "\($0)" }),
        ("faces before vertices", faces { "\($0)" } + corners),
        ("obsolete keyword", corners + faces { "\($0)" }.replacing("f ", with: "fo ")),
        ("colors", corners.replacing("\n", with: " 0.5 0.25 1\n") + faces { "\($0)" }),
        ("a weight", corners.replacing("\n", with: " 0.5\n") + faces { "\($0)" }),
        (
            "plus signs and exponents",
            corners.replacing("2", with: "+2.0e+00").replacing("1", with: "10.E-1") + faces { "\($0)" }
        ),
        (
            "other statements",
            "mtllib a.mtl\no box\ng a b\ns off\nusemtl x\nvt 0 0\nvn 0 0 1\nvp 0 1\n" + corners + faces { "\($0)" }
        ),
        ("zeros and an end mark behind", corners + faces { "\($0)" } + "\u{1A}\0\0\0"),

    ]

    @Test(arguments: files)
    func exportersFilesAreRead(name: String, text: String) throws {
        let imported = try importText(text, as: "a.obj")
        let topology = MeshTopology(imported.mesh)
        #expect(topology.isWatertight)
        #expect(topology.signedVolume.isApproximately(2))
        #expect(imported.mesh.triangles.count == 12)
        #expect(imported.mesh.boundingBox?.maximum == SIMD3(2, 1, 1))
        #expect(imported.summary.polygonsTriangulated == 6)
    }

    @Test(arguments: [
        ("v 0 0\n" + corners, "a vertex of 2 coordinates, line 1"),
        ("v\n" + corners, "a vertex of 0 coordinates, line 1"),
        (corners + "v\\\n\n", "a vertex of 0 coordinates, line 10"),
        ("v 0,5 0 0\n" + corners, "\"0,5\" is no number, line 1"),
        ("v 0 0 3.1+e2\n" + corners, "\"3.1+e2\" is no number, line 1"),
        (corners + "f 1 2 9\n", "a face refers to vertex 9 of 8, line 9"),
        (corners + "f 1 2 0\n", "a face refers to vertex 0 of 8, line 9"),
        (corners + "f 1 2 -9\n", "a face refers to vertex -9 of 8, line 9"),
        (corners + "f 1 2 b\n", "\"b\" is no number, line 9"),
        (corners + "f 1 2 3.5\n", "\"3.5\" is no number, line 9"),
        ("v 0 0 0\n\0\0\0\0\n" + corners + "f 1 2 3\n", "it holds zero bytes, which text does not"),
    ])
    func whatCannotBeReadSaysWhere(text: String, reason: String) {
        do {
            _ = try importText(text + "f 1 2 3\n", as: "a.obj")
            Issue.record("it was read")
        } catch {
            #expect("\(error)".hasSuffix(reason), "\(error)")
        }
    }

    /// Those of version 3.0, and the patches of older ones.
    @Test(arguments: ["cstype bezier\ndeg 1 1\nsurf 0 1 0 1 1 2 3 4\nend\n", "bzp 1 2 3 4\n", "bsp 1 2 3 4\n"])
    func freeFormSurfacesAreNotPassedOver(patch: String) throws {
        #expect(throws: MeshFileError.self) { try importText(Self.corners + "f 1 2 3\n" + patch, as: "a.obj") }
    }

    @Test func unknownLinesAreTold() throws {
        let text = Self.corners + "o part\ng a b\ns off\nusemtl x\nvt 0 0\nvn 0 0 1\nf 1 2 3\n"
        #expect(try importText(text, as: "a.obj").summary.notes == [])
        #expect(
            try importText(text + "F 3 4 5\nvq 1\n", as: "a.obj").summary.notes
                == ["lines of an unknown kind were not looked at, such as \"F\""])
    }

    @Test func utf16SaysSo() throws {
        let bytes = [UInt8]([0xFF, 0xFE]) + Self.corners.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        do {
            _ = try importBytes(bytes, as: "a.obj")
            Issue.record("it was read")
        } catch {
            #expect("\(error)".contains("UTF-16"))
        }
    }

    /// Many pieces of text, read by many tasks: relative numbers and line numbers must not depend on where they are cut.
    @Test func largeFilesAreReadAlikeOnAnyNumberOfThreads() throws {
        let mesh = KnownMesh.torus(rows: 400, columns: 200)
        var text = ""
        for vertex in mesh.vertices { text += "v \(vertex.x) \(vertex.y) \(vertex.z)\n" }
        let count = mesh.vertices.count
        for (number, triangle) in mesh.triangles.enumerated() {
            let base = number % 2 == 0 ? 1 : -count
            text += "f \(Int(triangle.x) + base) \(Int(triangle.y) + base) \\\n\(Int(triangle.z) + base)/7\n"
        }
        #expect(text.utf8.count > 3 << 20)
        try withTemporaryFolder { folder in
            let path = folder + "/a.obj"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let one = try MeshImport.load(path: path, workers: .single)
            #expect(try MeshImport.load(path: path, workers: Workers(count: 5)) == one)
            #expect(MeshExportTests.soup(one.mesh) == MeshExportTests.soup(mesh))
            try Data((text + "f 1 2 x\n").utf8).write(to: URL(fileURLWithPath: path))
            let line = count + 2 * mesh.triangles.count + 1
            do {
                _ = try MeshImport.load(path: path)
                Issue.record("it was read")
            } catch {
                #expect("\(error)".hasSuffix("line \(line)"), "\(error)")
            }
        }
    }
}
