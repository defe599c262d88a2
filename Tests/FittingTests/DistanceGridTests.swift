import Fitting
import Foundation
import Geometry
import TestSupport
import Testing

@Suite struct DistanceGridTests {
    @Test func gridsSayWhereTheirSamplesAre() throws {
        let mesh = boxMesh()
        let field = MeshField(mesh)
        let box = try #require(mesh.boundingBox).expanded(by: 0.1)
        let grid = try DistanceGrid(field, box: box, count: 20)
        // 1.1 by 0.8 by 0.5 in steps of 1.1 / 19, the last beyond the side.
        #expect(grid.counts == SIMD3(20, 15, 10))
        #expect(grid.signedDistances.count == grid.counts.x * grid.counts.y * grid.counts.z)
        for (i, j, k) in [(0, 0, 0), (grid.counts.x - 1, 2, 1), (3, grid.counts.y - 1, grid.counts.z - 1)] {
            let steps = SIMD3<Double>(Double(i), Double(j), Double(k))
            let point = SIMD3<Float>(grid.origin + grid.spacing * steps)
            let index = (k * grid.counts.y + j) * grid.counts.x + i
            #expect(grid.signedDistances[index] == field.values(at: [point])[0])
        }
        let last = SIMD3<Float>(grid.origin + grid.spacing * SIMD3<Double>(grid.counts &- 1))
        let beyond = last - box.maximum
        #expect(beyond.min() > -1e-4 && beyond.max() < Float(grid.spacing))
        #expect(throws: FittingError.self) { try DistanceGrid(field, box: box, count: 20, byteLimit: 1000) }
        #expect(throws: FittingError.self) { try DistanceGrid(field, box: box, count: 1) }
    }
}
