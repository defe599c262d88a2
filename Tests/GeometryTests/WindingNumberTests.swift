import Core
import Foundation
import Geometry
import TestSupport
import Testing

@Suite struct WindingNumberTests {
    private func numbers(_ mesh: TriangleMesh, _ points: [SIMD3<Float>], accuracy: Float = 2) -> [Float] {
        var result = [Float](repeating: -9, count: points.count)
        var span = result.mutableSpan
        BoundingVolumeHierarchy(mesh).windingNumbers(at: points.span, accuracy: accuracy, into: &span)
        return result
    }

    @Test func sphere() {
        let points = QueryShapes.points(2000, seed: 1)
        for (point, number) in zip(points, numbers(QueryShapes.sphere(levels: 5), points)) {
            let radius = (point * point).sum().squareRoot()
            if radius < 0.998 { #expect(abs(number - 1) < 0.01) }
            if radius > 1.0001 { #expect(abs(number) < 0.01) }
        }
    }

    /// On the axis of a sphere without its cap above height h, the winding number inside is 1 minus the share of the
    /// sphere of directions that the hole takes: (1 − cos α)/2.
    @Test(arguments: [0.0, 0.4, 0.8] as [Float])
    func sphereWithoutItsCap(_ height: Float) {
        var mesh = TriangleMesh()
        // Rings at constant height, so that the rim is an exact circle.
        let (around, along) = (512, 512)
        let top = acos(height)
        for ring in 0...along {
            let polar = top + (.pi - top) * Float(ring) / Float(along)
            for step in 0..<around {
                let azimuth = 2 * Float.pi * Float(step) / Float(around)
                mesh.vertices.append(
                    SIMD3(sin(polar) * cos(azimuth), sin(polar) * sin(azimuth), cos(polar)))
            }
        }
        for ring in 0..<along {
            for step in 0..<around {
                let next = (step + 1) % around
                let (a, b) = (UInt32(ring * around + step), UInt32(ring * around + next))
                let (c, d) = (UInt32((ring + 1) * around + step), UInt32((ring + 1) * around + next))
                mesh.triangles += [[a, c, b], [b, c, d]]
            }
        }
        let rim = (1 - height * height).squareRoot()
        let axis: [Float] = [-0.9, -0.5, 0, 0.3, height - 0.05, height + 0.05, 1.5, 3]
        let points = axis.map { SIMD3<Float>(0, 0, $0) }
        for (z, number) in zip(axis, numbers(mesh, points, accuracy: 4)) {
            let toRim = height - z
            let share = (1 - abs(toRim) / (toRim * toRim + rim * rim).squareRoot()) / 2
            // Above the rim's plane the bowl is seen through the hole, from the inside.
            let exact = toRim > 0 ? 1 - share : share
            #expect(abs(number - exact) < 2e-3, "z = \(z)")
        }
    }

    @Test func overlappingSpheres() {
        let mesh = QueryShapes.joined([
            QueryShapes.sphere(levels: 4, center: [-0.5, 0, 0]), QueryShapes.sphere(levels: 4, center: [0.5, 0, 0]),
        ])
        let points: [SIMD3<Float>] = [[0, 0, 0], [-1, 0, 0], [1, 0.1, 0], [0, 0, 1.2], [2, 2, 2]]
        for (number, exact) in zip(numbers(mesh, points), [2, 1, 1, 0, 0] as [Float]) {
            #expect(abs(number - exact) < 0.02)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func errorFallsWithAccuracy(seed: UInt64) {
        let mesh = seed == 0 ? QueryShapes.torus(rings: 50, sides: 20) : QueryShapes.soup(count: 500, seed: seed)
        let points = QueryShapes.points(200, seed: seed, side: 4)
        let exact = points.map { Float(PlainQueries.windingNumber($0, mesh)) }
        func worst(_ accuracy: Float) -> Float {
            zip(numbers(mesh, points, accuracy: accuracy), exact).map { abs($0 - $1) }.max()!
        }
        #expect(worst(.infinity) < 2e-5)
        #expect(worst(2) < 0.02)
        #expect(worst(6) < 1e-3)
    }

    /// Far away only the expansions speak: an open disc's dipole, and its decay.
    @Test func expansionsConverge() {
        let mesh = QueryShapes.soup(count: 64, seed: 5)
        let near = QueryShapes.points(100, seed: 8, side: 1).map { $0 / ($0 * $0).sum().squareRoot() }
        var errors: [Float] = []
        for distance in [4, 8] as [Float] {
            let points = near.map { $0 * distance }
            let exact = points.map { PlainQueries.windingNumber($0, mesh) }
            errors.append(zip(numbers(mesh, points, accuracy: 1), exact).map { abs($0 - Float($1)) }.max()!)
        }
        // The first term left out falls with the fifth power: 1/32 a doubling.
        #expect(errors[0] > 1e-5, "near enough for the error to be seen in single precision")
        #expect(errors[1] < errors[0] / 16)
    }

    @Test func notFiniteAndEmpty() {
        #expect(numbers(QueryShapes.box, [[.nan, 0, 0], [0, 0, .infinity]]).allSatisfy { $0.isNaN })
        #expect(numbers(TriangleMesh(), [[0, 0, 0]]) == [0])
        #expect(abs(numbers(QueryShapes.box, [[1e30, 0, 0]])[0]) < 1e-6)
    }
}
