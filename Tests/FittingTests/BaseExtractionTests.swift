import Core
import Fitting
import Geometry
import Interchange
import NeuralFields
import SurfaceExtraction
import TestSupport
import Testing

/// A correction that was learnt without an error.
private struct PerfectCorrection: Correction {
    let field: ClosureField
    let lattice: BaseLattice

    var parameterCount: Int { 0 }

    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        lattice.evaluate(points, into: &values, workers: workers)
        for index in points.indices { values[index] = field.value(points[index]) - values[index] }
    }

    func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        evaluate(points, into: &values, workers: workers)
    }

    func contents(metadata: [String: String]) -> SafetensorsFile { SafetensorsFile(tensors: [], metadata: metadata) }
}

/// What a search finds of fields with a base.
@Suite struct BaseExtractionTests {
    private static let target = FieldTarget(kind: .sdf, compression: .linear, scale: 0.007)
    private static let unit = UnitCubeTransform.identity

    private static func shape(_ field: ClosureField, _ bounds: BoundingBox) -> NeuralShape {
        let lattice = BaseLattice(field, bounds: bounds, resolution: 32)
        return NeuralShape(
            correction: PerfectCorrection(field: field, lattice: lattice), base: ShapeBase(lattice: lattice),
            target: target, transform: unit, bounds: bounds)
    }

    /// A disc much thinner than a cell of the base, a little above a wall whose changes of sign are seen. (Of compressed distances it
    /// is missed where it is 1.4 cells from the wall.)
    @Test(arguments: [0.011, 0.016, 0.021] as [Float], [170, 256])
    func thinPartsBesideOthersAreFound(_ distance: Float, _ resolution: Int) throws {
        let field = ClosureField { p in
            let q = p - 0.5
            let disc = max(abs(q.z - distance) - 0.003, (q.x * q.x + q.y * q.y).squareRoot() - 0.2)
            let wall = max(abs(q.z + 0.1) - 0.1, max(abs(q.x), abs(q.y)) - 0.3)
            return min(disc, wall)
        }
        let shape = Self.shape(
            field, BoundingBox(minimum: SIMD3(0.2, 0.2, 0.3), maximum: SIMD3(0.8, 0.8, 0.503 + distance)))
        var extractor = SurfaceExtractor(resolution: resolution, sampling: .exhaustive, refinementSteps: 0)
        let whole = try shape.extract(extractor)
        #expect(Connectivity(whole.mesh).components == 2)
        extractor.sampling = .adaptive
        let found = try shape.extract(extractor)
        #expect(found.mesh == whole.mesh)
        #expect(found.statistics.evaluations < whole.statistics.evaluations / 3)
    }

    /// Plates and rods of one and a half cells and balls of one to three, anywhere: what every sample finds.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func smallFeaturesAreFound(_ seed: UInt64) throws {
        let resolution = 128
        let cell = 0.94 / Float(resolution)
        let stream = RandomStream(seed: seed, stream: 5)
        func place(_ index: UInt64, _ spread: Float) -> SIMD3<Float> {
            let u = stream.uniforms(at: index)
            return 0.5 + spread * (SIMD3(u.x, u.y, u.z) - 0.5)
        }
        let balls = (0..<8 as Range<UInt64>).map { (place($0, 0.8), (1 + 2 * stream.uniforms(at: $0).w) * cell) }
        let (center, along) = (place(20, 0.3), normalized(place(21, 1) - 0.5))
        let normal = normalized(cross(along, SIMD3(0.3, 0.8, -0.5)))
        let field = ClosureField { p in
            let q = p - center
            let rod = length(q - 0.1 - along * min(max(((q - 0.1) * along).sum(), -0.2), 0.2)) - 0.75 * cell
            let plate = max(abs((q * normal).sum()) - 0.75 * cell, length(q) - 0.25)
            return balls.reduce(min(rod, plate)) { min($0, length(p - $1.0) - $1.1) }
        }
        let shape = Self.shape(field, BoundingBox(minimum: SIMD3(repeating: 0.05), maximum: SIMD3(repeating: 0.95)))
        var extractor = SurfaceExtractor(resolution: resolution, sampling: .exhaustive, refinementSteps: 0)
        let whole = try shape.extract(extractor)
        extractor.sampling = .adaptive
        let found = try shape.extract(extractor)
        #expect(found.mesh == whole.mesh)
        #expect(found.statistics.evaluations < whole.statistics.evaluations / 4)
    }
}
