import Core
import Fitting
import Geometry
import NeuralFields
import SurfaceExtraction
import TestSupport
import Testing

/// A member of the family of fields, with what a test may take for granted of it.
struct FieldCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Where it is asked; has points of both sides.
    let box: BoundingBox
    /// How much faster than its point moves the value changes at most; nil for fields that are no distances.
    let slope: Float?
    let make: @Sendable () throws -> any ScalarField

    init(
        _ description: String, box: BoundingBox = BoundingBox(minimum: .zero, maximum: .one), slope: Float? = nil,
        _ make: @escaping @Sendable () throws -> any ScalarField
    ) {
        testDescription = description
        self.box = box
        self.slope = slope
        self.make = make
    }

    private static let around = BoundingBox(minimum: SIMD3(repeating: -1.5), maximum: SIMD3(repeating: 1.5))

    private static func shape(
        target: FieldTarget.Kind = .sdf, encoding: String = "gaussian", base: Int?
    ) throws -> NeuralShape {
        var configuration = FitConfiguration.test(target: target, encoding: encoding, steps: base == nil ? 60 : 10)
        configuration.switchBase(to: base)
        return try Fit(configuration).run(TestMeshes.torus()).shape
    }

    /// Every kind of field: whoever adds one adds it here.
    static let all: [FieldCase] = [
        FieldCase("sphere", box: around, slope: 1) { AnalyticShape.sphere(center: .zero, radius: 0.7) },
        FieldCase("bracket", box: around, slope: 1) { AnalyticShape.bracket },
        FieldCase("gyroid block", box: around, slope: 1) { AnalyticShape.gyroidBlock },
        FieldCase("mesh", slope: 1) { MeshField(TestMeshes.torus()) },
        FieldCase("mesh by winding number", slope: 1) { MeshField(TestMeshes.torus(), sign: .winding) },
        FieldCase("prepared mesh", slope: 1) { try PreparedMesh(TestMeshes.torus()).distanceField },
        FieldCase("scan", box: around) {
            let points = QueryShapes.sphere(levels: 4).vertices
            return try OrientedPointCloud(points, normals: points).distanceField
        },
        // Tricubic between its samples: steeper than a distance by what is said of it.
        FieldCase("base", slope: 1.5) {
            let shape = try PreparedMesh(TestMeshes.torus())
            return BaseLattice(shape.distanceField, bounds: shape.bounds, resolution: 16)
        },
        FieldCase("network alone") { try shape(base: nil).unitField },
        FieldCase("network of occupancies") { try shape(target: .occupancy, base: nil).unitField },
        FieldCase("network on a base") { try shape(base: 16).unitField },
        FieldCase("network of occupancies on a base") { try shape(target: .occupancy, base: 16).unitField },
        FieldCase("network of learnt features on a base") { try shape(encoding: "grid", base: 16).unitField },
        FieldCase("distances of a network") { try shape(base: 16).unitDistances },
        FieldCase("grid on a base") {
            try Fit(.testGrid(coefficients: 2000)).run(TestMeshes.torus()).shape.unitField
        },
        FieldCase("grid in cells of its lattice", box: BoundingBox(minimum: .zero, maximum: SIMD3(repeating: 16))) {
            let shape = try PreparedMesh(TestMeshes.torus())
            let settings = GridSettings(coefficients: 2000)
            let fit = GridFit(mesh: shape.mesh, field: shape.field, settings: settings, workers: .single)
            let grid = try fit.run().grid
            return CellField(grid: grid, lattice: grid.finest)
        },
    ]
}

/// What every field promises.
@Suite struct ScalarFieldConformanceTests {
    private func points(_ field: FieldCase, _ count: Int, seed: UInt64 = 1) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: seed, stream: 0x6669_656c)
        return (0..<UInt64(count)).map { index in
            let draw = stream.uniforms(at: index)
            return field.box.minimum + SIMD3(draw.x, draw.y, draw.z) * field.box.extent
        }
    }

    @Test(arguments: FieldCase.all) func valuesDependOnNeitherWorkersNorTheBatch(_ member: FieldCase) throws {
        let field = try member.make()
        let points = points(member, 9001)
        let values = field.values(at: points, workers: .single)
        #expect(values == field.values(at: points, workers: Workers(count: 3)))
        #expect(values.reversed() == field.values(at: points.reversed(), workers: Workers(count: 2)))
        for index in stride(from: 0, to: points.count, by: 500) {
            #expect(field.values(at: [points[index]], workers: .single) == [values[index]])
        }
        #expect(field.values(at: [], workers: .single) == [])
        #expect(values.contains { $0 < 0 } && values.contains { $0 > 0 } && values.allSatisfy(\.isFinite))
    }

    /// Far away is outside, and the largest ball of free space that a distance names has one sign.
    @Test(arguments: FieldCase.all) func farAwayIsOutside(_ member: FieldCase) throws {
        guard member.slope != nil else { return }
        let field = try member.make()
        let corners = (0..<8).map { corner -> SIMD3<Float> in
            SIMD3(corner & 1 == 0 ? -3 : 3, corner & 2 == 0 ? -3 : 3, corner & 4 == 0 ? -3 : 3)
        }
        let far = corners.map { member.box.center + $0 * member.box.extent }
        #expect(field.values(at: far).allSatisfy { $0 > 0 })
    }

    @Test(arguments: FieldCase.all) func distancesChangeNoFasterThanTheirPoint(_ member: FieldCase) throws {
        guard let slope = member.slope else { return }
        let field = try member.make()
        let (first, second) = (points(member, 2000), points(member, 2000, seed: 2))
        // Near by as well as across the box.
        let near = zip(first, second).map { $0 + 0.01 * ($1 - $0) }
        let values = field.values(at: first)
        for others in [second, near] {
            for (index, value) in field.values(at: others).enumerated() {
                let way = length(others[index] - first[index])
                #expect(abs(value - values[index]) <= slope * way + 1e-5)
            }
        }
    }

    @Test(arguments: FieldCase.all) func gradientsAreThoseOfTheValues(_ member: FieldCase) throws {
        guard let field = try member.make() as? any DifferentiableField else { return }
        let points = points(member, 500)
        let (values, gradients) = evaluate(field, points, workers: .single)
        #expect(values == field.values(at: points))
        let (same, sameGradients) = evaluate(field, points.reversed(), workers: Workers(count: 3))
        #expect(same.reversed() == values && sameGradients.reversed() == gradients)
        // Central differences; cells and bands have creases, which few of these points are near.
        let step: Float = 3e-4
        var errors: [Float] = []
        for axis in 0..<3 {
            var offset = SIMD3<Float>.zero
            offset[axis] = step
            let (ahead, behind) = (
                field.values(at: points.map { $0 + offset }), field.values(at: points.map { $0 - offset })
            )
            for index in points.indices {
                let slope = (ahead[index] - behind[index]) / (2 * step)
                errors.append(abs(gradients[index][axis] - slope) / max(1, length(gradients[index])))
            }
        }
        errors.sort()
        #expect(errors[errors.count * 9 / 10] < 0.05, "\(errors[errors.count * 9 / 10])")
    }

    private func evaluate(
        _ field: any DifferentiableField, _ points: [SIMD3<Float>], workers: Workers
    ) -> (values: [Float], gradients: [SIMD3<Float>]) {
        var values = [Float](repeating: .nan, count: points.count)
        var gradients = [SIMD3<Float>](repeating: SIMD3(repeating: .nan), count: points.count)
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        field.evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: workers)
        return (values, gradients)
    }

    /// What is no place is not inside, and ends nothing.
    @Test(arguments: FieldCase.all) func pointsThatAreNoPlacesAreNotInside(_ member: FieldCase) throws {
        let field = try member.make()
        let points: [SIMD3<Float>] = [
            [.nan, 0.5, 0.5], [0.5, .infinity, 0.5], [0.5, 0.5, -.infinity], SIMD3(repeating: 3e38),
        ]
        for (point, value) in zip(points, field.values(at: points)) { #expect(!(value < 0), "\(point): \(value)") }
        if let field = field as? any DifferentiableField { _ = evaluate(field, points, workers: .single) }
    }
}
