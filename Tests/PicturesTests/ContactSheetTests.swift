import Geometry
import Pictures
import TestSupport
import Testing

@Suite struct ContactSheetTests {
    @Test func resultsStandSideBySide() {
        let mesh = boxMesh()
        let field = MeshField(mesh)
        let exact = ContactSheet.tile(of: mesh, beside: mesh, field)
        let grown = TriangleMesh(
            vertices: mesh.vertices.map { ($0 - 0.5) * 1.02 + 0.5 }, triangles: mesh.triangles)
        let larger = ContactSheet.tile(of: grown, beside: mesh, field)
        #expect(exact.width == larger.width && exact.height == 2 * exact.width)
        // The lower half, the error, is red where the result lies outside.
        func redness(_ tile: Image) -> Int {
            (tile.height / 2..<tile.height).reduce(0) { sum, y in
                sum + (0..<tile.width).reduce(0) { $0 + max(0, Int(tile[$1, y, 0]) - Int(tile[$1, y, 2])) }
            }
        }
        #expect(redness(larger) > 4 * redness(exact) + 100_000)
        #expect(ContactSheet.tile(of: nil, beside: mesh, field) != exact)

        let entries = (0..<7).map {
            ContactSheet.Entry(title: "\($0)", caption: "", tile: $0 == 6 ? nil : $0 % 2 == 0 ? exact : larger)
        }
        let sheet = ContactSheet(entries: entries, diagonal: 1).image
        #expect(sheet.width == 5 * exact.width && sheet.height > 2 * exact.height)
        #expect(ContactSheet(entries: [], diagonal: 1).image.width > 0)
    }
}
