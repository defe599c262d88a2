import Core
import Geometry
import TestSupport
import Testing

@Suite struct BaseLatticeTests {
    private static let ball = Shapes.sphere(center: SIMD3(0.5, 0.45, 0.52), radius: 0.3)
    private static let bounds = BoundingBox(
        minimum: SIMD3(0.5, 0.45, 0.52) - 0.3, maximum: SIMD3(0.5, 0.45, 0.52) + 0.3)

    private func points(_ count: Int, _ box: BoundingBox) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: 9, stream: 3)
        return (0..<count).map {
            let u = stream.uniforms(at: UInt64($0))
            return box.minimum + SIMD3(u.x, u.y, u.z) * box.extent
        }
    }

    /// The formulas of the header, one sample at a time in double precision.
    private func reference(_ lattice: BaseLattice, _ p: SIMD3<Float>) -> Double {
        let layout = lattice.layout
        let q = p.clamped(lowerBound: layout.box.minimum, upperBound: layout.box.maximum)
        var cells = SIMD3<Int>.zero
        var weights: [[Double]] = []
        for axis in 0..<3 {
            let last = layout.sampleCounts[axis] - 2
            var cell = 0
            func at(_ index: Int) -> Float {
                var place = SIMD3<Int>.zero
                place[axis] = index
                return layout.position(place)[axis]
            }
            while cell < last, at(cell + 1) <= q[axis] { cell += 1 }
            let t = Double(q[axis] - at(cell)) / Double(at(cell + 1) - at(cell))
            var w = [
                0.5 * (-t + 2 * t * t - t * t * t), 0.5 * (2 - 5 * t * t + 3 * t * t * t),
                0.5 * (t + 4 * t * t - 3 * t * t * t), 0.5 * (t * t * t - t * t),
            ]
            let (first, end) = (layout.outerCellCount, layout.outerCellCount + layout.cellCounts[axis] - 1)
            if cell < first || cell > end { w = [0, 1 - t, t, 0] }
            if cell == first { w = [0, w[1] + 2 * w[0], w[2] - w[0], w[3]] }
            if cell == end { w = [w[0], w[1] - w[3], w[2] + 2 * w[3], 0] }
            cells[axis] = cell
            weights.append(w)
        }
        var v = 0.0
        for c in 0..<4 {
            for b in 0..<4 {
                for a in 0..<4 {
                    let weight = weights[0][a] * weights[1][b] * weights[2][c]
                    guard weight != 0 else { continue }
                    v += weight * Double(lattice[cells.x - 1 + a, cells.y - 1 + b, cells.z - 1 + c])
                }
            }
        }
        let beyond = Double(length(p - q))
        guard beyond > 0 else { return v }
        let center = layout.box.center
        return max(
            (beyond * beyond + v * v).squareRoot(), v + Double(length(p - center)) - Double(length(q - center)))
    }

    @Test func kernelEqualsTheFormulas() {
        let lattice = BaseLattice(Self.ball, bounds: Self.bounds, resolution: 9)
        let points = points(3000, BoundingBox(minimum: SIMD3(repeating: -1), maximum: SIMD3(repeating: 2)))
        for (point, value) in zip(points, lattice.values(at: points)) {
            #expect(abs(Double(value) - reference(lattice, point)) < 2e-6, "\(point)")
        }
    }

    @Test func samplesAreExactToHalfAStepAndThreadsChangeNothing() {
        let lattice = BaseLattice(Self.ball, bounds: Self.bounds, resolution: 12, workers: .single)
        #expect(lattice == BaseLattice(Self.ball, bounds: Self.bounds, resolution: 12, workers: Workers(count: 3)))
        let counts = lattice.layout.sampleCounts
        for z in 0..<counts.z {
            for x in 0..<counts.x {
                let point = lattice.layout.position(SIMD3(x, 5, z))
                #expect(abs(lattice[x, 5, z] - Self.ball.value(point)) <= 0.51 * lattice.step)
            }
        }
        #expect(counts == SIMD3(repeating: 12 + 7))
        let twice = BoundingBox(
            minimum: Self.bounds.center - Self.bounds.extent, maximum: Self.bounds.center + Self.bounds.extent)
        #expect(lattice.layout.box.contains(twice.minimum + 1e-5) && lattice.layout.box.contains(twice.maximum - 1e-5))
        let points = points(9000, twice)
        #expect(lattice.values(at: points, workers: .single) == lattice.values(at: points, workers: Workers(count: 3)))
    }

    @Test func gradientIsTheDerivativeAndValuesAreTheSame() {
        let lattice = BaseLattice(Self.ball, bounds: Self.bounds, resolution: 8)
        let points = points(2000, BoundingBox(minimum: SIMD3(repeating: -0.8), maximum: SIMD3(repeating: 1.8)))
        var values = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        lattice.evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: Workers())
        #expect(values == lattice.values(at: points))
        var wrong = 0
        for (index, point) in points.enumerated() {
            for axis in 0..<3 {
                var step = SIMD3<Float>.zero
                step[axis] = 1e-3
                let difference = (reference(lattice, point + step) - reference(lattice, point - step)) / 2e-3
                // At wide cells' faces the derivative jumps.
                if abs(difference - Double(gradients[index][axis])) > 0.01 { wrong += 1 }
            }
        }
        #expect(wrong < 60)
    }

    @Test func distancesAreNearTheTruthFarAndWide() {
        let lattice = BaseLattice(Self.ball, bounds: Self.bounds, resolution: 24)
        for (side, limit) in [(Float(0.6), Float(0.012)), (1.2, 0.02)] {
            let box = BoundingBox(minimum: Self.bounds.center - side / 2, maximum: Self.bounds.center + side / 2)
            let points = points(5000, box)
            let values = lattice.values(at: points)
            let largest = zip(points, values).reduce(Float(0)) { max($0, abs($1.1 - Self.ball.value($1.0))) }
            #expect(largest < limit)
        }
        // Far away: never below what any shape in the box has, never above the truth by much.
        let far = points(2000, BoundingBox(minimum: SIMD3(repeating: -9), maximum: SIMD3(repeating: 10)))
        for (point, value) in zip(far, lattice.values(at: far)) {
            let truth = Self.ball.value(point)
            #expect(value > 0.9 * truth - 0.02 && value < 1.02 * truth + 0.02)
        }
    }

    @Test func damagedSamplesAreRefused() {
        let lattice = BaseLattice(Self.ball, bounds: Self.bounds, resolution: 4)
        #expect(BaseLattice(layout: lattice.layout, step: lattice.step, samples: lattice.samples) == lattice)
        #expect(
            BaseLattice(layout: lattice.layout, step: lattice.step, samples: Array(lattice.samples.dropLast())) == nil)
        for step in [0, -1, Float.nan, .infinity] {
            #expect(BaseLattice(layout: lattice.layout, step: step, samples: lattice.samples) == nil)
        }
        let infinite = ClosureField { $0.x > 0.5 ? .infinity : .nan }
        #expect(BaseLattice(infinite, bounds: Self.bounds, resolution: 4).values(at: [.zero])[0].isFinite)
    }
}
