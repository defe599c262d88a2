import Core
import Geometry
import TestSupport
import Testing

@Suite struct MeshFieldTests {
    private func occupancies(_ field: MeshField, _ points: [SIMD3<Float>]) -> [UInt8] {
        var result = [UInt8](repeating: 7, count: points.count)
        var span = result.mutableSpan
        field.occupancies(at: points.span, into: &span)
        return result
    }

    @Test(arguments: SignMethod.allCases)
    func signAgreesWithTheExactWindingNumber(_ sign: SignMethod) {
        for mesh in [QueryShapes.torus(rings: 30, sides: 14), QueryShapes.sphere(levels: 3), QueryShapes.box] {
            let field = MeshField(mesh, sign: sign)
            let points = QueryShapes.points(1500, seed: 1)
            let values = field.values(at: points)
            let inside = occupancies(field, points)
            for (index, point) in points.enumerated() {
                let isInside = PlainQueries.windingNumber(point, mesh) > 0.5
                #expect((values[index] < 0) == isInside)
                #expect((inside[index] == 1) == isInside)
            }
        }
    }

    @Test func methodFollowsTheMesh() {
        var mesh = QueryShapes.torus(rings: 20, sides: 10)
        #expect(MeshField(mesh).resolvedSign == .pseudonormal)
        #expect(MeshField(mesh, sign: .parity).resolvedSign == .parity)
        #expect(MeshField(mesh, sign: .winding).resolvedSign == .winding)
        var turned = mesh
        turned.triangles[3] = SIMD3(turned.triangles[3].x, turned.triangles[3].z, turned.triangles[3].y)
        #expect(MeshField(turned).resolvedSign == .parity)
        #expect(MeshField(turned, sign: .winding).resolvedSign == .winding)
        mesh.triangles.removeLast()
        #expect(MeshField(mesh).resolvedSign == .winding)
        #expect(MeshField(mesh, sign: .pseudonormal).resolvedSign == .winding)
        #expect(MeshField(TriangleMesh()).resolvedSign == .winding)
    }

    /// A closed mesh each of whose faces was turned at random has the inside that it had.
    @Test(arguments: 0..<3 as Range<UInt64>) func closedMeshesWhoseFacesFaceBothWays(seed: UInt64) {
        let sphere = QueryShapes.sphere(levels: 3)
        var turned = sphere
        for index in sphere.triangles.indices
        where RandomStream(seed: seed, stream: 2).uniforms(at: UInt64(index)).x < 0.5 {
            let t = sphere.triangles[index]
            turned.triangles[index] = SIMD3(t.x, t.z, t.y)
        }
        let points = QueryShapes.points(3000, seed: seed)
        let insides = MeshField(sphere).values(at: points).map { $0 < 0 }
        let field = MeshField(turned)
        #expect(field.values(at: points).map { $0 < 0 } == insides)
        #expect(occupancies(field, points).map { $0 == 1 } == insides)
        #expect(field.changesSignAtTrianglesOnly && field.classifiedShare > 0.5)
    }

    /// ±ε along the pseudonormals of faces, edges and corners, sharp ones included.
    @Test(arguments: SignMethod.allCases, [1e-2, 1e-3, 1e-4, 1e-5] as [Float])
    func signChangesAcrossTheSurface(_ sign: SignMethod, _ epsilon: Float) {
        for mesh in [QueryShapes.torus(rings: 24, sides: 12), QueryShapes.box, QueryShapes.sphere(levels: 2)] {
            var inner: [SIMD3<Float>] = []
            var outer: [SIMD3<Float>] = []
            for index in mesh.triangles.indices {
                let (a, b, c) = mesh.corners(of: index)
                let (u, v) = (b - a, c - a)
                var normal = SIMD3(u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
                normal /= (normal * normal).sum().squareRoot()
                for place in [(a + b + c) / 3, a * 0.8 + b * 0.15 + c * 0.05] {
                    outer.append(place + normal * epsilon)
                    inner.append(place - normal * epsilon)
                }
            }
            let field = MeshField(mesh, sign: sign)
            #expect(field.values(at: outer).allSatisfy { $0 > 0 && abs($0 - epsilon) < 1e-6 })
            #expect(field.values(at: inner).allSatisfy { $0 < 0 && abs($0 + epsilon) < 1e-6 })
        }
    }

    /// Closest points on sharp edges and corners, where a face's normal alone is wrong.
    @Test func sharpCorners() {
        let mesh = TriangleMesh(
            vertices: [[0, 0, 0], [1, 0.02, 0], [1, -0.02, 0], [1, 0, 0.03]],
            triangles: [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
        let field = MeshField(mesh)
        #expect(field.resolvedSign == .pseudonormal)
        let points =
            QueryShapes.points(3000, seed: 5, side: 0.2)
            + QueryShapes.points(3000, seed: 6, center: [1, 0, 0], side: 0.1)
        for (point, value) in zip(points, field.values(at: points)) {
            #expect((value < 0) == (PlainQueries.windingNumber(point, mesh) > 0.5))
        }
    }

    @Test func motionScaleAndOrderChangeNothing() {
        let mesh = QueryShapes.torus(rings: 30, sides: 14)
        let points = QueryShapes.points(1000, seed: 3)
        let values = MeshField(mesh).values(at: points)
        func expectSame(_ other: TriangleMesh, _ scale: Float, _ move: (SIMD3<Float>) -> SIMD3<Float>) {
            let moved = MeshField(other).values(at: points.map(move))
            for (value, moved) in zip(values, moved) { #expect(abs(moved / scale - value) < 1e-5) }
        }
        let motion = { (p: SIMD3<Float>) in SIMD3(0.6 * p.x - 0.8 * p.y, 0.8 * p.x + 0.6 * p.y, p.z) * 4 + [1, 2, -3] }
        expectSame(TriangleMesh(vertices: mesh.vertices.map(motion), triangles: mesh.triangles), 4, motion)
        var reordered = mesh
        reordered.triangles = mesh.triangles.enumerated()
            .sorted { ($0.offset * 7919) % mesh.triangles.count < ($1.offset * 7919) % mesh.triangles.count }
            .map { SIMD3($0.element.y, $0.element.z, $0.element.x) }
        expectSame(reordered, 1) { $0 }
        var renamed = TriangleMesh(vertices: mesh.vertices.reversed())
        let last = UInt32(mesh.vertices.count - 1)
        renamed.triangles = mesh.triangles.map { SIMD3(repeating: last) &- $0 }
        expectSame(renamed, 1) { $0 }
    }

    @Test func overlapsAndHolesByWindingNumber() {
        let spheres = QueryShapes.joined([
            QueryShapes.sphere(levels: 4, center: [-0.5, 0, 0]), QueryShapes.sphere(levels: 4, center: [0.5, 0, 0]),
        ])
        let union = MeshField(spheres, sign: .winding).values(at: [
            [0, 0, 0], [0.45, 0, 0], [-1.2, 0, 0], [0, 0, 1.1],
        ])
        #expect(union[0] < 0 && union[1] < 0 && union[2] < 0 && union[3] > 0)
        var open = QueryShapes.sphere(levels: 4)
        open.triangles.removeAll { triangle in
            [triangle.x, triangle.y, triangle.z].allSatisfy { open.vertices[Int($0)].z > 0.7 }
        }
        let values = MeshField(open).values(at: [[0, 0, 0], [0, 0, 0.4], [0, 0, 1.2], [1.1, 0, 0], [0.9, 0, 0]])
        #expect(values[0] < 0 && values[1] < 0 && values[2] > 0 && values[3] > 0 && values[4] < 0)
    }

    /// Two neighbors of a crumpled box lie on each other, as a fin without thickness: on both its sides is outside.
    @Test func aFinWithoutThicknessHasNoInside() {
        let mesh = TriangleMesh(
            vertices: [
                [0.2401801, 0.41999036, 0.05], [0.67456585, 0.5536887, 0.80166084],
                [0.90528136, 0.51239645, 0.83450305],
                [0.9050188, 0.5112172, 0.8348645], [0.09498116, 0.48760355, 0.16513546],
                [0.09471864, 0.48642427, 0.16549693], [0.76008236, 0.58000964, 0.94963855],
                [0.75981987, 0.57883036, 0.95],
            ],
            triangles: [
                [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
                [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
            ])
        let points = QueryShapes.points(2000, seed: 8, center: [0.630888, 0.47494775, 0.5130491], side: 0.004)
            .filter { abs(PlainQueries.distance($0, mesh)) > 1e-4 }
        #expect(points.count > 1000)
        for (point, value) in zip(points, MeshField(mesh).values(at: points)) {
            #expect((value < 0) == (PlainQueries.windingNumber(point, mesh) > 0.5), "\(point)")
        }
    }

    @Test func oneTriangleAndNotFinite() {
        let field = MeshField(TriangleMesh(vertices: [[0, 0, 0], [1, 0, 0], [0, 1, 0]], triangles: [[0, 1, 2]]))
        let values = field.values(at: [[0.2, 0.2, 0.5], [0.2, 0.2, -0.5], [.nan, 0, 0], [0, .infinity, 0]])
        #expect(values[0] == 0.5 && values[1] == 0.5)
        #expect(values[2].isNaN && values[3].isNaN)
        #expect(occupancies(field, [[.nan, 0, 0]]) == [0])
        #expect(MeshField(TriangleMesh()).values(at: [.zero]) == [.infinity])
    }
}
