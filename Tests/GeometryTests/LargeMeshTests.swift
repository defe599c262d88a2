import Core
import Geometry
import TestSupport
import Testing

@Suite struct LargeMeshTests {
    /// A mesh of a few hundred triangles between vertices whose numbers lie far apart, so that many ranges of vertices
    /// have some, with edges of one, two and more triangles and pieces that meet in a vertex.
    private static func soup(seed: UInt64) -> TriangleMesh {
        let stream = RandomStream(seed: seed, stream: 77)
        let spread = 613
        var mesh = TriangleMesh(vertices: [SIMD3<Float>](repeating: .zero, count: 120 * spread))
        for index in mesh.vertices.indices {
            let place = stream.uniforms(at: UInt64(index))
            mesh.vertices[index] = SIMD3(place.x, place.y, place.z)
        }
        for index in 0..<260 {
            let words = stream.words(at: UInt64(1_000_000 + index)) % 120
            let corners = SIMD3(words.x, words.y, words.z) &* UInt32(spread)
            if corners.x != corners.y && corners.y != corners.z && corners.z != corners.x {
                mesh.triangles.append(corners)
            }
        }
        return mesh
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func topologyEqualsAPlainCount(seed: UInt64) {
        let mesh = Self.soup(seed: seed)
        let plain = PlainTopology(mesh)
        for workers in [1, 2, 3] {
            let topology = MeshTopology(mesh, workers: Workers(count: workers))
            #expect(topology.vertexCount == plain.vertexCount)
            #expect(topology.edgeCount == plain.edges.count)
            #expect(topology.boundaryEdgeCount == plain.edges.values.count { $0.count == 1 })
            #expect(topology.nonManifoldEdgeCount == plain.edges.values.count { $0.count > 2 })
            #expect(topology.inconsistentEdgeCount == plain.edges.values.count { $0.count == 2 && $0[0].1 == $0[1].1 })
            #expect(topology.componentCount == plain.componentCount)
            #expect(topology.patches.count == plain.patchCount)
            #expect(topology.nonManifoldVertexCount == plain.nonManifoldVertexCount)
        }
    }

    @Test func topologyIsTheSameOnAnyNumberOfThreads() {
        let mesh = KnownMesh.torus(rows: 200, columns: 100).joined(with: Self.soup(seed: 3))
            .joined(with: KnownMesh.moebiusStrip())
        let one = MeshTopology(mesh, workers: .single)
        #expect(MeshTopology(mesh, workers: Workers(count: 4)) == one)
        #expect(!one.isOrientable)
    }

    @Test func aSharedRootGivesTheSameAnswers() {
        let mesh = KnownMesh.torus(rows: 300, columns: 150)
        let stream = RandomStream(seed: 1, stream: 5)
        let points = (0..<3000).map { index in
            let place = stream.uniforms(at: UInt64(index))
            return SIMD3(6 * place.x - 3, 6 * place.y - 3, 2 * place.z - 1)
        }
        let usual = BoundingVolumeHierarchy(mesh)
        let large = [1, 2, 5].map { BoundingVolumeHierarchy(mesh, largeThreshold: 1000, workers: Workers(count: $0)) }
        let expected = usual.closestPoints(to: points.span)
        for hierarchy in large { #expect(hierarchy.closestPoints(to: points.span) == expected) }
        // Sums over clusters depend on the tree, so that their bits tell whether it is the same tree.
        let numbers = large.map { hierarchy in
            var numbers = [Float](repeating: 0, count: points.count)
            var span = numbers.mutableSpan
            hierarchy.windingNumbers(at: points.span, into: &span)
            return numbers
        }
        #expect(numbers[0] == numbers[1] && numbers[0] == numbers[2])
    }

    @Test(arguments: [0.3, 0.9, 1.7, 2.5] as [Float])
    func intersectionsEqualAllPairs(shift: Float) {
        let mesh = KnownMesh.torus(rows: 24, columns: 12)
            .joined(with: KnownMesh.torus(rows: 20, columns: 14).moved(by: SIMD3(shift, 0.1, 0.23)))
        let found = SelfIntersections(mesh, BoundingVolumeHierarchy(mesh)).triangles(workers: Workers(count: 2))
        var expected: Set<UInt32> = []
        for first in mesh.triangles.indices {
            for second in mesh.triangles.indices.dropFirst(first + 1) where PlainIntersection.meet(mesh, first, second)
            {
                expected.formUnion([UInt32(first), UInt32(second)])
            }
        }
        #expect(Set(found) == expected)
        #expect(!expected.isEmpty)
    }

    @Test func aPlainMeshHasNoIntersections() {
        let mesh = KnownMesh.torus(rows: 90, columns: 45)
        #expect(SelfIntersections(mesh, BoundingVolumeHierarchy(mesh)).triangles(workers: Workers(count: 2)).isEmpty)
    }
}

/// Edges in a dictionary, sets by repeated passes.
private struct PlainTopology {
    /// Triangles at each edge, and whether each runs along it upwards.
    var edges: [SIMD2<UInt32>: [(Int, Bool)]] = [:]
    var vertexCount = 0
    var componentCount = 0
    var patchCount = 0
    var nonManifoldVertexCount = 0

    init(_ mesh: TriangleMesh) {
        var around: [UInt32: [Int]] = [:]
        for (index, triangle) in mesh.triangles.enumerated() {
            for side in 0..<3 {
                let (from, to) = (triangle[side], triangle[(side + 1) % 3])
                edges[SIMD2(min(from, to), max(from, to)), default: []].append((index, from < to))
                around[from, default: []].append(index)
            }
        }
        vertexCount = around.count
        let pairs = edges.values.filter { $0.count == 2 }.map { ($0[0].0, $0[1].0) }
        patchCount = Self.setCount(Array(mesh.triangles.indices), pairs)
        let meetings = around.values.flatMap { triangles in triangles.map { (triangles[0], $0) } }
        componentCount = Self.setCount(Array(mesh.triangles.indices), meetings)
        for (vertex, triangles) in around {
            let links = edges.filter { $0.key.x == vertex || $0.key.y == vertex }.values
                .flatMap { edge in edge.map { (edge[0].0, $0.0) } }
            if Self.setCount(triangles, links) > 1 { nonManifoldVertexCount += 1 }
        }
    }

    private static func setCount(_ members: [Int], _ links: [(Int, Int)]) -> Int {
        var label = Dictionary(uniqueKeysWithValues: members.map { ($0, $0) })
        var changed = true
        while changed {
            changed = false
            for (a, b) in links {
                guard let first = label[a], let second = label[b], first != second else { continue }
                label[a] = min(first, second)
                label[b] = min(first, second)
                changed = true
            }
        }
        return Set(label.values).count
    }
}

/// Two triangles by their sides against each other's face, in double precision.
private enum PlainIntersection {
    static func meet(_ mesh: TriangleMesh, _ first: Int, _ second: Int) -> Bool {
        let (s, t) = (mesh.triangles[first], mesh.triangles[second])
        let shared = (0..<3).count { side in (0..<3).contains { s[side] == t[$0] } }
        guard shared < 2 else { return false }
        return sides(mesh, first, apartFrom: t).contains { pierces($0, mesh, second) }
            || sides(mesh, second, apartFrom: s).contains { pierces($0, mesh, first) }
    }

    /// The sides that have no vertex in common with `other`.
    private static func sides(
        _ mesh: TriangleMesh, _ index: Int, apartFrom other: SIMD3<UInt32>
    ) -> [(SIMD3<Double>, SIMD3<Double>)] {
        let triangle = mesh.triangles[index]
        return (0..<3).compactMap { side in
            let ends = (triangle[side], triangle[(side + 1) % 3])
            guard !(0..<3).contains(where: { other[$0] == ends.0 || other[$0] == ends.1 }) else { return nil }
            return (SIMD3<Double>(mesh.vertices[Int(ends.0)]), SIMD3<Double>(mesh.vertices[Int(ends.1)]))
        }
    }

    /// Möller and Trumbore 1997.
    private static func pierces(_ side: (SIMD3<Double>, SIMD3<Double>), _ mesh: TriangleMesh, _ index: Int) -> Bool {
        let corners = mesh.corners(of: index)
        let a = SIMD3<Double>(corners.0)
        let (u, v) = (SIMD3<Double>(corners.1) - a, SIMD3<Double>(corners.2) - a)
        let direction = side.1 - side.0
        let p = cross(direction, v)
        let determinant = dot(u, p)
        guard abs(determinant) > 0 else { return false }
        let offset = side.0 - a
        let first = dot(offset, p) / determinant
        let q = cross(offset, u)
        let second = dot(direction, q) / determinant
        let t = dot(v, q) / determinant
        return first >= 0 && second >= 0 && first + second <= 1 && t >= 0 && t <= 1
    }
}
