import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

@Suite struct ThreeMFWriterTests {
    @Test(arguments: [LengthUnit?.none, .millimeter, .inch, .meter])
    func readBackItIsTheSameMesh(unit: LengthUnit?) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("3mf-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("box.3mf").path
        let mesh = boxMesh()
        try MeshExport.write(mesh, unit: unit, to: path)
        let bytes = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        #expect(bytes.contains("<model unit=\"\((unit ?? .millimeter).rawValue)\""))
        let read = try MeshImport.load(path: path).mesh
        #expect(read.triangles.count == mesh.triangles.count)
        #expect(read.boundingBox == mesh.boundingBox)
        #expect(MeshTopology(read).isWatertight && abs(MeshTopology(read).signedVolume - 0.9 * 0.6 * 0.3) < 1e-6)
    }

    @Test func thatItCanBeWrittenIsKnown() {
        #expect(MeshExport.canWrite(to: "a.3mf") && MeshExport.canWrite(to: "A.3MF"))
    }
}
