import Core
import Geometry
import TestSupport
import Testing

@Suite struct RayCastingTests {
    /// The nearest crossing of all triangles in double precision (Möller and Trumbore).
    private func plainHit(_ ray: Ray, _ mesh: TriangleMesh) -> (t: Double, triangle: Int)? {
        var best: (t: Double, triangle: Int)?
        let (o, d) = (SIMD3<Double>(ray.origin), SIMD3<Double>(ray.direction))
        for index in mesh.triangles.indices {
            let corners = mesh.corners(of: index)
            let a = SIMD3<Double>(corners.0)
            let (u, v) = (SIMD3<Double>(corners.1) - a, SIMD3<Double>(corners.2) - a)
            let p = PlainQueries.cross(d, v)
            let determinant = PlainQueries.dot(u, p)
            guard determinant != 0 else { continue }
            let s = PlainQueries.dot(o - a, p) / determinant
            let q = PlainQueries.cross(o - a, u)
            let r = PlainQueries.dot(d, q) / determinant
            let t = PlainQueries.dot(v, q) / determinant
            if s >= 0 && r >= 0 && s + r <= 1 && t > 0 && t < best?.t ?? .infinity { best = (t, index) }
        }
        return best
    }

    private func rays(_ count: Int, seed: UInt64) -> [Ray] {
        let targets = QueryShapes.points(count, seed: seed + 50, side: 2)
        return zip(QueryShapes.points(count, seed: seed, side: 5), targets).map {
            Ray(origin: $0, direction: $1 - $0)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func equalsBruteForce(seed: UInt64) {
        let mesh = seed < 2 ? QueryShapes.torus(rings: 40, sides: 20) : QueryShapes.soup(count: 600, seed: seed)
        let tree = BoundingVolumeHierarchy(mesh)
        let rays = rays(300, seed: seed)
        let hits = tree.firstHits(of: rays)
        var any = [Bool](repeating: false, count: rays.count)
        var span = any.mutableSpan
        tree.anyHits(of: rays.span, into: &span)
        var hitCount = 0
        for (index, ray) in rays.enumerated() {
            let exact = plainHit(ray, mesh)
            #expect(hits[index].isHit == (exact != nil))
            #expect(any[index] == (exact != nil))
            guard let exact, hits[index].isHit else { continue }
            hitCount += 1
            #expect(abs(Double(hits[index].t) - exact.t) < 1e-5)
            let corners = mesh.corners(of: Int(hits[index].triangle))
            let (b, c) = (hits[index].weights.x, hits[index].weights.y)
            let offset = corners.0 * (1 - b - c) + corners.1 * b + corners.2 * c - ray.point(at: hits[index].t)
            #expect((offset * offset).sum().squareRoot() < 1e-4)
        }
        #expect(hitCount > 30)
    }

    /// Rays at the corners and edge middles of a closed mesh, from inside: none may slip through.
    @Test func watertight() {
        let mesh = QueryShapes.sphere(levels: 3, center: [0.3, 0.1, -0.2])
        var rays: [Ray] = []
        for triangle in mesh.triangles {
            let (a, b, c) = (
                mesh.vertices[Int(triangle.x)], mesh.vertices[Int(triangle.y)], mesh.vertices[Int(triangle.z)]
            )
            for origin in [SIMD3<Float>(0.3, 0.1, -0.2), SIMD3(0.5, 0.1, 0.1)] {
                for target in [a, (a + b) * 0.5, b * 0.25 + c * 0.75] {
                    rays.append(Ray(origin: origin, direction: target - origin))
                }
            }
        }
        #expect(BoundingVolumeHierarchy(mesh).firstHits(of: rays).allSatisfy { $0.isHit && abs($0.t - 1) < 0.01 })
    }

    @Test func limitsAndCrossings() {
        let tree = BoundingVolumeHierarchy(QueryShapes.box)
        let ray = Ray(origin: [-1, 0.4, 0.3], direction: [2, 0, 0])
        #expect(tree.firstHits(of: [ray])[0].t == 0.5)
        #expect(tree.firstHits(of: [ray], near: 0.6)[0].t == 1)
        #expect(!tree.firstHits(of: [ray], far: 0.4)[0].isHit)
        #expect(tree.firstHits(of: [ray], far: 0.4)[0].t == .infinity)
        #expect(tree.crossingCounts(of: [ray]) == [2])
        // Through the diagonal of a face, and along a face.
        #expect(tree.crossingCounts(of: [Ray(origin: [0.5, 0.5, -1], direction: [0, 0, 1])]) == [nil])
        #expect(tree.crossingCounts(of: [Ray(origin: [0.4, 0.3, 0.5], direction: [0.3, 1, 0.2])]) == [1])
        let bad = [
            Ray(origin: [.nan, 0, 0], direction: [1, 0, 0]), Ray(origin: .zero, direction: .zero),
            Ray(origin: .zero, direction: [.infinity, 0, 0]),
        ]
        #expect(tree.firstHits(of: bad) == [.none, .none, .none])
        #expect(BoundingVolumeHierarchy(TriangleMesh()).firstHits(of: [ray]) == [.none])
    }
}
