import Core
import Fitting
import Geometry
import NeuralFields
import TestSupport
import Testing

@Suite struct LabelledPoolTests {
    /// Rows of some steps, with what the mesh says of them.
    private func rows(
        _ target: FieldTarget, of mesh: TriangleMesh = TestMeshes.torus().moved(by: SIMD3(repeating: 0.5)),
        seed: UInt64,
        steps: Range<Int>, workers: Workers = Workers()
    ) throws -> (points: [SIMD3<Float>], targets: [Float], distances: [Float]) {
        let shape = try PreparedMesh(mesh, frame: .own, workers: workers)
        let sampler = try Sampler(
            shape,
            configuration: SamplingConfiguration(
                components: [.surface(weight: 1, deviation: 0.01), .box(weight: 1)], margin: 0.1),
            seed: seed)
        let pool = LabelledPool(sampler, of: shape, count: 1000, batchSize: 500, target: target, workers: workers)
        var points: [SIMD3<Float>] = []
        var targets: [Float] = []
        for step in steps {
            var coordinates = [Float](repeating: 0, count: 1500)
            var labels = [Float](repeating: 0, count: 500)
            var weights = labels
            do {
                var pointSpan = coordinates.mutableSpan
                var labelSpan = labels.mutableSpan
                var weightSpan = weights.mutableSpan
                pool.fill(step: step, rows: 0..<500, points: &pointSpan, targets: &labelSpan, weights: &weightSpan)
            }
            points += (0..<500).map { SIMD3(coordinates[3 * $0], coordinates[3 * $0 + 1], coordinates[3 * $0 + 2]) }
            targets += labels
        }
        return (points, targets, shape.field.values(at: points))
    }

    /// Points far away are others each time round, and all labels are those of where the points are.
    @Test(arguments: [FieldTarget.Compression.tanh, .truncated], 1...3 as ClosedRange<UInt64>)
    func movedPointsKeepTrueLabels(_ compression: FieldTarget.Compression, seed: UInt64) throws {
        let target = FieldTarget.sdf(compression, scale: 0.01)
        let rows = try rows(target, seed: seed, steps: 0..<4)
        for (label, distance) in zip(rows.targets, rows.distances) {
            #expect(abs(label - target.networkValue(ofDistance: distance)) < 2e-4)
        }
        var moved = 0
        for index in 0..<1000 {
            let (first, second) = (rows.points[index], rows.points[index + 1000])
            if abs(rows.distances[index]) < 0.01 { #expect(first == second) }
            if first != second { moved += 1 }
        }
        #expect(moved > 200)
    }

    /// Across the opening of a bowl the sign changes in empty space, where no distance tells: nothing moves.
    @Test func pointsAroundOpenMeshesStay() throws {
        let whole = TestMeshes.torus().moved(by: SIMD3(repeating: 0.5))
        let bowl = TriangleMesh(
            vertices: whole.vertices,
            triangles: whole.triangles.filter { whole.vertices[Int($0.x)].z < 0.5 && whole.vertices[Int($0.y)].z < 0.5 }
        )
        #expect(MeshField(whole).changesSignAtTrianglesOnly && !MeshField(bowl).changesSignAtTrianglesOnly)
        let rows = try rows(.sdf(.tanh, scale: 0.01), of: bowl, seed: 1, steps: 0..<4)
        #expect(Array(rows.points[..<1000]) == Array(rows.points[1000...]))
    }

    @Test func distancesAndOccupanciesStayWhereTheyWere() throws {
        for target in [
            FieldTarget.sdf(.linear, scale: 1),
            FieldTarget.occupancy(scale: 1),
        ] {
            let rows = try rows(target, seed: 1, steps: 0..<4)
            #expect(Array(rows.points[..<1000]) == Array(rows.points[1000...]))
            for (label, distance) in zip(rows.targets, rows.distances) {
                #expect(label == target.networkValue(ofDistance: distance))
            }
        }
    }
}

extension TriangleMesh {
    fileprivate func moved(by offset: SIMD3<Float>) -> TriangleMesh {
        TriangleMesh(vertices: vertices.map { $0 + offset }, triangles: triangles)
    }
}
