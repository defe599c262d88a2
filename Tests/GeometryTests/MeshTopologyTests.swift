import Core
import Geometry
import TestSupport
import Testing

@Suite struct MeshTopologyTests {
    @Test func tetrahedronIsClosedAndSimple() {
        let topology = MeshTopology(KnownMesh.tetrahedron)
        #expect(topology.vertexCount == 4)
        #expect(topology.edgeCount == 6)
        #expect(topology.eulerCharacteristic == 2)
        #expect(topology.genus == 0)
        #expect(topology.componentCount == 1)
        #expect(topology.isWatertight)
        #expect(!topology.isInsideOut)
        #expect(abs(topology.signedVolume - 1.0 / 6) < 1e-12)
        #expect(abs(topology.area - (1.5 + 3.0.squareRoot() / 2)) < 1e-12)
    }

    @Test func torusHasOneHandleAndItsVolume() {
        let topology = MeshTopology(KnownMesh.torus(rows: 200, columns: 100))
        #expect(topology.genus == 1)
        #expect(topology.eulerCharacteristic == 0)
        #expect(topology.isWatertight)
        // 2π²Rr², less what 200 × 100 flat facets cut off.
        #expect(abs(topology.signedVolume / (2 * Double.pi * Double.pi * 2 * 0.25) - 1) < 2e-3)
    }

    @Test func openPlaneHasABoundary() {
        let topology = MeshTopology(KnownMesh.plane(rows: 4, columns: 3))
        #expect(topology.boundaryEdgeCount == 14)
        #expect(!topology.isClosed)
        #expect(topology.isConsistentlyOriented)
        #expect(topology.isOrientable)
        #expect(topology.genus == nil)
        #expect(topology.eulerCharacteristic == 1)
        #expect(abs(topology.area - 1) < 1e-6)
        #expect(topology.nonManifoldVertexCount == 0)
    }

    @Test func moebiusStripIsNotOrientable() {
        let topology = MeshTopology(KnownMesh.moebiusStrip())
        #expect(!topology.isOrientable)
        #expect(!topology.isConsistentlyOriented)
        #expect(topology.componentCount == 1)
        #expect(topology.eulerCharacteristic == 0)
        #expect(topology.boundaryEdgeCount == 32)
    }

    @Test func twoComponentsAreTwo() {
        let one = KnownMesh.torus()
        let topology = MeshTopology(one.joined(with: KnownMesh.tetrahedron.moved(by: SIMD3(5, 0, 0))))
        #expect(topology.componentCount == 2)
        #expect(topology.patches.count == 2)
        #expect(topology.genus == 1)
        #expect(topology.patches[1].triangleCount == 4)
        #expect(topology.patches[1].firstTriangle == one.triangles.count)
    }

    @Test func insideOutIsSeen() {
        let topology = MeshTopology(KnownMesh.torus().reversed)
        #expect(topology.isWatertight)
        #expect(topology.isInsideOut)
    }

    @Test func oneTurnedTriangleIsInconsistentButOrientable() {
        var mesh = KnownMesh.torus()
        let turned = mesh.triangles[7]
        mesh.triangles[7] = SIMD3(turned.y, turned.x, turned.z)
        let topology = MeshTopology(mesh)
        #expect(topology.inconsistentEdgeCount == 3)
        #expect(topology.isOrientable)
        #expect(topology.isClosed)
        #expect(!topology.isWatertight)
    }

    @Test func tetrahedraSharingAnEdgeAreNotManifold() {
        // The second is the first one's mirror image through their shared edge along z.
        var mesh = KnownMesh.tetrahedron
        mesh.vertices += [SIMD3(-1, 0, 0), SIMD3(0, -1, 0)]
        mesh.triangles += [SIMD3(0, 5, 4), SIMD3(0, 4, 3), SIMD3(0, 3, 5), SIMD3(4, 5, 3)]
        let topology = MeshTopology(mesh)
        #expect(topology.nonManifoldEdgeCount == 1)
        #expect(topology.componentCount == 1)
        #expect(topology.patches.count == 2)
        #expect(topology.boundaryEdgeCount == 0)
        #expect(!topology.isClosed)
    }

    @Test func tetrahedraSharingAVertexAreNotManifoldThere() {
        var mesh = KnownMesh.tetrahedron
        mesh.vertices += [SIMD3(-1, 0, 0), SIMD3(0, -1, 0), SIMD3(0, 0, -1)]
        mesh.triangles += [SIMD3(0, 4, 5), SIMD3(0, 6, 4), SIMD3(0, 5, 6), SIMD3(4, 6, 5)]
        let topology = MeshTopology(mesh)
        #expect(topology.nonManifoldVertexCount == 1)
        #expect(topology.nonManifoldEdgeCount == 0)
        #expect(topology.isClosed)
        #expect(topology.genus == nil)
    }

    @Test func duplicatesAndSliversAreCounted() {
        var mesh = KnownMesh.tetrahedron
        mesh.triangles += [SIMD3(2, 1, 0), SIMD3(3, 2, 1)]
        mesh.vertices += [SIMD3(5, 0, 0), SIMD3(6, 0, 0), SIMD3(7, 0, 0)]
        mesh.triangles.append(SIMD3(4, 5, 6))
        let topology = MeshTopology(mesh)
        #expect(topology.duplicateTriangleCount == 2)
        #expect(topology.zeroAreaTriangleCount == 1)
    }

    @Test func doubleSidedTriangleIsADuplicateOfItself() {
        let mesh = TriangleMesh(
            vertices: Array(KnownMesh.tetrahedron.vertices.prefix(3)), triangles: [SIMD3(0, 1, 2), SIMD3(2, 1, 0)])
        let topology = MeshTopology(mesh)
        #expect(topology.duplicateTriangleCount == 1)
        #expect(topology.isWatertight)
        #expect(topology.eulerCharacteristic == 2)
    }

    @Test func emptyMeshIsNothing() {
        let topology = MeshTopology(TriangleMesh())
        #expect(!topology.isClosed)
        #expect(topology.componentCount == 0)
    }

    @Test(arguments: [0, 1, 2, 3] as [UInt64])
    func triangleAndVertexOrderChangeNothing(seed: UInt64) {
        var mesh = KnownMesh.torus().joined(with: KnownMesh.plane()).joined(with: KnownMesh.moebiusStrip())
        let before = MeshTopology(mesh)
        var random = SplitMix(state: seed)
        mesh.triangles.shuffle(using: &random)
        let order = mesh.vertices.indices.shuffled(using: &random)
        var numbers = [UInt32](repeating: 0, count: order.count)
        for (new, old) in order.enumerated() { numbers[old] = UInt32(new) }
        mesh.vertices = order.map { mesh.vertices[$0] }
        mesh.triangles = mesh.triangles.map { SIMD3(numbers[Int($0.x)], numbers[Int($0.y)], numbers[Int($0.z)]) }
        let after = MeshTopology(mesh)
        #expect(after.eulerCharacteristic == before.eulerCharacteristic)
        #expect(after.componentCount == before.componentCount)
        #expect(after.boundaryEdgeCount == before.boundaryEdgeCount)
        #expect(after.isOrientable == before.isOrientable)
        #expect(after.patches.map(\.triangleCount).sorted() == before.patches.map(\.triangleCount).sorted())
        #expect(abs(after.area - before.area) < 1e-9 * before.area)
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
