import Core
import Geometry

/// 3MF (3MF Consortium, Core Specification 1.3): an archive with one model of one object, in the unit that is said.
///
/// The archive is stored, not compressed. Normals have no place in the format.
enum ThreeMFWriter {
    /// - Parameter unit: of the coordinates; without one the format's own default, millimeters.
    static func bytes(of mesh: TriangleMesh, unit: LengthUnit?, workers: Workers) -> [UInt8] {
        var archive = StoredArchive(comment: OutputMark.phrase)
        archive.append("[Content_Types].xml", [Array(contentTypes.utf8)])
        archive.append("_rels/.rels", [Array(relations.utf8)])
        archive.append("3D/3dmodel.model", model(mesh, unit ?? .millimeter, workers))
        return archive.finish()
    }

    private static let declaration = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"

    private static let contentTypes =
        declaration + #"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#
        + #"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#
        + #"<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>"#

    private static let relations =
        declaration + #"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#
        + #"<Relationship Target="/3D/3dmodel.model" Id="rel0" "#
        + #"Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>"#

    private static func model(_ mesh: TriangleMesh, _ unit: LengthUnit, _ workers: Workers) -> [[UInt8]] {
        let head =
            declaration + #"<model unit="\#(unit.rawValue)" xml:lang="en-US" "#
            + #"xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">"# + "\n"
            + #"<metadata name="Application">shapefit</metadata>"# + "\n"
            + #"<resources><object id="1" type="model"><mesh><vertices>"# + "\n"
        // Far from the origin, with all digits of a double.
        let isFar = mesh.isFarFromOrigin
        let vertices = TextLines.chunks(
            count: mesh.vertices.count, bytesPerLine: 40 + 3 * DecimalText.longestNumber, workers
        ) {
            index, out in
            var line = TextLines.Line(out)
            if isFar {
                let place = mesh.position(of: index)
                line.append(text: "<vertex x=\"\(place.x)\" y=\"\(place.y)\" z=\"\(place.z)\"/>\n")
                return line.count
            }
            let vertex = mesh.vertices[index]
            line.append(#"<vertex x=""#)
            line.append(vertex.x)
            line.append(#"" y=""#)
            line.append(vertex.y)
            line.append(#"" z=""#)
            line.append(vertex.z)
            line.append("\"/>\n")
            return line.count
        }
        let triangles = TextLines.chunks(count: mesh.triangles.count, bytesPerLine: 80, workers) { index, out in
            let triangle = mesh.triangles[index]
            var line = TextLines.Line(out)
            line.append(#"<triangle v1=""#)
            line.append(triangle.x)
            line.append(#"" v2=""#)
            line.append(triangle.y)
            line.append(#"" v3=""#)
            line.append(triangle.z)
            line.append("\"/>\n")
            return line.count
        }
        let middle = "</vertices><triangles>\n"
        let end = #"</triangles></mesh></object></resources><build><item objectid="1"/></build></model>"# + "\n"
        return [Array(head.utf8)] + vertices + [Array(middle.utf8)] + triangles + [Array(end.utf8)]
    }
}
