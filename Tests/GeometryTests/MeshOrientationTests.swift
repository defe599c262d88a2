import Core
import Geometry
import TestSupport
import Testing

@Suite struct MeshOrientationTests {
    private static func scaled(_ mesh: TriangleMesh, by factor: Float) -> TriangleMesh {
        TriangleMesh(vertices: mesh.vertices.map { ($0 - 0.2) * factor }, triangles: mesh.triangles)
    }

    private static let outer = scaled(KnownMesh.tetrahedron, by: 10)
    private static let inner = scaled(KnownMesh.tetrahedron, by: 1)
    private static let aside = KnownMesh.torus().moved(by: SIMD3(100, 0, 0))

    private static func repaired(_ original: TriangleMesh) -> (mesh: TriangleMesh, repair: OrientationRepair) {
        var mesh = original
        var topology = MeshTopology(mesh)
        let repair = mesh.orientOutward(&topology)
        #expect(topology == MeshTopology(mesh))
        return (mesh, repair)
    }

    @Test func outwardMeshStays() {
        let result = Self.repaired(Self.aside)
        #expect(result.mesh == Self.aside)
        #expect(result.repair == OrientationRepair())
    }

    @Test func insideOutMeshIsTurned() {
        let result = Self.repaired(Self.aside.reversed)
        #expect(MeshTopology(result.mesh).signedVolume > 0)
        #expect(result.repair.turnedPatchCount == 1)
        #expect(result.repair.turnedTriangleCount == Self.aside.triangles.count)
    }

    @Test func onlyThePartThatIsInsideOutIsTurned() {
        let result = Self.repaired(Self.outer.joined(with: Self.aside.reversed))
        #expect(result.mesh.triangles.prefix(4) == Self.outer.triangles.prefix(4))
        #expect(result.repair.turnedPatchCount == 1)
        #expect(MeshTopology(result.mesh).patches.allSatisfy { $0.signedVolume > 0 })
    }

    @Test func cavityStays() {
        let hollow = Self.outer.joined(with: Self.inner.reversed)
        let result = Self.repaired(hollow)
        #expect(result.mesh == hollow)
        #expect(result.repair.cavityCount == 1)
    }

    @Test func insideOutHollowBodyIsTurnedWithItsCavity() {
        let hollow = Self.outer.joined(with: Self.inner.reversed)
        let result = Self.repaired(hollow.reversed.joined(with: Self.aside))
        #expect(result.repair.turnedPatchCount == 2)
        let volumes = MeshTopology(result.mesh).patches.map(\.signedVolume)
        #expect(volumes[0] > 0)
        #expect(volumes[1] < 0)
        #expect(volumes[2] > 0)
    }

    /// Triangles that name a vertex twice run along an edge from it to itself, which has no direction to agree about.
    @Test func orientingTwiceIsOrientingOnce() {
        var mesh = KnownMesh.tetrahedron
        mesh.triangles += [[0, 0, 1], [0, 0, 1], [0, 1, 0], [2, 3, 2], [3, 3, 3]]
        let once = Self.repaired(mesh).mesh
        let twice = Self.repaired(once)
        #expect(twice.mesh == once)
        #expect(!twice.repair.hasChanged)
    }

    // MARK: What is inside what

    private static let ring = QueryShapes.torus(rings: 40, sides: 20, radius: 2, tube: 0.6)
    private static let ball = QueryShapes.sphere(levels: 3)

    /// A ball in the hole of a ring is in its box, not in it.
    @Test(arguments: [(false, true), (true, false), (true, true)])
    func aBallInTheHoleOfARingIsNoCavity(_ isRingTurned: Bool, _ isBallTurned: Bool) {
        let result = Self.repaired(
            (isRingTurned ? Self.ring.reversed : Self.ring).joined(with: isBallTurned ? Self.ball.reversed : Self.ball))
        #expect(MeshTopology(result.mesh).patches.allSatisfy { $0.signedVolume > 0 })
        #expect(result.repair.turnedPatchCount == (isRingTurned ? 1 : 0) + (isBallTurned ? 1 : 0))
        #expect(result.repair.cavityCount == 0)
    }

    private static func box(_ minimum: SIMD3<Float>, _ maximum: SIMD3<Float>) -> TriangleMesh {
        TriangleMesh(
            vertices: QueryShapes.box.vertices.map { minimum + $0 * (maximum - minimum) },
            triangles: QueryShapes.box.triangles)
    }

    /// A pocket whose mouth lies in a face takes away from the block, and is not turned into something that fills it.
    @Test func aPocketFlushWithAFaceStays() throws {
        let pocketed = Self.box([0, 0, 0], [4, 4, 2]).joined(with: Self.box([1, 1, 1], [2, 2, 2]).reversed)
        let result = Self.repaired(pocketed)
        #expect(result.mesh == pocketed)
        #expect(result.repair.cavityCount == 1)
        let field = MeshField(result.mesh)
        #expect(
            field.values(at: [[1.5, 1.5, 1.5], [0.5, 0.5, 1.5], [1.5, 1.5, 0.5]]).map { $0 < 0 } == [false, true, true])
    }

    /// A boss that stands on a face, inside out, touches the block as a pocket does, from the other side.
    @Test func aBossOnAFaceIsTurned() {
        let result = Self.repaired(
            Self.box([0, 0, 0], [4, 4, 2]).joined(with: Self.box([1, 1, 2], [2, 2, 3]).reversed))
        #expect(result.repair.turnedPatchCount == 1 && result.repair.cavityCount == 0)
    }

    /// Shells in shells keep what is between them: solid, hollow, solid.
    @Test(arguments: 0..<8) func nestedShells(_ turned: Int) {
        let shells = [3, 2, 1].map { QueryShapes.sphere(levels: 2, radius: Float($0)) }
        let mesh = QueryShapes.joined(
            shells.enumerated().map { turned >> $0.offset & 1 == 1 ? $0.element.reversed : $0.element })
        let field = MeshField(Self.repaired(mesh).mesh)
        let insides = field.values(at: [[2.5, 0, 0], [1.5, 0, 0], [0.2, 0.1, 0]]).map { $0 < 0 }
        // The outermost is solid however it came, and what faces the other way inside it is hollow.
        let (outer, middle) = (turned & 1, turned >> 1 & 1)
        #expect(insides[0] && insides[1] == (middle == outer))
        // An island in a hollow is solid, whichever way it faces; a third shell in a solid within a solid takes one away
        // of two.
        #expect(insides[2])
    }

    /// More parts than could be compared with each other one by one.
    @Test func thousandsOfParts() {
        var parts: [TriangleMesh] = []
        for x in 0..<20 {
            for y in 0..<20 {
                for z in 0..<15 {
                    let part = KnownMesh.tetrahedron.moved(by: SIMD3(Float(x), Float(y), Float(z)) * 2)
                    parts.append((x + y + z) % 3 == 0 ? part.reversed : part)
                }
            }
        }
        let result = Self.repaired(QueryShapes.joined(parts))
        #expect(
            result.repair.turnedPatchCount == parts.indices.count { parts[$0].triangles[0] != parts[1].triangles[0] })
        #expect(MeshTopology(result.mesh).patches.allSatisfy { $0.signedVolume > 0 })
    }

    // MARK: Triangles that disagree

    @Test(arguments: 0..<4 as Range<UInt64>) func facesTurnedAtRandomAgreeAgain(_ seed: UInt64) {
        let stream = RandomStream(seed: seed, stream: 1)
        for mesh in [Self.ring, Self.ball, Self.box([0, 0, 0], [1, 2, 3])] {
            var shuffled = mesh
            for index in mesh.triangles.indices where stream.uniforms(at: UInt64(index)).x < 0.5 {
                let triangle = mesh.triangles[index]
                shuffled.triangles[index] = SIMD3(triangle.x, triangle.z, triangle.y)
            }
            let result = Self.repaired(shuffled)
            #expect(result.repair.agreedTriangleCount > 0)
            #expect(MeshTopology(result.mesh).isWatertight)
            #expect(MeshTopology(result.mesh).signedVolume > 0)
        }
    }

    @Test func aStripOfOneSideStays() {
        let strip = KnownMesh.moebiusStrip()
        #expect(Self.repaired(strip).mesh == strip)
    }

    /// In an open sheet the fewer give way.
    @Test func aTurnedTriangleOfASheetAgreesAgain() {
        let plane = KnownMesh.plane()
        var flawed = plane
        flawed.triangles[7] = SIMD3(plane.triangles[7].x, plane.triangles[7].z, plane.triangles[7].y)
        let result = Self.repaired(flawed)
        #expect(result.mesh == plane)
        #expect(result.repair.agreedTriangleCount == 1)
    }

    // MARK: Faces that stand twice

    private static func doubled(_ mesh: TriangleMesh, _ faces: Range<Int>) -> TriangleMesh {
        TriangleMesh(
            vertices: mesh.vertices,
            triangles: mesh.triangles + mesh.triangles[faces].map { SIMD3($0.x, $0.z, $0.y) })
    }

    @Test(arguments: [0..<2, 0..<4, 4..<12, 0..<12, 3..<4]) func aSolidWithDoubledFacesIsSolid(_ faces: Range<Int>) {
        let cube = Self.box([0, 0, 0], [1, 1, 1])
        let result = Self.repaired(Self.doubled(cube, faces))
        #expect(result.repair.doubledTriangleCount == faces.count)
        let topology = MeshTopology(result.mesh)
        #expect(topology.isWatertight && abs(topology.signedVolume - 1) < 1e-6)
    }

    /// The wall between two boxes belongs to both, once each way.
    @Test func theWallOfTwoBoxesStays() {
        var both = Self.box([0, 0, 0], [1, 1, 1])
        let upper: [UInt32] = [4, 5, 6, 7, 8, 9, 10, 11]
        both.vertices += [[0, 0, 2], [1, 0, 2], [0, 1, 2], [1, 1, 2]]
        both.triangles += QueryShapes.box.triangles.map { t in
            SIMD3(upper[Int(t.x)], upper[Int(t.y)], upper[Int(t.z)])
        }
        #expect(MeshTopology(both).duplicateTriangleCount == 2)
        #expect(Self.repaired(both).mesh == both)
        #expect(MeshField(both).values(at: [[0.5, 0.5, 0.9], [0.5, 0.5, 1.1]]).allSatisfy { $0 < 0 })
    }

    /// A sheet of two sides is open with one of them: nothing is known better.
    @Test func aSheetOfTwoSidesStays() {
        let plane = KnownMesh.plane()
        let sheet = Self.doubled(plane, plane.triangles.indices)
        #expect(Self.repaired(sheet).mesh == sheet)
    }

    /// Solids that touch along an edge are closed, and turned each.
    @Test func boxesThatShareAnEdge() {
        var both = Self.box([0, 0, 0], [1, 1, 1]).reversed
        // The second box has the edge of corners 3 and 7 in common with the first.
        let corners: [UInt32] = [3, 8, 9, 10, 7, 11, 12, 13]
        both.vertices += [[2, 1, 0], [1, 2, 0], [2, 2, 0], [2, 1, 1], [1, 2, 1], [2, 2, 1]]
        both.triangles += QueryShapes.box.triangles.map { t in
            SIMD3(corners[Int(t.x)], corners[Int(t.y)], corners[Int(t.z)])
        }
        #expect(MeshTopology(both).nonManifoldEdgeCount == 1)
        let result = Self.repaired(both)
        #expect(result.repair.turnedPatchCount == 1)
        #expect(MeshField(result.mesh).values(at: [[0.5, 0.5, 0.5], [1.5, 1.5, 0.5]]).allSatisfy { $0 < 0 })
    }

    @Test func openMeshStays() {
        let plane = KnownMesh.plane().reversed
        #expect(Self.repaired(plane).mesh == plane)
    }
}
