import Core
import Geometry
import TestSupport
import Testing

@Suite struct LatticeRangesTests {
    /// No value of the field lies outside the bounds of a box around its point, and the bounds are no wider than needed.
    @Test(arguments: [UInt64(1), 2, 3])
    func boundsHold(_ seed: UInt64) {
        let stream = RandomStream(seed: seed, stream: 8)
        // Rough on purpose: neighbours have nothing to do with one another.
        let noise = ClosureField { p in
            stream.uniforms(at: UInt64(abs(p.x * 7919 + p.y * 104729 + p.z * 1299709))).x - 0.5
        }
        let shape = BoundingBox(minimum: SIMD3(0.2, 0.1, 0.3), maximum: SIMD3(0.8, 0.9, 0.6))
        let lattice = BaseLattice(noise, bounds: shape, resolution: 7)
        let ranges = LatticeRanges(lattice)
        let whole = lattice.layout.box
        for index in 0..<300 {
            let u = stream.uniforms(at: UInt64(5000 + index))
            let corner = whole.minimum + SIMD3(u.x, u.y, u.z) * whole.extent * 0.9
            let box = BoundingBox(minimum: corner, maximum: corner + whole.extent * 0.1 * u.w)
            guard let bounds = ranges.bounds(over: box) else {
                Issue.record("a box inside the lattice")
                continue
            }
            let points = (0..<100).map { place in
                let v = stream.uniforms(at: UInt64(100_000 + 100 * index + place))
                return box.minimum + SIMD3(v.x, v.y, v.z) * box.extent
            }
            for value in lattice.values(at: points) { #expect(value >= bounds.lowest && value <= bounds.highest) }
        }
        #expect(ranges.bounds(over: BoundingBox(minimum: whole.minimum - 0.01, maximum: whole.maximum)) == nil)
    }

    @Test func boundsOfADistanceAreTight() {
        let ball = Shapes.sphere(radius: 0.3)
        let lattice = BaseLattice(
            ball, bounds: BoundingBox(minimum: SIMD3(repeating: 0.2), maximum: SIMD3(repeating: 0.8)), resolution: 24)
        let ranges = LatticeRanges(lattice)
        let spacing = lattice.layout.spacing
        let stream = RandomStream(seed: 1, stream: 1)
        for index in 0..<500 {
            let u = stream.uniforms(at: UInt64(index))
            let point = 0.2 + 0.6 * SIMD3(u.x, u.y, u.z)
            guard let bounds = ranges.bounds(over: BoundingBox(minimum: point, maximum: point)) else { continue }
            // A cell's diagonal and a little.
            #expect(bounds.highest - bounds.lowest < 2.1 * spacing)
        }
    }
}
