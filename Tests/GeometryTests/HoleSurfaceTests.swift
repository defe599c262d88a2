import Core
import Geometry
import Testing

@Suite struct HoleSurfaceTests {
    /// Samples of `function` around the unit cube's centre, those within `radius` of it unknown and begun from 0.
    private func surface(radius: Float, of function: (SIMD3<Float>) -> Float) throws -> HoleSurface {
        let center = SIMD3<Float>(repeating: 0.5)
        let numbers = HoleSurface.samples(near: [center], reach: 0.3)
        let samples = numbers.map { number in
            let place = HoleSurface.position(of: number)
            return length(place - center) < radius ? HoleSurface.Sample.unknown(0) : .known(function(place))
        }
        return try #require(HoleSurface(numbers, samples, workers: Workers(count: 2)))
    }

    /// The differences of a quadratic are the same everywhere, so that what bends least between them is the quadratic itself.
    @Test(arguments: [0, 1] as [Float]) func quadraticsAreGoneOnWith(bending: Float) throws {
        func value(_ p: SIMD3<Float>) -> Float {
            0.3 * p.x - 0.5 * p.y + p.z - 0.4 + bending * (p.x * p.x - 0.7 * p.y * p.z + 0.5 * p.z * p.z)
        }
        let hole = try surface(radius: 0.12, of: value)
        #expect(hole.unknownCount > 500)
        let stream = RandomStream(seed: 2, stream: 2)
        for index in 0..<200 {
            let draw = stream.uniforms(at: UInt64(index))
            let point = 0.5 + 0.2 * (SIMD3(draw.x, draw.y, draw.z) - 0.5)
            let found = try #require(hole.value(at: point))
            // Linear between samples: an eighth of the second derivative times the squared spacing is lost.
            #expect(abs(found - value(point)) < 1e-3 + bending * HoleSurface.spacing * HoleSurface.spacing)
        }
    }

    @Test func whereThereAreNoSamplesThereIsNoValue() throws {
        let hole = try surface(radius: 0.1) { $0.x }
        #expect(hole.value(at: SIMD3(-0.14, 0.5, 0.5)) == nil)
        #expect(hole.value(at: SIMD3(5, 0.5, 0.5)) == nil)
        #expect(hole.value(at: SIMD3(0.5, 0.5, -7)) == nil)
    }

    @Test func withoutAnythingUnknownThereIsNoHole() {
        let numbers = HoleSurface.samples(near: [SIMD3(0.5, 0.5, 0.5)], reach: 0.1)
        #expect(HoleSurface(numbers, numbers.map { _ in .known(1) }, workers: .single) == nil)
        #expect(HoleSurface.samples(near: [], reach: 1) == [])
    }
}
