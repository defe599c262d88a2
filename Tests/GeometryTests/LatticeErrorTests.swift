import Core
import Geometry
import TestSupport
import Testing

@Suite struct LatticeErrorTests {
    private struct Shape {
        let field: ClosureField
        let half: SIMD3<Float>
        var bounds: BoundingBox { BoundingBox(minimum: 0.5 - half, maximum: 0.5 + half) }
    }

    private static let shapes: [Shape] = [
        Shape(field: Shapes.torus(), half: SIMD3(0.39, 0.39, 0.11)),
        Shape(field: Shapes.sphere(radius: 0.45), half: SIMD3(repeating: 0.45)),
        box(SIMD3(0.45, 0.3, 0.2)), box(SIMD3(0.45, 0.45, 0.004)), box(SIMD3(0.45, 0.004, 0.004)),
    ]

    private static func box(_ half: SIMD3<Float>) -> Shape {
        Shape(field: Shapes.box(center: SIMD3(repeating: 0.5), halfExtent: half), half: half)
    }

    /// No point has a larger error than was proved, a point has the error that was found, and signs are right out of reach.
    @Test(arguments: shapes.indices, [8, 16])
    func errorsHold(_ number: Int, _ resolution: Int) throws {
        let shape = Self.shapes[number]
        let lattice = BaseLattice(shape.field, bounds: shape.bounds, resolution: resolution)
        let spacing = lattice.layout.spacing
        let reach = 1.5 * spacing
        let error = try #require(
            LatticeError(of: lattice, against: shape.field, bounds: shape.bounds, within: reach, aim: 0.6 * spacing))
        #expect(error.largest <= max(0.6 * spacing, 1.1 * error.found + 1e-3 * spacing))
        let stream = RandomStream(seed: 3, stream: UInt64(number))
        let whole = lattice.layout.box
        let points = (0..<200_000).map {
            let u = stream.uniforms(at: UInt64($0))
            return whole.minimum + SIMD3(u.x, u.y, u.z) * whole.extent
        }
        var largest: Float = 0
        for (point, value) in zip(points, lattice.values(at: points)) {
            let distance = shape.field.value(point)
            if abs(value) < reach {
                largest = max(largest, abs(value - distance))
            } else {
                #expect((value < 0) == (distance < 0))
            }
        }
        #expect(largest <= error.largest && largest > 0.4 * error.found)
    }

    /// A coarser aim costs less and never says less than there is; threads change nothing.
    @Test func aimAndThreads() throws {
        let shape = Self.shapes[2]
        let lattice = BaseLattice(shape.field, bounds: shape.bounds, resolution: 12)
        let errors = [1, 3].map {
            LatticeError(
                of: lattice, against: shape.field, bounds: shape.bounds, within: 0.1, aim: 0.01,
                workers: Workers(count: $0))
        }
        #expect(errors[0] != nil && errors[0] == errors[1])
        let tight = try #require(errors[0])
        #expect(tight.largest >= tight.found && tight.largest < 1.2 * tight.found)
    }

    /// What is no distance with the lattice's sign is not proved to be one: a jump in empty space, and what is not a number.
    @Test func nothingIsProvedOfWhatIsNot() {
        let shape = Self.shapes[0]
        let lattice = BaseLattice(shape.field, bounds: shape.bounds, resolution: 8)
        let flipped = ClosureField { p in p.x > 0.5 ? -abs(shape.field.value(p)) - 0.05 : shape.field.value(p) }
        let none = ClosureField { _ in .nan }
        for field in [flipped, none] {
            #expect(
                LatticeError(of: lattice, against: field, bounds: shape.bounds, within: 0.05, aim: 0.05)?.largest ?? 1
                    > 0.1)
        }
    }
}
