import Evaluation
import Fitting
import Foundation
import Geometry
import NeuralFields
import TestSupport
import Testing

/// Networks of shapes that are thin along axes of the frame.
@Suite struct ThinShapeTests {
    private static func fit(_ size: SIMD3<Float>, steps: Int) throws -> FittedShape<PreparedMesh> {
        var mesh = boxMesh()
        let bounds = try #require(mesh.boundingBox)
        mesh.vertices = mesh.vertices.map { ($0 - bounds.minimum) / bounds.extent * size }
        var configuration = Preset.fast.configuration
        configuration.budget = .steps(steps)
        configuration.labels.poolSize = 1 << 17
        return try Fit(configuration).run(mesh)
    }

    private static func stretch(_ fitted: FittedShape<PreparedMesh>) throws -> [Float]? {
        try #require(fitted.configuration.encoding.settings as? GaussianFrequencies).stretch
    }

    @Test func frequenciesAreHigherAlongThinAxes() throws {
        let rod = try #require(try Self.stretch(Self.fit(SIMD3(1000, 1, 1), steps: 1)))
        #expect(rod[0] == 1 && rod[1] > 20 && rod[1] == rod[2])
        let plate = try #require(try Self.stretch(Self.fit(SIMD3(1, 500, 500), steps: 1)))
        #expect(plate[0] > 10 && plate[1] == 1 && plate[2] == 1)
        #expect(try Self.stretch(Self.fit(SIMD3(10, 1, 1), steps: 1)) == nil)
    }

    @Test func noiseAndUnitFollowTheThickness() throws {
        let usual = Preset.fast.configuration
        let rod = try Self.fit(SIMD3(1000, 1, 1), steps: 1).configuration
        let box = try Self.fit(SIMD3(10, 1, 1), steps: 1).configuration
        func deviations(_ configuration: FitConfiguration) -> [Float] {
            configuration.labels.sampling.components.compactMap {
                if case .surface(let deviation) = $0.region { deviation } else { nil }
            }
        }
        #expect(box.target == usual.target && deviations(box) == deviations(usual))
        #expect(rod.target.scale < 0.003)
        #expect(zip(deviations(rod), deviations(usual)).allSatisfy { $0 < 0.3 * $1 + 1e-3 && $0 < 0.002 })
    }

    @Test("A rod is learnt in three hundred steps, which without would leave next to nothing of it")
    func aRodIsLearnt() throws {
        let fitted = try Self.fit(SIMD3(1000, 1, 1), steps: 300)
        let field = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference)
        #expect(field.uniform.value > 0.75)
    }

    @Test func aStretchIsStoredAndMultiplies() throws {
        var settings = GaussianFrequencies(sigma: 2, frequencyCount: 5)
        let plain = try settings.frequencies(inputDimension: 3)
        settings.stretch = [1, 3, 0.5]
        let stretched = try settings.frequencies(inputDimension: 3)
        for axis in 0..<3 {
            for number in 0..<5 {
                #expect(
                    stretched.frequencies[5 * axis + number] == plain.frequencies[5 * axis + number]
                        * [1, 3, 0.5][axis])
            }
        }
        let stored = try JSONEncoder().encode(EncodingConfiguration(settings))
        #expect(try JSONDecoder().decode(EncodingConfiguration.self, from: stored) == EncodingConfiguration(settings))
        for wrong in [[1, 2], [1, 2, 0], [1, 2, .infinity]] as [[Float]] {
            settings.stretch = wrong
            #expect(throws: NeuralFieldsError.self) { try settings.frequencies(inputDimension: 3) }
        }
    }
}
