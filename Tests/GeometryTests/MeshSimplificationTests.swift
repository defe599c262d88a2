import Core
import Geometry
import TestSupport
import Testing

@Suite struct MeshSimplificationTests {
    @Test(arguments: [0.5, 0.1, 0.01])
    func closedMeshesKeepTheirTopology(part: Double) {
        let shapes = [
            QueryShapes.sphere(levels: 5), QueryShapes.torus(rings: 120, sides: 60),
            QueryShapes.joined([
                QueryShapes.torus(rings: 60, sides: 30),
                QueryShapes.sphere(levels: 4, center: SIMD3(3, 0, 0), radius: 0.5),
            ]),
        ]
        for shape in shapes {
            let before = MeshTopology(shape)
            let count = Int(part * Double(shape.triangles.count))
            let simplified = shape.simplified(toTriangles: count)
            let after = MeshTopology(simplified)
            #expect((count - 1...count).contains(simplified.triangles.count))
            #expect(after.isWatertight && !after.isInsideOut)
            #expect(after.componentCount == before.componentCount)
            #expect(after.eulerCharacteristic == before.eulerCharacteristic)
            #expect(after.nonManifoldVertexCount == 0)
        }
    }

    /// As far as it goes: no more than what each piece needs to stay what it is.
    @Test func aimingAtNothingLeavesTheLeastOfEachPiece() {
        let sphere = MeshTopology(QueryShapes.sphere(levels: 3).simplified(toTriangles: 0))
        #expect(sphere.isWatertight && sphere.eulerCharacteristic == 2)
        #expect(sphere.triangleCount >= 4 && sphere.triangleCount <= 20)
        let torus = MeshTopology(QueryShapes.torus(rings: 24, sides: 12).simplified(toTriangles: 0))
        #expect(torus.isWatertight && torus.genus == 1)
        // Seven vertices and fourteen triangles make the smallest torus (Möbius).
        #expect((14...40).contains(torus.triangleCount))
        #expect(KnownMesh.tetrahedron.simplified(toTriangles: 0) == KnownMesh.tetrahedron)
    }

    /// Flat faces and straight edges cost nothing.
    @Test func aFineBoxBecomesTheCoarseOne() {
        var box = QueryShapes.box
        for _ in 0..<5 { box = QueryShapes.subdivided(box) }
        let simplified = box.simplified(toTriangles: 12)
        #expect(simplified.triangles.count == 12)
        #expect(Set(simplified.vertices.map { $0.rounded(.toNearestOrEven) }) == Set(QueryShapes.box.vertices))
        for vertex in simplified.vertices {
            let nearest = vertex.rounded(.toNearestOrEven)
            #expect(max((vertex - nearest).max(), (nearest - vertex).max()) < 5e-5)
        }
        let volume = MeshTopology(QueryShapes.box).signedVolume
        #expect(abs(MeshTopology(simplified).signedVolume - volume) < 1e-4 * volume)
    }

    /// A tenth of a sphere's triangles, as far from it as a polyhedron of as many even triangles must be, and a little more.
    @Test(arguments: [(SIMD3<Float>.zero, Float(1)), (SIMD3(3e6, -1e6, 2e6), 1e6), (.zero, 1e-6)])
    func aSphereStaysOne(center: SIMD3<Float>, radius: Float) {
        let sphere = QueryShapes.sphere(levels: 5, center: center, radius: radius)
        let simplified = sphere.simplified(toTriangles: sphere.triangles.count / 10)
        // Triangles of edge e = √(4 · 4π / (√3 n)) have their middle e²/6 below the sphere.
        let sag = 4 * 4 * Double.pi / (3.0.squareRoot() * Double(simplified.triangles.count)) / 6
        for triangle in simplified.triangles {
            var middle = SIMD3<Double>.zero
            for corner in 0..<3 {
                let offset = SIMD3<Double>(simplified.vertices[Int(triangle[corner])] - center) / Double(radius)
                #expect(abs(PlainQueries.length(offset) - 1) < 1.5 * sag)
                middle += offset / 3
            }
            #expect(abs(PlainQueries.length(middle) - 1) < 2.5 * sag)
        }
    }

    /// Every cost is the same there: work must not grow with the square, and no vertex may swallow all others.
    @Test func largeFlatPlacesAreDoneInTime() {
        let plane = KnownMesh.plane(rows: 400, columns: 400)
        let simplified = plane.simplified(toTriangles: 32_000)
        var valence = [Int](repeating: 0, count: simplified.vertices.count)
        for triangle in simplified.triangles { for side in 0..<3 { valence[Int(triangle[side])] += 1 } }
        #expect(simplified.triangles.count >= 31_999)
        #expect((valence.max() ?? 0) < 20)
        #expect(abs(MeshTopology(simplified).area - 1) < 1e-4)
    }

    @Test func theLastTriangleOfAPieceStays() {
        let pieces = QueryShapes.joined([KnownMesh.plane(), KnownMesh.plane().moved(by: SIMD3(3, 0, 0))])
        let simplified = MeshTopology(pieces.simplified(toTriangles: 0))
        #expect(simplified.componentCount == 2 && simplified.triangleCount <= 4)
        let one = TriangleMesh(vertices: [.zero, SIMD3(1, 0, 0), SIMD3(0, 1, 0)], triangles: [SIMD3(0, 1, 2)])
        #expect(one.simplified(toTriangles: 0) == one)
    }

    @Test func openingsStayWhereTheyAre() {
        let plane = KnownMesh.plane(rows: 40, columns: 30)
        let simplified = MeshTopology(plane.simplified(toTriangles: 2))
        #expect(simplified.triangleCount <= 6)
        #expect(simplified.eulerCharacteristic == 1 && simplified.componentCount == 1)
        #expect(abs(simplified.area - 1) < 1e-4)
        let strip = KnownMesh.moebiusStrip(rows: 60, columns: 8)
        let coarse = MeshTopology(strip.simplified(toTriangles: 60))
        #expect(!coarse.isOrientable && coarse.eulerCharacteristic == 0 && coarse.componentCount == 1)
        #expect(coarse.nonManifoldVertexCount == 0)
    }

    /// Whatever comes in: boxes that share an edge, loose triangles through each other, a corner named twice, one without area.
    @Test(arguments: 0..<20) func anythingComesOutAsTriangles(seed: UInt64) {
        let box = QueryShapes.box
        let shift = box.boundingBox!.extent * SIMD3(1, 1, 0)
        var welded = QueryShapes.joined([box, box.moved(by: shift)])
        // Corners at one place become one: the boxes then share an edge of four triangles.
        var firsts: [SIMD3<Float>: UInt32] = [:]
        for (index, vertex) in welded.vertices.enumerated() where firsts[vertex] == nil {
            firsts[vertex] = UInt32(index)
        }
        for index in welded.triangles.indices {
            for side in 0..<3 {
                welded.triangles[index][side] = firsts[welded.vertices[Int(welded.triangles[index][side])]]!
            }
        }
        for _ in 0..<3 { welded = QueryShapes.subdivided(welded) }
        #expect(MeshTopology(welded).nonManifoldEdgeCount > 0)
        var soup = QueryShapes.soup(count: 300, seed: seed)
        soup.triangles.append(SIMD3(0, 0, 1))
        soup.vertices[Int(soup.triangles[5].x)] = soup.vertices[Int(soup.triangles[5].y)]
        for mesh in [welded, soup] {
            let simplified = mesh.simplified(toTriangles: Int(seed) * mesh.triangles.count / 20)
            #expect(simplified.vertices.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.z.isFinite })
            #expect(simplified.triangles.allSatisfy { $0.max() < simplified.vertices.count })
            let (before, after) = (MeshTopology(mesh), MeshTopology(simplified))
            #expect(after.zeroAreaTriangleCount <= before.zeroAreaTriangleCount)
            #expect(after.componentCount == before.componentCount)
            #expect(after.boundaryEdgeCount == 0 || before.boundaryEdgeCount > 0)
        }
    }

    @Test func nothingToDoChangesNothing() {
        let sphere = QueryShapes.sphere(levels: 2)
        #expect(sphere.simplified(toTriangles: sphere.triangles.count) == sphere)
        #expect(TriangleMesh().simplified(toTriangles: 0) == TriangleMesh())
        let coarse = sphere.simplified(toTriangles: 100)
        #expect(coarse == sphere.simplified(toTriangles: 100))
        // What was not touched keeps its bits: of 162 vertices most survive the loss of one triangle in ten.
        let kept = Set(sphere.vertices)
        let few = sphere.simplified(toTriangles: sphere.triangles.count * 9 / 10)
        #expect(few.vertices.count { kept.contains($0) } > few.vertices.count / 2)
    }

    /// They close nothing and open nothing; collapsed with the rest they once left two triangles of two vertices.
    @Test func trianglesThatNameAVertexTwiceAreLeftOut() {
        let mesh = TriangleMesh(
            vertices: [[0.95, 0.73, 0.48], [0.79, 0.78, 0.44], [0.05, 0.21, 0.31], [0.22, 0.79, 0.69]],
            triangles: [[0, 0, 1], [0, 0, 3], [1, 3, 2], [1, 2, 3]])
        for count in 0...3 {
            let simplified = mesh.simplified(toTriangles: count)
            #expect(simplified.triangles.allSatisfy { $0.x != $0.y && $0.y != $0.z && $0.z != $0.x })
            #expect(simplified.triangles.isEmpty || MeshTopology(simplified).isClosed)
        }
    }
}
