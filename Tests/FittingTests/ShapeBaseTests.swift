import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import Interchange
import NeuralFields
import SurfaceExtraction
import TestSupport
import Testing

/// A correction from a closure, as wild as a network that was never trained.
private struct ClosureCorrection: Correction {
    let value: @Sendable (SIMD3<Float>) -> Float
    let gradient: @Sendable (SIMD3<Float>) -> SIMD3<Float>

    var parameterCount: Int { 0 }

    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        for index in points.indices { values[index] = value(points[index]) }
    }

    func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        for index in points.indices {
            values[index] = value(points[index])
            gradients[index] = gradient(points[index])
        }
    }

    func contents(metadata: [String: String]) -> SafetensorsFile { SafetensorsFile(tensors: [], metadata: metadata) }
}

@Suite struct ShapeBaseTests {
    private static let bounds = BoundingBox(minimum: SIMD3(0.11, 0.11, 0.39), maximum: SIMD3(0.89, 0.89, 0.61))

    private static func base(_ resolution: Int = 16) -> ShapeBase {
        ShapeBase(lattice: BaseLattice(Shapes.torus(), bounds: bounds, resolution: resolution))
    }

    private static func points(_ count: Int, in box: BoundingBox, seed: UInt64 = 4) -> [SIMD3<Float>] {
        let stream = RandomStream(seed: seed, stream: 1)
        return (0..<count).map {
            let u = stream.uniforms(at: UInt64($0))
            return box.minimum + SIMD3(u.x, u.y, u.z) * box.extent
        }
    }

    /// Whatever the correction says: within the bound of the base, the base itself far away, one sign where that is certain.
    @Test(arguments: [Float(0.01), 1, 1e6, .infinity])
    func noCorrectionGoesBeyondTheBound(_ size: Float) {
        let base = Self.base()
        let field = UnitField(
            base: base,
            correction: ClosureCorrection(
                value: { ($0 * 400).sum().truncatingRemainder(dividingBy: 2) < 1 ? size : -size },
                gradient: { _ in .zero }))
        let points = Self.points(20_000, in: Self.bounds.expanded(by: 0.3))
        let values = field.values(at: points)
        let bases = base.lattice.values(at: points)
        #expect(base.band.certainDistance <= base.band.bound * 1.1 && base.band.certainDistance < base.band.end)
        for (value, own) in zip(values, bases) {
            #expect(abs(value - own) <= base.band.bound * 1.0001)
            if abs(own) >= base.band.end { #expect(value == own) }
            if abs(own) >= base.band.certainDistance { #expect((value < 0) == (own < 0)) }
        }
        #expect(zip(values, bases).contains { $0 != $1 })
    }

    /// What the bound rests on: wherever a correction acts, a base is wrong by less, thin parts, edges and creases included.
    @Test(arguments: [8, 16, 32])
    func basesAreWrongByLessThanTheBound(_ resolution: Int) {
        let box = { (half: SIMD3<Float>) in Shapes.box(center: SIMD3(repeating: 0.5), halfExtent: half) }
        let shapes: [(ClosureField, SIMD3<Float>)] = [
            (Shapes.torus(), SIMD3(0.39, 0.39, 0.11)), (box(SIMD3(0.45, 0.3, 0.2)), SIMD3(0.45, 0.3, 0.2)),
            (box(SIMD3(0.45, 0.45, 0.004)), SIMD3(0.45, 0.45, 0.004)),
            (box(SIMD3(0.45, 0.004, 0.004)), SIMD3(0.45, 0.004, 0.004)),
            (ClosureField { p in max(Shapes.torus().value(p), p.x - 0.61) }, SIMD3(0.39, 0.39, 0.11)),
            (
                ClosureField { p in
                    min(length(p - SIMD3(0.3, 0.5, 0.5)) - 0.19, length(p - SIMD3(0.7, 0.5, 0.5)) - 0.19)
                },
                SIMD3(0.39, 0.19, 0.19)
            ),
        ]
        for (number, (field, half)) in shapes.enumerated() {
            let bounds = BoundingBox(minimum: 0.5 - half, maximum: 0.5 + half)
            let base = ShapeBase(lattice: BaseLattice(field, bounds: bounds, resolution: resolution))
            let points = Self.points(200_000, in: bounds.expanded(by: 0.04), seed: UInt64(number))
            let values = base.lattice.values(at: points)
            var largest: Float = 0
            for (point, value) in zip(points, values) where value.magnitude < base.band.end {
                largest = max(largest, (value - field.value(point)).magnitude)
            }
            #expect(largest < 0.8 * base.band.bound, "shape \(number): \(largest / base.band.bound)")
        }
    }

    @Test func gradientsAreTheDerivativesAndThreadsChangeNothing() {
        let field = UnitField(
            base: Self.base(),
            correction: ClosureCorrection(
                value: { 0.02 * ($0.x * 7 + $0.y * 3).truncatingRemainder(dividingBy: 1) - 0.004 },
                gradient: { _ in SIMD3(0.14, 0.06, 0) }))
        let points = Self.points(9000, in: Self.bounds.expanded(by: 0.05))
        var values = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        field.evaluate(points.span, into: &valueSpan, gradients: &gradientSpan, workers: Workers(count: 3))
        #expect(values == field.values(at: points, workers: .single))
        var wrong = 0
        for axis in 0..<3 {
            var step = SIMD3<Float>.zero
            step[axis] = 5e-4
            let above = field.values(at: points.map { $0 + step })
            let below = field.values(at: points.map { $0 - step })
            for index in points.indices where abs((above[index] - below[index]) / 1e-3 - gradients[index][axis]) > 0.02
            {
                wrong += 1
            }
        }
        // The correction jumps on planes.
        #expect(wrong < points.count / 20)
    }

    @Test(arguments: [FieldTarget.Kind.sdf, .occupancy])
    func fitsOnABaseAreBetterAndTrueFarAway(_ target: FieldTarget.Kind) throws {
        var configuration = FitConfiguration.test(target: target, steps: 100)
        let mesh = TestMeshes.torus()
        configuration.switchBase(to: nil)
        let alone = try Fit(configuration).run(mesh)
        configuration.switchBase(to: 16)
        let fitted = try Fit(configuration).run(mesh)
        let before = Evaluation.tancik2020(alone.shape.unitField, against: alone.reference)
        let scores = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference)
        #expect(scores.uniform.value > before.uniform.value && scores.boundary.value > before.boundary.value)
        #expect(scores.uniform.value > (target == .sdf ? 0.99 : 0.978))
        #expect(scores.boundary.value > (target == .sdf ? 0.955 : 0.9))

        let box = mesh.boundingBox ?? .empty
        let points = Self.points(
            20_000, in: BoundingBox(minimum: box.center - box.extent, maximum: box.center + box.extent))
        let truth = MeshField(mesh).values(at: points)
        let side = box.extent.max()
        for (value, distance) in zip(fitted.shape.values(at: points), truth) where distance.magnitude > 0.02 * side {
            #expect((value < 0) == (distance < 0))
            if target == .sdf { #expect((value - distance).magnitude < 0.04 * side) }
        }
    }

    @Test func sameBitsOnAnyNumberOfThreads() throws {
        var configuration = FitConfiguration.test(steps: 30)
        configuration.switchBase(to: 12)
        let mesh = TestMeshes.torus()
        let first = try Fit(configuration, workers: .single).run(mesh)
        let second = try Fit(configuration, workers: Workers(count: 3)).run(mesh)
        #expect(first.shape.network == second.shape.network && first.shape.base == second.shape.base)
        let surfaces = try [(first, 1), (second, 3)].map {
            try $0.0.shape.extract(SurfaceExtractor(resolution: 40), workers: Workers(count: $0.1)).mesh
        }
        #expect(surfaces[0] == surfaces[1])
    }

    // MARK: Files

    private static func fitted() throws -> NeuralShape {
        var configuration = FitConfiguration.test(steps: 5)
        configuration.switchBase(to: 8)
        return try Fit(configuration).run(TestMeshes.torus()).shape
    }

    @Test func filesHoldTheBase() throws {
        let shape = try Self.fitted()
        let read = try withTemporaryFolder { folder in
            try shape.write(to: folder + "/model.safetensors")
            return try NeuralShape(file: folder + "/model.safetensors")
        }
        #expect(read.base == shape.base && read.network == shape.network)
        let points = Self.points(500, in: BoundingBox(minimum: SIMD3(repeating: -1), maximum: SIMD3(repeating: 1)))
        #expect(read.values(at: points) == shape.values(at: points))
    }

    /// Each damage to a sound file is one line of an error, and never a shape without its base.
    @Test func damagedBasesAreRefused() throws {
        let shape = try Self.fitted()
        try withTemporaryFolder { folder in
            let path = folder + "/model.safetensors"
            try shape.write(to: path)
            try damagedBasesAreRefused(path, SafetensorsFile(path: path))
        }
    }

    private func damagedBasesAreRefused(_ path: String, _ sound: SafetensorsFile) throws {
        func read(_ change: (inout SafetensorsFile) -> Void) throws -> NeuralShape {
            var file = sound
            change(&file)
            try file.write(to: path)
            return try NeuralShape(file: path)
        }
        let samples = try #require(sound["base.samples"])
        #expect(try read { _ in }.base != nil)
        func replaced(_ tensor: SafetensorsFile.Tensor?) -> (inout SafetensorsFile) -> Void {
            { file in
                file.tensors.removeAll { $0.name == "base.samples" }
                if let tensor { file.tensors.append(tensor) }
            }
        }
        let integers = try #require(samples.integers)
        let floats = samples.values
        let changes: [(inout SafetensorsFile) -> Void] = [
            replaced(nil),
            replaced(.init("base.samples", shape: samples.shape, values: floats)),
            replaced(.init("base.samples", shape: samples.shape.reversed() + [1], integers: integers)),
            replaced(.init("base.samples", shape: [integers.count - 1], integers: Array(integers.dropLast()))),
            { $0.metadata["shapefit"] = $0.metadata["shapefit"]?.replacing("\"spacing\":", with: "\"spacing\":-") },
            { $0.metadata["shapefit"] = $0.metadata["shapefit"]?.replacing("\"bound\":", with: "\"bound\":-") },
            { $0.metadata["shapefit"] = $0.metadata["shapefit"]?.replacing("\"step\":", with: "\"step\":1e99,\"s\":") },
            { $0.metadata["shapefit"] = $0.metadata["shapefit"]?.replacing("\"base\":", with: "\"other\":") },
        ]
        for (number, change) in changes.enumerated() {
            #expect(throws: NeuralFieldsError.self, "\(number)") { try read(change) }
        }
    }

    @Test func settingsOutOfRangeAreErrors() {
        for resolution in [-1, 0, 3, 513, Int.max / 2] {
            var configuration = FitConfiguration.test()
            configuration.switchBase(to: resolution)
            #expect(throws: FittingError.self) { try configuration.validate() }
        }
        var compressed = FitConfiguration.test()
        compressed.switchBase(to: 16)
        compressed.target = .sdf(.tanh, scale: compressed.target.scale)
        #expect(throws: FittingError.self) { try compressed.validate() }
    }
}
