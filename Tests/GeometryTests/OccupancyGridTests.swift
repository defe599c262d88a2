import Core
import Geometry
import TestSupport
import Testing

/// The grid is behind `MeshField`: what it knows must be what the exact test says.
@Suite struct OccupancyGridTests {
    private func expectSameAsWindingNumber(_ mesh: TriangleMesh, _ field: MeshField, seed: UInt64, count: Int = 4000) {
        let box = mesh.boundingBox!
        let points = QueryShapes.points(count, seed: seed, center: box.center, side: box.extent.max() * 1.2)
        var inside = [UInt8](repeating: 7, count: count)
        var span = inside.mutableSpan
        field.occupancies(at: points.span, into: &span)
        let values = field.values(at: points)
        for (index, point) in points.enumerated() {
            let isInside = PlainQueries.windingNumber(point, mesh) >= 0.5
            #expect((inside[index] == 1) == isInside)
            #expect((values[index] < 0) == isInside)
        }
    }

    @Test(arguments: SignMethod.allCases)
    func cavitiesAndSeveralParts(_ sign: SignMethod) {
        var cavity = QueryShapes.sphere(levels: 3, radius: 0.4)
        cavity.triangles = cavity.triangles.map { SIMD3($0.x, $0.z, $0.y) }
        let mesh = QueryShapes.joined([
            QueryShapes.sphere(levels: 3), cavity, QueryShapes.sphere(levels: 2, center: [0.1, 0, 0], radius: 0.1),
            QueryShapes.torus(rings: 30, sides: 12, radius: 2, tube: 0.2),
        ])
        let field = MeshField(mesh, sign: sign)
        expectSameAsWindingNumber(mesh, field, seed: 1)
        #expect(field.resolvedSign == (sign == .automatic ? .pseudonormal : sign))
        #expect(field.doubtfulTriangleCount == 0 || sign == .automatic)
    }

    /// Triangles that span the whole grid, at every slant.
    @Test(arguments: 0..<5 as Range<UInt64>)
    func largeTriangles(seed: UInt64) {
        let turn = RandomStream(seed: seed, stream: 3).normals(at: 0)
        var axis = SIMD3(turn.x, turn.y, turn.z)
        axis /= (axis * axis).sum().squareRoot()
        var box = QueryShapes.box
        // A reflection, and the triangles turned around to undo it.
        box.vertices = box.vertices.map { $0 - 2 * (axis * $0).sum() * axis }
        box.triangles = box.triangles.map { SIMD3($0.x, $0.z, $0.y) }
        let thin = TriangleMesh(vertices: box.vertices.map { $0 * [1, 1, 0.02] }, triangles: box.triangles)
        for mesh in [box, thin] { expectSameAsWindingNumber(mesh, MeshField(mesh), seed: seed, count: 2000) }
    }

    /// Boxes and needles at random angles, of which planes run nearly along rows of cells.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func turnedBoxes(seed: UInt64) {
        let stream = RandomStream(seed: seed, stream: 4)
        let (first, second) = (stream.uniforms(at: 0), stream.uniforms(at: 1))
        func turned(_ point: SIMD3<Float>) -> SIMD3<Float> {
            var point = point
            for (axis, part) in [first.x, first.y, first.z].enumerated() {
                let (sine, cosine) = sineAndCosine(ofTurns: Double(part))
                let (i, j) = (axis, (axis + 1) % 3)
                (point[i], point[j]) = (
                    Float(cosine) * point[i] - Float(sine) * point[j], Float(sine) * point[i] + Float(cosine) * point[j]
                )
            }
            return point
        }
        let size: SIMD3<Float> = seed % 2 == 0 ? [1.5 + 3.5 * second.x, 1, 1] : [1, second.y, 0.003 + 0.01 * second.z]
        let box = TriangleMesh(
            vertices: QueryShapes.box.vertices.map { turned($0 * size) }, triangles: QueryShapes.box.triangles)
        expectSameAsWindingNumber(box, MeshField(box), seed: seed, count: 50)
        let corners = (0..<4).map { index -> SIMD3<Float> in
            let draw = stream.uniforms(at: 10 + UInt64(index))
            return 0.1 * SIMD3(draw.x, draw.y, draw.z)
        }
        _ = MeshField(TriangleMesh(vertices: corners, triangles: KnownMesh.tetrahedron.triangles))
    }

    /// Far from the origin cells are finer than single precision: nothing is written out of bounds, nothing is wrong.
    @Test(arguments: [1e3, 1e5, 3e6] as [Float]) func farFromTheOrigin(_ distance: Float) {
        let offset = SIMD3(distance, -distance, 2 * distance)
        let mesh = TriangleMesh(
            vertices: QueryShapes.sphere(levels: 2, radius: 2).vertices.map { $0 + offset },
            triangles: QueryShapes.sphere(levels: 2).triangles)
        let field = MeshField(mesh)
        let points = QueryShapes.points(400, seed: 1, center: offset, side: 5)
        for (point, value) in zip(points, field.values(at: points)) where abs(value) > 8 * distance.ulp {
            #expect((value < 0) == (PlainQueries.windingNumber(point, mesh) >= 0.5))
        }
    }

    /// Parts that overlap, or face inwards, are found, and the winding number takes over.
    @Test func overlapsAndInsideOutParts() {
        let overlapping = QueryShapes.joined([
            QueryShapes.sphere(levels: 3, center: [-0.5, 0, 0]), QueryShapes.sphere(levels: 3, center: [0.5, 0, 0]),
        ])
        // A third of each sphere, roughly, is inside the other.
        let doubtful = MeshField(overlapping).doubtfulTriangleCount
        #expect(doubtful > 200 && doubtful < 500)
        expectSameAsWindingNumber(overlapping, MeshField(overlapping), seed: 2)
        var turned = QueryShapes.sphere(levels: 3)
        turned.triangles = turned.triangles.map { SIMD3($0.x, $0.z, $0.y) }
        #expect(MeshField(turned).doubtfulTriangleCount == turned.triangles.count)
        expectSameAsWindingNumber(turned, MeshField(turned), seed: 3)
    }

    @Test func cleanMeshesHaveNoDoubtfulTriangles() {
        let cleans = [
            QueryShapes.box, QueryShapes.sphere(levels: 4), QueryShapes.torus(rings: 40, sides: 20),
            QueryShapes.joined([QueryShapes.box, QueryShapes.sphere(levels: 2, center: [3, 0, 0])]),
        ]
        for mesh in cleans { #expect(MeshField(mesh).doubtfulTriangleCount == 0) }
    }

    /// A spike through the opposite wall: only the pierced triangles and those around them are in doubt.
    @Test func aSpikeThroughTheWall() {
        var mesh = QueryShapes.sphere(levels: 4)
        let tip = mesh.vertices.indices.max { mesh.vertices[$0].x < mesh.vertices[$1].x }!
        mesh.vertices[tip] = [-1.5, 0.02, 0.01]
        let field = MeshField(mesh)
        #expect(field.doubtfulTriangleCount > 4 && field.doubtfulTriangleCount < 60)
        expectSameAsWindingNumber(mesh, field, seed: 9)
        let points = QueryShapes.points(1000, seed: 10, center: [-1.1, 0.02, 0], side: 0.3)
        for (point, value) in zip(points, field.values(at: points)) {
            #expect((value < 0) == (PlainQueries.windingNumber(point, mesh) >= 0.5))
        }
    }

    @Test func openMeshes() {
        var mesh = QueryShapes.sphere(levels: 3)
        mesh.triangles.removeAll { triangle in
            [triangle.x, triangle.y, triangle.z].contains { mesh.vertices[Int($0)].z > 0.7 }
        }
        let field = MeshField(mesh, windingAccuracy: 5)
        let points = QueryShapes.points(4000, seed: 5)
        for (point, value) in zip(points, field.values(at: points)) {
            let exact = PlainQueries.windingNumber(point, mesh)
            if abs(exact - 0.5) > 0.003 { #expect((value < 0) == (exact > 0.5)) }
        }
    }

    /// Far from the hole most cells are classified, and every answer, looked up or not, is the winding number's.
    @Test(arguments: [0.7, 0, -0.6] as [Float], 1...2 as ClosedRange<UInt64>)
    func cellsOfOpenMeshes(cut: Float, seed: UInt64) {
        var mesh = QueryShapes.joined([
            QueryShapes.sphere(levels: 4), QueryShapes.sphere(levels: 2, center: [0.4, 0.3, -0.2], radius: 0.8),
        ])
        mesh.triangles.removeAll { triangle in
            [triangle.x, triangle.y, triangle.z].contains { mesh.vertices[Int($0)].z > cut }
        }
        let field = MeshField(mesh)
        #expect(field.resolvedSign == .winding)
        #expect(field.classifiedShare > 0.5)
        let points = QueryShapes.points(20_000, seed: seed, side: 3)
        var numbers = [Float](repeating: 0, count: points.count)
        var span = numbers.mutableSpan
        field.windingNumbers(at: points.span, into: &span)
        var inside = [UInt8](repeating: 7, count: points.count)
        var insideSpan = inside.mutableSpan
        field.occupancies(at: points.span, into: &insideSpan)
        for (index, number) in numbers.enumerated() { #expect((inside[index] == 1) == (number >= 0.5)) }
    }

    /// A single sheet: beside it the winding number comes close to ½ without a jump in any cell's side.
    @Test(arguments: 1...3 as ClosedRange<UInt64>) func sheets(seed: UInt64) {
        let stack = TriangleMesh(
            vertices: (0..<3).flatMap { layer in
                [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]].map { $0 + SIMD3<Float>(0, 0, Float(layer) / 20) }
            },
            triangles: (0..<3).flatMap { layer in
                ([[0, 2, 1], [1, 2, 3]] as [SIMD3<UInt32>]).map { $0 &+ 4 * layer }
            })
        let field = MeshField(stack)
        #expect(field.classifiedShare > 0.05)
        let points = QueryShapes.points(20_000, seed: seed, center: [0.5, 0.5, 0], side: 1.5)
        var numbers = [Float](repeating: 0, count: points.count)
        var span = numbers.mutableSpan
        field.windingNumbers(at: points.span, into: &span)
        for (value, number) in zip(field.values(at: points), numbers) { #expect((value < 0) == (number >= 0.5)) }
    }

    @Test func flatMesh() {
        let square = TriangleMesh(
            vertices: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], triangles: [[0, 1, 2], [2, 1, 3]])
        let values = MeshField(square).values(at: [[0.5, 0.5, 0.25], [0.5, 0.5, -0.25], [3, 0.5, 0]])
        #expect(values == [0.25, 0.25, 2])
        var both = square
        both.triangles += both.triangles.map { SIMD3($0.x, $0.z, $0.y) }
        #expect(MeshField(both).values(at: [[0.5, 0.5, 0.25], [0.5, 0.5, -0.25], [3, 0.5, 0]]) == [0.25, 0.25, 2])
    }
}
