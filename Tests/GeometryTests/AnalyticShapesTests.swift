import Core
import Foundation
import Geometry
import MeshIO
import Testing

@Suite struct AnalyticShapesTests {
    static let shapes: [(name: String, shape: AnalyticShape, isExact: Bool)] = [
        ("sphere", .sphere(center: SIMD3(0.1, 0.2, 0.3), radius: 0.5), true),
        ("box", .box(center: SIMD3(0.1, 0, 0), halfExtent: SIMD3(0.5, 0.3, 0.7)), true),
        ("torus", .torus(center: .zero, majorRadius: 0.6, minorRadius: 0.2), true),
        ("cylinder", .cylinder(center: .zero, axis: 1, radius: 0.4, halfLength: 0.6), true),
        ("torus knot", .torusKnot(TorusKnot()), true),
        ("gyroid", .gyroidBlock, false),
        ("bracket", .bracket, false),
    ]

    private static func points(seed: UInt64, count: Int) -> [SIMD3<Float>] {
        let random = RandomStream(seed: seed, stream: 7)
        return (0..<UInt64(count)).map { index in
            let uniform = random.uniforms(at: index)
            return SIMD3(uniform.x, uniform.y, uniform.z) * 4 - 2
        }
    }

    /// No value changes faster than the distance does.
    @Test(arguments: 0..<7)
    func valuesAreOneLipschitz(number: Int) {
        let shape = Self.shapes[number].shape
        let random = RandomStream(seed: 8, stream: 8)
        for (index, point) in Self.points(seed: 1, count: 500).enumerated() {
            let noise = random.normals(at: UInt64(index))
            let step = SIMD3(noise.x, noise.y, noise.z) * 0.05
            let change = abs(shape.value(at: point + step) - shape.value(at: point))
            #expect(change <= (step * step).sum().squareRoot() * 1.001 + 1e-5)
        }
    }

    /// Walking by the value against the gradient ends on the surface in one step, where the value is the distance.
    @Test(arguments: 0..<5)
    func exactDistancesLeadToTheSurface(number: Int) {
        let shape = Self.shapes[number].shape
        var reached = 0
        for point in Self.points(seed: 2, count: 300) {
            let value = shape.value(at: point)
            let h: Float = 1e-3
            var gradient = SIMD3<Float>.zero
            for axis in 0..<3 {
                var offset = SIMD3<Float>.zero
                offset[axis] = h
                gradient[axis] = (shape.value(at: point + offset) - shape.value(at: point - offset)) / (2 * h)
            }
            // On the medial axis the gradient is undefined.
            guard abs((gradient * gradient).sum() - 1) < 1e-2 else { continue }
            reached += 1
            #expect(abs(shape.value(at: point - gradient * value)) < 5e-3)
        }
        #expect(reached > 250)
    }

    @Test func knownValues() {
        #expect(AnalyticShape.sphere(center: .zero, radius: 1).value(at: SIMD3(3, 0, 0)) == 2)
        #expect(AnalyticShape.box(center: .zero, halfExtent: SIMD3(1, 2, 3)).value(at: SIMD3(4, 6, 3)) == 5)
        #expect(AnalyticShape.box(center: .zero, halfExtent: SIMD3(1, 2, 3)).value(at: .zero) == -1)
        #expect(AnalyticShape.torus(center: .zero, majorRadius: 2, minorRadius: 0.5).value(at: SIMD3(0, 2, 0)) == -0.5)
        #expect(AnalyticShape.bracket.value(at: SIMD3(0.1, 0, 0.1)) < 0)
        #expect(AnalyticShape.bracket.value(at: SIMD3(0.75, -0.375, 0.125)) > 0)
        #expect(AnalyticShape.bracket.value(at: SIMD3(1, 0, 1)) > 0)
    }

    @Test func batchesSayWhatPointsSay() {
        let points = Self.points(seed: 3, count: 3000)
        let values = AnalyticShape.bracket.values(at: points, workers: Workers(count: 3))
        #expect(values == points.map { AnalyticShape.bracket.value(at: $0) })
    }

    /// The committed meshes lie on their formulas' surfaces and are closed.
    @Test(
        arguments: [
            ("torus-knot", .torusKnot(TorusKnot()), 1, 2e-5), ("gyroid-block", .gyroidBlock, 10, 3e-2),
            ("csg-part", .bracket, 4, 2e-5),
        ] as [(String, AnalyticShape, Int, Float)])
    func committedMeshesFollowTheirFormulas(name: String, shape: AnalyticShape, genus: Int, error: Float) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let mesh = try MeshImport.load(path: root.appendingPathComponent("meshes/\(name).obj").path).mesh
        let topology = MeshTopology(mesh)
        #expect(topology.isWatertight)
        #expect(topology.nonManifoldVertexCount == 0)
        #expect(topology.genus == genus)
        #expect(topology.signedVolume > 0)
        let worst = shape.values(at: mesh.vertices).map(\.magnitude).max() ?? .infinity
        #expect(worst < error)
    }
}
