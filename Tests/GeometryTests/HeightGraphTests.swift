import Core
import Geometry
import Testing

@Suite struct HeightGraphTests {
    /// Points of a sphere of radius 0.4 moved by random heights along exact normals.
    private func sphere(
        _ count: Int, noise: Float
    ) -> (tree: PointTree, positions: [SIMD3<Float>], normals: [SIMD3<Float>]) {
        let stream = RandomStream(seed: 6, stream: 1)
        var (positions, normals) = ([SIMD3<Float>](), [SIMD3<Float>]())
        for index in 0..<UInt64(count) {
            let draw = stream.normals(at: 2 * index)
            let normal = normalized(SIMD3(draw.x, draw.y, draw.z))
            normals.append(normal)
            positions.append(0.5 + (0.4 + noise * stream.normals(at: 2 * index + 1).x) * normal)
        }
        let tree = PointTree(positions, workers: .single)
        return (tree, (0..<count).map { tree.position($0) }, tree.order.map { normals[Int($0)] })
    }

    private func graph(
        _ points: (tree: PointTree, positions: [SIMD3<Float>], normals: [SIMD3<Float>]), workers: Workers
    ) -> HeightGraph {
        HeightGraph(
            count: points.tree.count, points.tree, points.tree.nearestPoints(16, workers: workers),
            positions: points.positions, normals: points.normals, spacing: 0.02, workers: workers)
    }

    /// The chord between two points of a circle is at right angles to the mean of their normals.
    @Test func pointsOfASphereStay() {
        let points = sphere(4000, noise: 0)
        let graph = graph(points, workers: .single)
        let heights = graph.heights(length: 0.2, start: [Float](repeating: 0, count: 4000), workers: .single)
        #expect(heights.allSatisfy { abs($0) < 1e-5 })
    }

    @Test func noiseIsTakenAway() {
        let points = sphere(4000, noise: 0.004)
        let graph = graph(points, workers: Workers(count: 2))
        let best = graph.bestLength(spacing: 0.02, workers: Workers(count: 2))
        // The normals have no errors: the longer the better.
        #expect(best.length >= 0.15)
        #expect(abs(best.error / 0.004 - 1) < 0.1)
        let heights = graph.heights(
            length: best.length, start: [Float](repeating: 0, count: 4000), workers: Workers(count: 2))
        var sum: Float = 0
        for (slot, height) in heights.enumerated() {
            let error = length(points.positions[slot] + height * points.normals[slot] - 0.5) - 0.4
            sum += error * error
        }
        // π λ² holds 50 points and more of which the mean is taken.
        #expect((sum / 4000).squareRoot() < 0.004 / 7)
    }

    /// Where the graph's links end at the trial's border nothing is read beyond it, and threads change nothing.
    @Test func aTrialOfTheFirstSlotsIsASystemOfItsOwn() {
        let points = sphere(3000, noise: 0.004)
        func heights(_ workers: Workers) -> [Float] {
            HeightGraph(
                count: 1000, points.tree, points.tree.nearestPoints(16, workers: workers),
                positions: points.positions, normals: points.normals, spacing: 0.02, workers: workers
            ).heights(length: 0.1, start: [Float](repeating: 0, count: 1000), workers: workers)
        }
        #expect(heights(.single) == heights(Workers(count: 3)))
        #expect(heights(.single).contains { abs($0) > 1e-3 })
    }
}
