import Core
import Geometry
import TestSupport
import Testing

@Suite struct PointTreeTests {
    private static func points(_ count: Int, seed: UInt64) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: seed, stream: 3)
        return (0..<count).map { index in
            let place = stream.uniforms(at: UInt64(index))
            return SIMD3(place.x, place.y * place.y, 0.1 * place.z)
        }
    }

    @Test(arguments: [1, 7, 8, 9, 64, 65, 513, 4097, 40_000])
    func everyPointHasASlot(count: Int) {
        let positions = Self.points(count, seed: 1)
        let tree = PointTree(positions, workers: Workers(count: 2))
        #expect(tree.order.sorted() == (0..<UInt32(count)).map { $0 })
        #expect(tree.order.indices.allSatisfy { tree.position($0) == positions[Int(tree.order[$0])] })
        #expect(PointTree(positions, workers: .single).order == tree.order)
    }

    @Test(arguments: [1, 2, 17, 300, 3000], [1, 5, 16])
    func nearestEqualAllPairs(count: Int, neighbors: Int) {
        let tree = PointTree(Self.points(count, seed: 2), workers: Workers(count: 2))
        let queries = Self.points(100, seed: 3)
        let found = tree.nearestPoints(neighbors, to: queries, workers: Workers(count: 2))
        #expect(found.neighborCount == min(neighbors, count))
        for (index, query) in queries.enumerated() {
            let all = (0..<count).map { slot in
                let offset = tree.position(slot) - query
                return (offset.x * offset.x + offset.y * offset.y + offset.z * offset.z, UInt32(slot))
            }.sorted { $0 < $1 }
            #expect(Array(found.slots(of: index)) == all.prefix(neighbors).map(\.1))
        }
    }

    @Test func windingNumbersEqualTheSum() {
        let sphere = QueryShapes.sphere(levels: 4)
        let normals = sphere.vertices.map { normalized($0) }
        let area = Float(4 * Double.pi) / Float(normals.count)
        let tree = PointTree(sphere.vertices, workers: Workers(count: 2))
        tree.complete(
            normals: tree.order.map { normals[Int($0)] }, areas: [Float](repeating: area, count: normals.count),
            supports: [Float](repeating: 0.1, count: normals.count), workers: Workers(count: 2))
        let queries = Self.points(200, seed: 5).map { 4 * $0 - 2 }
        let numbers = tree.windingNumbers(at: queries, softening: 0.01, workers: Workers(count: 2))
        for (query, number) in zip(queries, numbers) {
            var sum: Float = 0
            for (position, normal) in zip(sphere.vertices, normals) {
                let offset = position - query
                let distance = max(length(offset), 0.01)
                sum += area * dot(offset, normal) / (4 * .pi * distance * distance * distance)
            }
            #expect(abs(number - sum) < 0.02)
        }
    }

    @Test func aSphereAndAPlaneAreFittedWithoutError() {
        let sphere = QueryShapes.sphere(levels: 3)
        let tree = PointTree(sphere.vertices, workers: .single)
        tree.complete(
            normals: tree.order.map { normalized(sphere.vertices[Int($0)]) },
            areas: [Float](repeating: 1, count: tree.count), supports: [Float](repeating: 0.5, count: tree.count),
            workers: .single)
        let places = Self.points(50, seed: 6).map { normalized($0 - SIMD3(0.5, 0.3, 0.05)) * 1.1 }
        for (place, surface) in zip(
            places, tree.localSurfaces(at: places, facing: places.map { normalized($0) }, workers: .single))
        {
            #expect(abs((surface?.distance ?? 9) - 0.1) < 1e-3)
            #expect(dot(surface?.normal ?? .zero, normalized(place)) > 0.999)
        }
    }

    @Test func areasOfAPlaneAreItsArea() {
        let stream = RandomStream(seed: 5, stream: 5)
        let positions = (0..<4000).map { index in
            let place = stream.uniforms(at: UInt64(index))
            return SIMD3(place.x, place.y, 0.3)
        }
        let tree = PointTree(positions, workers: Workers(count: 2))
        let neighbors = tree.nearestPoints(24, workers: Workers(count: 2))
        let areas = VoronoiArea.areas(
            tree, neighbors, normals: [SIMD3<Float>](repeating: SIMD3(0, 0, 1), count: 4000),
            spacings: [Float](repeating: 0.0158, count: 4000), workers: Workers(count: 2))
        // Cells at the rim reach beyond it.
        #expect(abs(areas.reduce(0, +) - 1) < 0.08)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func theLeastDirectionIsOne(seed: UInt64) {
        let draw = RandomStream(seed: seed, stream: 1)
        let (a, b) = (draw.normals(at: 0), draw.normals(at: 1))
        let axis = normalized(SIMD3<Double>(SIMD3(a.x, a.y, a.z)))
        let other = normalized(cross(axis, SIMD3<Double>(SIMD3(b.x, b.y, b.z))))
        let third = cross(axis, other)
        func entry(_ i: Int, _ j: Int) -> Double {
            0.01 * axis[i] * axis[j] + 2 * other[i] * other[j] + third[i] * third[j]
        }
        let eigen = SymmetricEigen((entry(0, 0), entry(1, 1), entry(2, 2), entry(0, 1), entry(0, 2), entry(1, 2)))
        #expect(abs(abs(dot(eigen.leastDirection, axis)) - 1) < 1e-12)
        #expect(abs(eigen.values - SIMD3(0.01, 1, 2)).max() < 1e-12)
    }
}
