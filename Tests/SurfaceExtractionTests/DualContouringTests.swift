import Core
import Geometry
import SurfaceExtraction
import TestSupport
import Testing

@Suite struct DualContouringTests {
    /// A box's distance with its gradient.
    static let center = SIMD3<Float>(0.503, 0.497, 0.511)
    static let halfExtent = SIMD3<Float>(0.271, 0.187, 0.313)
    static let box = DifferentiableClosureField(
        value: { Shapes.box(center: center, halfExtent: halfExtent).value($0) },
        gradient: { point in
            let q = point - center
            let outside = SIMD3(abs(q.x), abs(q.y), abs(q.z)) - halfExtent
            let signs = SIMD3<Float>(q.x < 0 ? -1 : 1, q.y < 0 ? -1 : 1, q.z < 0 ? -1 : 1)
            let positive = pointwiseMax(outside, .zero)
            if positive.max() > 0 { return positive / length(positive) * signs }
            var gradient = SIMD3<Float>.zero
            let axis = outside.x >= outside.max() ? 0 : outside.y >= outside.max() ? 1 : 2
            gradient[axis] = signs[axis]
            return gradient
        })

    @Test func keepsSharpEdgesThatMarchingCubesRounds() throws {
        var extractor = SurfaceExtractor(resolution: 40, refinementSteps: 4)
        extractor.exhaustiveLimit = 0
        let rounded = try extractor.extract(Self.box).mesh
        extractor.method = .dualContouring
        let sharp = try extractor.extract(Self.box).mesh
        #expect(Connectivity(sharp).isManifold)
        #expect(Connectivity(sharp).eulerCharacteristic == 2)
        let volume = 8 * Double(Self.halfExtent.x * Self.halfExtent.y * Self.halfExtent.z)
        let (sharpError, roundedError) = (
            abs(volumeAndArea(sharp).volume / volume - 1), abs(volumeAndArea(rounded).volume / volume - 1)
        )
        #expect(sharpError < 0.2 * roundedError)
        // How far the box's eight corners are from the nearest vertex, in cells.
        func worstCorner(_ mesh: TriangleMesh) -> Float {
            (0..<8).map { corner -> Float in
                let sign = SIMD3<Float>(corner & 1 == 0 ? -1 : 1, corner & 2 == 0 ? -1 : 1, corner & 4 == 0 ? -1 : 1)
                let place = Self.center + sign * Self.halfExtent
                return mesh.vertices.reduce(Float.infinity) { min($0, length($1 - place)) } * 40
            }.max() ?? .infinity
        }
        #expect(worstCorner(sharp) < 0.05)
        #expect(worstCorner(rounded) > 0.2)
    }

    @Test func smoothShapesHaveTheirTopologyAndVolume() throws {
        let torus = try SurfaceExtractor(resolution: 64, method: .dualContouring).extract(Shapes.torus()).mesh
        let connectivity = Connectivity(torus)
        #expect(connectivity.isManifold && connectivity.eulerCharacteristic == 0)
        let exact = 2 * Double.pi * Double.pi * 0.28 * 0.11 * 0.11
        #expect(abs(volumeAndArea(torus).volume / exact - 1) < 2e-3)
    }

    @Test(arguments: 0..<40) func edgesAreBalancedForAnyField(seed: Int) throws {
        let field = Shapes.randomWaves(seed: UInt64(seed), sigma: 5)
        var extractor = SurfaceExtractor(resolution: 14, method: .dualContouring, sampling: .exhaustive)
        let mesh = try extractor.extract(field, workers: .single).mesh
        var balance: [SIMD2<UInt32>: Int] = [:]
        for t in mesh.triangles {
            for (a, b) in [(t.x, t.y), (t.y, t.z), (t.z, t.x)] {
                #expect(a != b)
                balance[SIMD2(a, b), default: 0] += 1
                balance[SIMD2(b, a), default: 0] -= 1
            }
        }
        #expect(balance.values.allSatisfy { $0 == 0 })
        #expect(volumeAndArea(mesh).volume > 0)
        extractor.sampling = .adaptive
        #expect(try extractor.extract(field).mesh == mesh)
    }
}
