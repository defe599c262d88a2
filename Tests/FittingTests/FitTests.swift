import Core
import Evaluation
import Fitting
import Foundation
import Geometry
import NeuralFields
import SurfaceExtraction
import TestSupport
import Testing

extension FitConfiguration {
    /// Small enough for a test: about a second.
    static func test(
        target: FieldTarget.Kind = .sdf, encoding: String = "gaussian", steps: Int = 300, seed: UInt64 = 7
    ) -> FitConfiguration {
        var configuration = Preset.fast.configuration
        configuration.switchTarget(to: target)
        if encoding != configuration.encoding.name, let other = EncodingConfiguration(named: encoding) {
            configuration.encoding.switchTo(other)
        }
        configuration.encoding.sigma = 2
        if encoding == "gaussian" { configuration.encoding.frequencyCount = 48 }
        if encoding == "positional" { configuration.encoding.frequencyCount = 4 }
        configuration.width = 48
        configuration.labels.poolSize = 1 << 16
        configuration.training.batchSize = 1024
        configuration.budget = .steps(steps)
        configuration.resolution = 64
        configuration.seed = seed
        return configuration
    }
}

@Suite struct FitTests {
    @Test func sameBitsOnAnyNumberOfThreadsAndTwice() throws {
        let mesh = TestMeshes.torus()
        func fit(threads: Int) throws -> (parameters: [Float], surface: TriangleMesh) {
            let workers = Workers(count: threads)
            let fitted = try Fit(.test(steps: 40), workers: workers).run(mesh)
            let surface = try fitted.shape.extract(SurfaceExtractor(resolution: 40), workers: workers)
            return (fitted.shape.network?.parameters ?? [], surface.mesh)
        }
        let first = try fit(threads: 1)
        for threads in [1, 2, 4] {
            let other = try fit(threads: threads)
            #expect(other.parameters == first.parameters)
            #expect(other.surface == first.surface)
        }
    }

    /// Floors are the values reached less 0.005 uniform and 0.015 at the boundary; evaluation points come from streams
    /// that training does not use.
    @Test(arguments: [
        (FieldTarget.Kind.sdf, "gaussian", 0.987, 0.946), (.sdf, "positional", 0.979, 0.910),
        (.sdf, "transformer", 0.977, 0.898), (.sdf, "basic", 0.972, 0.876), (.sdf, "none", 0.936, 0.751),
        (.occupancy, "gaussian", 0.978, 0.900), (.occupancy, "positional", 0.946, 0.768),
    ])
    func reachesItsFloor(_ target: FieldTarget.Kind, _ encoding: String, uniform: Double, boundary: Double)
        throws
    {
        let fitted = try Fit(.test(target: target, encoding: encoding)).run(TestMeshes.torus())
        let scores = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference)
        #expect(scores.uniform.value > uniform)
        #expect(scores.boundary.value > boundary)
    }

    @Test func aStoppedFitKeepsWhatItLearnt() throws {
        let fitted = try Fit(.test(steps: 1_000_000)).run(TestMeshes.torus()) { $0.step < 20 }
        #expect(fitted.training.wasStopped)
        #expect(fitted.training.steps >= 20 && fitted.training.steps < 1_000_000)
        let scores = Evaluation.tancik2020(fitted.shape.unitField, against: fitted.reference)
        #expect(scores.uniform.value > 0.5)
    }

    @Test func coordinatesSurviveScaleAndOffset() throws {
        var mesh = TestMeshes.torus()
        mesh.vertices = mesh.vertices.map { $0 * 1e-3 + SIMD3(5, -3, 2) }
        let fitted = try Fit(.test()).run(mesh)
        let box = try #require(mesh.boundingBox)
        // Far from the origin for its size: vertices count from an origin in double precision.
        let extracted = try fitted.shape.extract(SurfaceExtractor(resolution: 64)).mesh
        let surface = try #require(extracted.boundingBox)
        let center = SIMD3<Double>(surface.center) + extracted.origin
        #expect(abs(SIMD3<Float>(center - SIMD3<Double>(box.center))).max() < 3e-5)
        #expect(abs((surface.extent - box.extent).max()) < 6e-5)
        // The centre of the tube is 0.1 inside, the torus' own centre 0.2 outside.
        let tube = fitted.shape.values(at: [SIMD3(0.3e-3 + 5, -3, 2), SIMD3(5, -3, 2)])
        #expect(abs(tube[0] + 0.1e-3) < 0.02e-3 && abs(tube[1] - 0.2e-3) < 0.02e-3)
    }

    /// A closed mesh that is inside out is the same shape, and is learnt as such.
    @Test func anInsideOutMeshIsLearntAsTheSameShape() throws {
        let mesh = TestMeshes.torus()
        let turned = TriangleMesh(vertices: mesh.vertices, triangles: mesh.triangles.map { SIMD3($0.x, $0.z, $0.y) })
        let fitted = try Fit(.test(steps: 100)).run(turned)
        #expect(fitted.evidence.notes == [.turnedParts(count: 1)])
        #expect(try Fit(.test(steps: 100)).run(mesh).evidence.notes == [])
        let scores = Evaluation.tancik2020(
            fitted.shape.unitField, against: EvaluationReference(try PreparedMesh(mesh)))
        #expect(scores.uniform.value > 0.9)
    }

    @Test func meshesThatAreNoneAreRefused() throws {
        func message(_ mesh: TriangleMesh) -> String {
            do {
                _ = try Fit(.test()).run(mesh)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message(TriangleMesh()).contains("no extent"))
        let corners: [SIMD3<Float>] = [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
        #expect(message(TriangleMesh(vertices: corners, triangles: [[0, 1, 2]])).contains("area"))
        #expect(message(TriangleMesh(vertices: corners, triangles: [[0, 1, 3]])).contains("vertex"))
        #expect(message(TriangleMesh(vertices: corners + [[.nan, 0, 0]], triangles: [[0, 1, 3]])).contains("finite"))
    }

    @Test func endlessSamplesAndPoolsSeeTheSamePoints() throws {
        let shape = try PreparedMesh(TestMeshes.torus())
        var configuration = FitConfiguration.test()
        // A pool moves points whose compressed distance is flat.
        configuration.target = .sdf(.linear, scale: configuration.target.scale)
        let sampler = try Sampler(shape, configuration: configuration.labels.sampling, seed: 3)
        let pool = LabelledPool(
            sampler, of: shape, count: 500, batchSize: 100, target: configuration.target, workers: Workers())
        let endless = EndlessSamples(sampler, of: shape, batchSize: 100, target: configuration.target)
        func rows(_ source: some BatchSource, step: Int) -> [Float] {
            var values = [Float](repeating: 0, count: 3 * 40)
            var targets = [Float](repeating: 0, count: 40)
            var weights = targets
            var valueSpan = values.mutableSpan
            var targetSpan = targets.mutableSpan
            var weightSpan = weights.mutableSpan
            source.fill(step: step, rows: 30..<70, points: &valueSpan, targets: &targetSpan, weights: &weightSpan)
            return values + targets + weights
        }
        #expect(rows(pool, step: 2) == rows(endless, step: 2))
        #expect(rows(pool, step: 2) != rows(endless, step: 3))
        #expect(rows(pool, step: 7) == rows(pool, step: 2))
    }

    @Test func impossibleSettingsAreNamed() throws {
        let mesh = TestMeshes.torus()
        func message(_ change: (inout FitConfiguration) -> Void) -> String {
            var configuration = FitConfiguration.test()
            change(&configuration)
            do {
                _ = try Fit(configuration).run(mesh)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message { $0.encoding.sigma = 0 }.contains("sigma"))
        #expect(message { $0.encoding.sigma = .nan }.contains("sigma"))
        #expect(message { $0.width = 0 }.contains("width"))
        #expect(message { $0.depth = -1 }.contains("depth"))
        #expect(message { $0.training.batchSize = 0 }.contains("batch size"))
        #expect(message { $0.budget = .steps(0) }.contains("steps"))
        #expect(message { $0.resolution = 1_000_000 }.contains("resolution"))
        #expect(
            message {
                $0.width = 16_000; $0.depth = 60
            }.contains("MiB"))
        #expect(message { $0.labels.sampling.components = [] }.contains("sampling"))
    }

    @Test(arguments: Preset.allCases) func configurationsSurviveJSON(_ preset: Preset) throws {
        let configuration = preset.configuration
        let decoded = try JSONDecoder().decode(FitConfiguration.self, from: Data(configuration.json().utf8))
        #expect(decoded == configuration)
        try configuration.validate()
    }

    @Test func compactStaysWithinItsParameters() throws {
        #expect(try Preset.compact.configuration.makeNetwork().shape.parameterCount <= 132_000)
    }
}
