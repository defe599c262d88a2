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
        func faces(_ text: String) -> Int? { FileDeclaration(Array(text.utf8), path: "a.dae")?.leastFaces }
        #expect(faces(Self.collada()) == 4)
        let mixed = #"<polylist count="2"/><lines count="9"/><polygons count="3"/><tristrips count="1"/>"#
        #expect(faces(Self.collada(primitives: mixed)) == 6)
        let shown =
            ##"<instance_geometry url="#g"/><node><instance_controller url="#c"/></node><instance_geometry url="far.dae#g"/>"##
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

    /// A 3DS file whose header says more faces than there are is not a smaller mesh.
    @Test func facesOf3DSAreCounted() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.3ds"
            try MeshExport.write(TestMeshes.torus(), to: path)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let declared = try #require(FileDeclaration(bytes, path: path))
            #expect(declared.leastFaces == TestMeshes.torus().triangles.count)
            #expect(try MeshImport.load(path: path).mesh.triangles.count == declared.leastFaces)
            for length in 0..<min(bytes.count, 400) { _ = FileDeclaration(Array(bytes[..<length]), path: path) }
        }
    }
}
