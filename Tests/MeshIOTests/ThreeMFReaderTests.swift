import Core
import Foundation
import Geometry
import MeshIO
import TestSupport
import Testing

/// Files that `make_3mf_fixtures.py` wrote.
@Suite struct ThreeMFReaderTests {
    struct Fixtures: Decodable {
        struct File: Decodable, CustomStringConvertible, Sendable {
            var name: String
            var data: Data
            /// These are nil for files that must be refused.
            var triangles: Int?
            var minimum: [Float]?
            var maximum: [Float]?
            var volume: Double?
            var unit: LengthUnit?
            var description: String { name }
        }
        var files: [File]
    }

    static let files: [Fixtures.File] = {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Fixtures/3mf.json")
        return (try? JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: url)))?.files ?? []
    }()

    @Test func fixturesAreThere() { #expect(Self.files.count > 60) }

    @Test(arguments: files.filter { $0.triangles != nil })
    func soundFilesAreRead(file: Fixtures.File) throws {
        let imported = try importBytes([UInt8](file.data), as: "a.3mf")
        let topology = MeshTopology(imported.mesh)
        #expect(topology.isWatertight)
        #expect(imported.mesh.triangles.count == file.triangles)
        #expect(topology.signedVolume.isApproximately(file.volume ?? 0))
        let box = try #require(imported.mesh.boundingBox)
        #expect((0..<3).map { box.minimum[$0] } == file.minimum)
        #expect((0..<3).map { box.maximum[$0] } == file.maximum)
        #expect(imported.summary.unit == file.unit)
    }

    @Test(arguments: files.filter { $0.triangles == nil })
    func otherFilesAreRefused(file: Fixtures.File) {
        #expect(throws: MeshFileError.self) { try importBytes([UInt8](file.data), as: "a.3mf") }
    }

    /// Bits flipped anywhere in an archive lead to an error or, in names and times, to nothing.
    @Test func damageIsNoticed() throws {
        let bytes = [UInt8](try #require(Self.files.first).data)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x10
            if let imported = try? importBytes(damaged, as: "a.3mf") {
                #expect(MeshTopology(imported.mesh).signedVolume.isApproximately(2), "byte \(index)")
            }
        }
    }
}
