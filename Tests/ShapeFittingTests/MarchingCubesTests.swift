import Geometry
import Support
import Testing

import ShapeFitting

@Suite struct MarchingCubesTests {
    /// Random values on small grids: every face and interior ambiguity occurs many times.
    static func randomGrid(seed: Int) -> DenseGrid {
        let side = 1 + seed % 5
        let grid = SampleGrid(origin: .zero, spacing: 1, cellCounts: SIMD3(side, 1 + seed / 5 % 4, 1 + seed / 20 % 5))
        let counts = grid.sampleCounts
        let stream = RandomStream(seed: UInt64(seed), stream: 77)
        let values = (0..<counts.x * counts.y * counts.z).map { index -> Float in
            let draw = stream.uniforms(at: UInt64(index))
            switch seed % 4 {
            // Small whole numbers: zeros and equal products in the deciders.
            case 1: return (draw.x * 5).rounded(.down) - 2
            // Extremes among ordinary values.
            case 2 where draw.y < 0.3:
                return [0, -0.0, .infinity, -.infinity, .nan, 1e38, -1e38, 1e-30, -1e-30][Int(draw.z * 9)]
            default: return draw.x * 2 - 1
            }
        }
        return DenseGrid(grid: grid, values: values)
    }

    @Test func randomFieldsGiveClosedManifolds() {
        for seed in 0..<6000 {
            let mesh = MarchingCubes.mesh(of: Self.randomGrid(seed: seed), workers: .single)
            let connectivity = Connectivity(mesh)
            #expect(connectivity.isClosedAndOriented, "seed \(seed)")
            #expect(connectivity.hasManifoldVertices, "seed \(seed)")
            #expect(connectivity.unusedVertices == 0, "seed \(seed)")
            #expect(mesh.vertices.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.z.isFinite })
        }
    }
}
