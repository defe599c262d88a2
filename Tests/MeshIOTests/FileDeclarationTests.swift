import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

/// What files that Assimp reads declare, beside what is read of them.
@Suite struct FileDeclarationTests {
    /// A tetrahedron in a Collada document.
    private static func collada(
        axis: String = "Y_UP", meters: String = "0.01", primitives: String? = nil, nodes: String? = nil
    ) -> String {
        """
        <?xml version="1.0" encoding="utf-8"?>
        <COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
        <asset><unit name="its own" meter="\(meters)"/><up_axis>\(axis)</up_axis></asset>
        <library_geometries><geometry id="g"><mesh>
        <source id="p"><float_array id="a" count="12">0 0 0 1 0 0 0 2 0 0 0 3</float_array>
        <technique_common><accessor source="#a" count="4" stride="3">
        <param name="X" type="float"/><param name="Y" type="float"/><param name="Z" type="float"/>
        </accessor></technique_common></source>
        <vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
        \(primitives ?? """
        <triangles count="4"><input semantic="VERTEX" source="#v" offset="0"/>
        <p>0 2 1 0 1 3 0 3 2 1 2 3</p></triangles>
        """)</mesh></geometry></library_geometries>
        <library_controllers><controller id="c"><skin source="#g"/></controller></library_controllers>
        <library_nodes><node id="spare"><instance_geometry url="#g"/></node></library_nodes>
        <library_visual_scenes><visual_scene id="s"><node id="n">
        \(nodes ?? "<translate>5 0 0</translate><instance_geometry url=\"#g\"/>")</node></visual_scene>
        <visual_scene id="other"><node><instance_geometry url="#g"/></node></visual_scene></library_visual_scenes>
        <scene><instance_visual_scene url="#s"/></scene></COLLADA>
        """
    }

    /// Centimetres and z up, as the file says, stay centimetres and z up.
    @Test(arguments: ["X_UP", "Y_UP", "Z_UP"])
    func colladasUnitsAndAxesStay(axis: String) throws {
        let imported = try importText(Self.collada(axis: axis), as: "a.dae")
        #expect(imported.mesh.boundingBox == BoundingBox(minimum: SIMD3(5, 0, 0), maximum: SIMD3(6, 2, 3)))
        #expect(abs(MeshTopology(imported.mesh).signedVolume - 1) < 1e-6)
        #expect(imported.summary.unit == .centimeter)
    }

    @Test(
        arguments: [("1", .meter), ("0.0254", .inch), (" 1e-3", .millimeter), ("2.5", nil), ("x", nil)]
            as [(String, LengthUnit?)])
    func colladasUnitIsTold(meters: String, unit: LengthUnit?) throws {
        #expect(try importText(Self.collada(meters: meters), as: "a.dae").summary.unit == unit)
    }

    /// What a document declares is counted where its scene shows it: a polygon is a face, a skin has its geometry's, and libraries
    /// of nodes and other scenes do not count.
    @Test func colladasFacesAreCounted() throws {
        func faces(_ text: String) -> Int? { try? FileDeclaration(Array(text.utf8), path: "a.dae")?.leastFaces }
        #expect(faces(Self.collada()) == 4)
        let mixed = #"<polylist count="2"/><lines count="9"/><polygons count="3"/><tristrips count="1"/>"#
        #expect(faces(Self.collada(primitives: mixed)) == 6)
        let shown =
            ##"<instance_geometry url="#g"/><node><instance_controller url="#c"/></node>"##
        #expect(faces(Self.collada(nodes: shown)) == 8)
        #expect(faces("<COLLADA><unclosed>") == nil)
        // Counts of which no sum is a number of 64 bits, and counts that are none.
        let huge = String(repeating: #"<triangles count="9e18"/>"#, count: 3)
        #expect(try #require(faces(Self.collada(primitives: huge, nodes: shown))) > 1 << 32)
        for count in ["-5", "nan", "inf", "", "1e999", "x"] {
            _ = faces(Self.collada(primitives: "<triangles count=\"\(count)\"/>", nodes: shown))
        }
        #expect(faces(Self.collada(primitives: #"<triangles count="-5"/>"#)) == 0)
        #expect(throws: MeshFileError.self) {
            try importText(
                Self.collada().replacingOccurrences(of: #"triangles count="4""#, with: #"triangles count="5""#),
                as: "a.dae")
        }
    }

    /// What a document shows and does not hold, or holds in a way that Assimp reads as something else or passes over.
    @Test(arguments: [
        ("<instance_geometry url=\"#g\"/>", "<instance_geometry url=\"#h\"/>"),
        ("<instance_geometry url=\"#g\"/>", "<instance_geometry url=\"far.dae#g\"/>"),
        ("<geometry id=\"g\">", "<geometry id=\"g\"><convex_mesh/>"),
        ("0 2 1 0 1 3", "0 -2 1 0 1 3"),
    ])
    func whatColladaWouldLoseIsAnError(sound: String, broken: String) throws {
        let nodes = "<instance_geometry url=\"#g\"/>"
        #expect(throws: Never.self) { try importText(Self.collada(nodes: nodes), as: "a.dae") }
        // Other scenes and libraries refer to the geometry, too; only what is shown counts.
        let text =
            sound == nodes ? Self.collada(nodes: broken) : Self.collada(nodes: nodes).replacing(sound, with: broken)
        #expect(text != Self.collada(nodes: nodes))
        #expect(throws: MeshFileError.self) { try importText(text, as: "a.dae") }
    }

    /// Exporters on systems with decimal commas wrote them; blanks part the numbers.
    @Test func decimalCommasOfColladaAreRead() throws {
        let text = Self.collada().replacing("1 0 0 0 2 0 0 0 3", with: "1,0 0 0 0 2,0 0 0 0 3,0")
        #expect(text.contains("2,0"))
        #expect(MeshTopology(try importText(text, as: "a.dae").mesh).signedVolume.isApproximately(1))
    }

    @Test func colladasSkinsAreTold() throws {
        func notes(_ nodes: String) throws -> [String]? {
            try FileDeclaration(Array(Self.collada(nodes: nodes).utf8), path: "a.dae")?.notes
        }
        let told = "skins are not applied: the shape is the one before them"
        #expect(try notes(##"<instance_controller url="#c"/>"##) == [told])
        #expect(try notes(##"<instance_geometry url="#g"/>"##) == [])
    }

    // MARK: DXF

    /// A drawing of one tetrahedron as four faces, groups as they stand in text.
    private static func drawing(_ entities: String? = nil, end: String = "0\nENDSEC\n0\nEOF\n") -> String {
        let corners = ["0.0\n{2}0.0\n{3}0.0", "1.0\n{2}0.0\n{3}0.0", "0.0\n{2}2.0\n{3}0.0", "0.0\n{2}0.0\n{3}3.0"]
        func face(_ vertices: [Int]) -> String {
            "0\n3DFACE\n8\n0\n"
                + (vertices + [vertices[2]]).enumerated().map { place, vertex in
                    "\(10 + place)\n"
                        + corners[vertex].replacing("{2}", with: "\(20 + place)\n").replacing(
                            "{3}", with: "\(30 + place)\n")
                }.joined(separator: "\n") + "\n"
        }
        let faces = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]].map(face).joined()
        return "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1009\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n" + faces
            + (entities ?? "") + end
    }

    @Test func drawingsAreReadWithTheirEnds() throws {
        let text = Self.drawing()
        let imported = try importText(text, as: "a.dxf")
        #expect(imported.mesh.triangles.count == 4)
        #expect(try FileDeclaration(Array(text.utf8), path: "a.dxf")?.leastFaces == 4)
        let carriageReturns = text.replacing("\n", with: "\r\n")
        #expect(try FileDeclaration(Array(carriageReturns.utf8), path: "a.dxf")?.leastFaces == 4)
        for length in stride(from: 1, to: text.utf8.count - 4, by: 23) {
            #expect(throws: MeshFileError.self) { try importText(String(text.prefix(length)), as: "a.dxf") }
        }
    }

    @Test(arguments: [
        "0\nSOLID\n8\n0\n", "0\nMESH\n8\n0\n", "0\n3DSOLID\n", "0\nPOLYLINE\n8\n0\n70\n16\n",
        "0\nPOLYLINE\n70\n64\n0\nVERTEX\n70\n128\n71\n-1\n72\n2\n73\n3\n", "0\nINSERT\n2\nB\n41\n2.0\n",
        "0\nINSERT\n2\nB\n50\n90.0\n", "0\nINSERT\n2\nB\n70\n3\n",
    ])
    func whatDrawingsWouldLoseIsAnError(entity: String) {
        #expect(throws: MeshFileError.self) { try importText(Self.drawing(entity), as: "a.dxf") }
    }

    /// A 3DS file whose header says more faces than there are is not a smaller mesh.
    @Test func facesOf3DSAreCounted() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.3ds"
            try MeshExport.write(TestMeshes.torus(), to: path)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let declared = try #require(try FileDeclaration(bytes, path: path))
            #expect(declared.leastFaces == TestMeshes.torus().triangles.count)
            #expect(try MeshImport.load(path: path).mesh.triangles.count == declared.leastFaces)
            for length in 0..<min(bytes.count, 400) { _ = try? FileDeclaration(Array(bytes[..<length]), path: path) }
            // The list of faces, behind its identifier, length and count: a corner of which there is no vertex.
            var broken = bytes
            let faces = try #require((6..<bytes.count - 8).first { bytes[$0] == 0x20 && bytes[$0 + 1] == 0x41 })
            (broken[faces + 8], broken[faces + 9]) = (0xFF, 0xFF)
            #expect(throws: MeshFileError.self) { try FileDeclaration(broken, path: path) }
        }
    }
}
