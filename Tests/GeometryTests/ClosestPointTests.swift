import Core
import Geometry
import TestSupport
import Testing

@Suite struct ClosestPointTests {
    private let triangle = TriangleMesh(vertices: [[0, 0, 0], [2, 0, 0], [0, 2, 0]], triangles: [[0, 1, 2]])

    @Test(arguments: [
        (SIMD3<Float>(0.5, 0.5, 1), TriangleFeature.face, SIMD3<Float>(0.5, 0.5, 0)),
        (SIMD3(1, -1, 1), .edgeAB, SIMD3(1, 0, 0)),
        (SIMD3(2, 2, 1), .edgeBC, SIMD3(1, 1, 0)),
        (SIMD3(-1, 1, 1), .edgeCA, SIMD3(0, 1, 0)),
        (SIMD3(-1, -1, 1), .cornerA, SIMD3(0, 0, 0)),
        (SIMD3(4, -1, -1), .cornerB, SIMD3(2, 0, 0)),
        (SIMD3(-1, 4, 1), .cornerC, SIMD3(0, 2, 0)),
    ])
    func sevenRegions(_ point: SIMD3<Float>, _ feature: TriangleFeature, _ position: SIMD3<Float>) {
        let closest = BoundingVolumeHierarchy(triangle).closestPoints(to: [point].span)[0]
        #expect(closest.feature == feature)
        #expect(closest.position == position)
        let offset = point - position
        #expect(abs(closest.distance - (offset * offset).sum().squareRoot()) < 1e-6)
        let corners = triangle.corners(of: 0)
        let weighted =
            corners.0 * closest.barycentric.x + corners.1 * closest.barycentric.y + corners.2 * closest.barycentric.z
        #expect(((weighted - position) * (weighted - position)).sum() < 1e-12)
    }

    @Test(arguments: [
        (SIMD3<Float>(0, 0, 0), TriangleFeature.cornerA), (SIMD3(2, 0, 0), .cornerB), (SIMD3(0, 2, 0), .cornerC),
        (SIMD3(1, 0, 0), .edgeAB), (SIMD3(1, 1, 0), .edgeBC), (SIMD3(0, 0.5, 0), .edgeCA),
        (SIMD3(0.25, 0.25, 0), .face),
    ])
    func pointOnTheTriangle(_ point: SIMD3<Float>, _ feature: TriangleFeature) {
        let closest = BoundingVolumeHierarchy(triangle).closestPoints(to: [point].span)[0]
        #expect(closest.distance == 0)
        #expect(closest.position == point)
        #expect(closest.feature == feature)
    }

    /// All corners in one place, on one line, and needles.
    @Test(arguments: [
        [SIMD3<Float>(1, 1, 1), SIMD3(1, 1, 1), SIMD3(1, 1, 1)],
        [SIMD3(0, 0, 0), SIMD3(1, 2, 3), SIMD3(1, 2, 3)],
        [SIMD3(0, 0, 0), SIMD3(1, 1, 1), SIMD3(0.5, 0.5, 0.5)],
        [SIMD3(0, 0, 0), SIMD3(1, 1, 1), SIMD3(2, 2, 2)],
        [SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(0.7, 1e-7, 0)],
        [SIMD3(0, 0, 0), SIMD3(1, 0.3, 0), SIMD3(1, 0.3, 1e-5)],
    ])
    func degenerateTriangle(_ corners: [SIMD3<Float>]) {
        let mesh = TriangleMesh(vertices: corners, triangles: [[0, 1, 2]])
        let points = QueryShapes.points(300, seed: 3, center: SIMD3(0.5, 0.5, 0.5), side: 3)
        let closest = BoundingVolumeHierarchy(mesh).closestPoints(to: points.span)
        for (point, closest) in zip(points, closest) {
            #expect(abs(Double(closest.distance) - PlainQueries.distance(point, mesh)) < 1e-6)
        }
    }

    /// A turned plank of needles ten thousand times as long as wide: their normals are uncertain by a thousandth, and still
    /// the right one of two neighbors must answer.
    @Test(arguments: [Float(1e-2), 1e-3, 1e-4]) func pointsBesideNeedles(_ width: Float) {
        let along = SIMD3<Float>(0.36, 0.48, 0.8)
        let across = width * SIMD3<Float>(0.8, -0.6, 0)
        let up = 3 * width * SIMD3<Float>(0.48, 0.64, -0.6)
        func place(_ x: Float, _ y: Float, _ z: Float) -> SIMD3<Float> {
            let middle: SIMD3<Float> = x * along + y * across
            return middle + z * up
        }
        let corners: [SIMD3<Float>] = (0..<8 as Range<Int>).map { corner in
            place(Float(corner & 1), Float(corner >> 1 & 1), Float(corner >> 2))
        }
        let mesh = TriangleMesh(
            vertices: corners,
            triangles: [
                [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
                [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
            ])
        let points = QueryShapes.points(2000, seed: 5, center: SIMD3(0.5, 0.5, 0.5), side: 1)
            .map { place($0.x, 3 * $0.y - 1, 3 * $0.z - 1) }
        let closest = BoundingVolumeHierarchy(mesh).closestPoints(to: points.span)
        for (point, closest) in zip(points, closest) {
            #expect(abs(Double(closest.distance) - PlainQueries.distance(point, mesh)) < 3e-7)
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func equalsBruteForce(seed: UInt64) {
        let mesh: TriangleMesh =
            switch seed % 3 {
            case 0: QueryShapes.soup(count: 700, seed: seed)
            case 1: QueryShapes.torus(rings: 40, sides: 17)
            default: QueryShapes.sphere(levels: 3, center: [3, -2, 1], radius: 0.5)
            }
        let box = mesh.boundingBox!
        var points = QueryShapes.points(400, seed: seed, center: box.center, side: box.diagonal)
        points += QueryShapes.points(100, seed: seed + 100, center: mesh.vertices[5], side: box.diagonal / 50)
        let tree = BoundingVolumeHierarchy(mesh)
        let closest = tree.closestPoints(to: points.span)
        for (point, closest) in zip(points, closest) {
            let exact = PlainQueries.distance(point, mesh)
            #expect(abs(Double(closest.distance) - exact) <= 1e-6 * Double(box.diagonal))
            let offset = closest.position - point
            #expect(abs((offset * offset).sum().squareRoot() - closest.distance) <= 2e-6 * box.diagonal)
        }
    }

    @Test func answersDependOnNeitherWorkersNorBatch() {
        let mesh = QueryShapes.joined([
            QueryShapes.torus(rings: 60, sides: 30), QueryShapes.soup(count: 300, seed: 9),
        ])
        let points = QueryShapes.points(5000, seed: 1)
        let tree = BoundingVolumeHierarchy(mesh, workers: .single)
        let together = tree.closestPoints(to: points.span, workers: Workers(count: 4))
        let other = BoundingVolumeHierarchy(mesh, workers: Workers(count: 3))
        #expect(together == other.closestPoints(to: points.span, workers: .single))
        for index in stride(from: 0, to: points.count, by: 37) {
            #expect(together[index] == tree.closestPoints(to: [points[index]].span)[0])
        }
        // The centre of a sphere is as far from every triangle as rounding allows.
        let sphere = BoundingVolumeHierarchy(QueryShapes.sphere(levels: 4))
        let near = QueryShapes.points(200, seed: 2, side: 1e-6) + [.zero]
        let batch = sphere.closestPoints(to: near.span)
        for (index, point) in near.enumerated() { #expect(batch[index] == sphere.closestPoints(to: [point].span)[0]) }
    }

    @Test func farAwayAndNotFinite() {
        let mesh = QueryShapes.sphere(levels: 3)
        let tree = BoundingVolumeHierarchy(mesh)
        let diagonal = mesh.boundingBox!.diagonal
        let far: [SIMD3<Float>] = [[1e6 * diagonal, 0, 0], [0, -1e6 * diagonal, 0], [3e6, 4e6, 0], [0, 0, 1e30]]
        for (point, closest) in zip(far, tree.closestPoints(to: far.span)) {
            let exact = PlainQueries.distance(point, mesh)
            #expect(abs(Double(closest.distance) - exact) <= 1e-6 * exact)
        }
        let bad: [SIMD3<Float>] = [[.nan, 0, 0], [0, .infinity, 0], [0, 0, -.infinity]]
        for closest in tree.closestPoints(to: bad.span) {
            #expect(closest.distance.isNaN)
            #expect(closest.triangle == .max)
        }
        let none = BoundingVolumeHierarchy(TriangleMesh()).closestPoints(to: [.zero, SIMD3(.nan, 0, 0)].span)
        #expect(none[0].distance == .infinity && none[0].triangle == .max)
        #expect(none[1].distance.isNaN)
    }

    @Test(arguments: [1e-30, 1e-12, 1e12, 1e30] as [Float])
    func anyScale(_ scale: Float) {
        var mesh = QueryShapes.torus(rings: 20, sides: 12)
        let points = QueryShapes.points(200, seed: 4)
        let plain = BoundingVolumeHierarchy(mesh).closestPoints(to: points.span)
        mesh.vertices = mesh.vertices.map { $0 * scale }
        let scaledPoints = points.map { $0 * scale }
        let scaled = BoundingVolumeHierarchy(mesh).closestPoints(to: scaledPoints.span)
        for (plain, scaled) in zip(plain, scaled) {
            #expect(abs(scaled.distance / scale - plain.distance) < 3e-6)
        }
    }

    /// A million triangles, and each answer against the analytic sphere within the mesh's own deviation from it.
    @Test func aMillionTriangles() {
        let rings = 1000
        let mesh = QueryShapes.torus(rings: rings, sides: 500)
        #expect(mesh.triangles.count == 1_000_000)
        let tree = BoundingVolumeHierarchy(mesh)
        let points = QueryShapes.points(2000, seed: 6)
        for (point, closest) in zip(points, tree.closestPoints(to: points.span)) {
            let ring = (point.x * point.x + point.y * point.y).squareRoot() - 1
            let exact = abs((ring * ring + point.z * point.z).squareRoot() - 0.35)
            #expect(abs(closest.distance - exact) < 3e-5)
        }
    }
}
