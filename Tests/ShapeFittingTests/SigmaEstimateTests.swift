import Foundation
import Geometry
import NeuralFields
import ShapeFitting
import Support
import Testing

@Suite struct SigmaEstimateTests {
    /// A closed surface r = ½ − depth · cos(cycles · …) around the cube's centre, by longitude and latitude.
    static func bumpyBall(cycles: Float, depth: Float) -> TriangleMesh {
        let (rings, columns) = (64, 128)
        var vertices: [SIMD3<Float>] = []
        for ring in 0...rings {
            for column in 0..<columns {
                let latitude = Float.pi * Float(ring) / Float(rings)
                let longitude = 2 * Float.pi * Float(column) / Float(columns)
                let radius = 0.35 + depth * sin(cycles * latitude) * sin(latitude) * cos(cycles * longitude)
                vertices.append(
                    SIMD3(sin(latitude) * cos(longitude), sin(latitude) * sin(longitude), cos(latitude)) * radius + 0.5)
            }
        }
        var triangles: [SIMD3<UInt32>] = []
        for ring in 0..<rings {
            for column in 0..<columns {
                let next = (column + 1) % columns
                let a = UInt32(ring * columns + column), b = UInt32(ring * columns + next)
                let c = UInt32((ring + 1) * columns + column), d = UInt32((ring + 1) * columns + next)
                if ring > 0 { triangles.append(SIMD3(a, c, b)) }
                if ring < rings - 1 { triangles.append(SIMD3(b, c, d)) }
            }
        }
        return TriangleMesh(vertices: vertices, triangles: triangles)
    }

    @Test(arguments: [(Float(2), Float(0.01)), (14, 0.03)])
    func liesWhereShapesHaveTheirBestOnAnyNumberOfThreads(_ bumps: (cycles: Float, depth: Float)) throws {
        var configuration = Preset.default.configuration
        configuration.labels.poolSize = 1 << 16
        let mesh = Self.bumpyBall(cycles: bumps.cycles, depth: bumps.depth)
        let field = MeshField(mesh, workers: Workers())
        let estimate = try SigmaEstimate(configuration, mesh: mesh, field: field, workers: Workers(count: 2))
        #expect((1.5...6.5).contains(estimate.sigma))
        // Both ends of what was tried are worse: the minimum is one.
        let errors = estimate.candidates.map(\.error)
        let lowest = errors.min() ?? 1
        #expect(lowest < errors[0] && lowest < errors[errors.count - 1])
        let again = try SigmaEstimate(configuration, mesh: mesh, field: field, workers: .single)
        #expect(again.sigma == estimate.sigma)
    }
}
