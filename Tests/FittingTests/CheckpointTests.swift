import Core
import Fitting
import Foundation
import Geometry
import Interchange
import NeuralFields
import TestSupport
import Testing

@Suite struct CheckpointTests {
    /// A folder of its own for `body`, which goes afterwards.
    static func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    static let mesh = TestMeshes.torus(segments: 24, sides: 12)

    static func configuration(
        _ optimizer: OptimizerConfiguration.Kind = .soap, pool: Int = 4096, averaging: Float = 0, steps: Int = 60
    ) -> FitConfiguration {
        var configuration = FitConfiguration.test(steps: steps)
        configuration.training.optimizer.kind = optimizer
        configuration.training.batchSize = 256
        configuration.training.averagingDecay = averaging
        configuration.labels.poolSize = pool
        configuration.width = 16
        configuration.encoding.frequencyCount = 8
        return configuration
    }

    /// Runs a fit that its caller ends after `steps` and that leaves a checkpoint.
    static func stopped(_ configuration: FitConfiguration, after steps: Int, path: String) throws {
        var fit = Fit(configuration)
        fit.checkpointing = CheckpointSchedule(path: path, interval: 1e-9)
        _ = try fit.run(mesh) { $0.step < steps }
    }

    @Test(arguments: [
        (OptimizerConfiguration.Kind.soap, 4096, Float(0)), (.adam, 4096, 0.9), (.sgd, 0, 0), (.soap, 0, 0.99),
    ])
    func goesOnToTheSameBits(_ optimizer: OptimizerConfiguration.Kind, pool: Int, averaging: Float) throws {
        // Long enough that the caller, who is asked ten times a second, can end it on the way.
        var configuration = Self.configuration(optimizer, pool: pool, averaging: averaging, steps: 3000)
        if pool == 0 { configuration.budget = .steps(600) }
        try Self.inFolder { folder in
            let path = folder + "/checkpoint"
            try Self.stopped(configuration, after: 1, path: path)
            let checkpoint = try Checkpoint(path: path)
            let whole = try Fit(configuration).run(Self.mesh)
            #expect(checkpoint.losses.count > 0 && checkpoint.losses.count < whole.training.steps)
            var fit = Fit(configuration, workers: Workers(count: 3))
            fit.resumed = checkpoint
            let resumed = try fit.run(Self.mesh)
            #expect(resumed.shape.network == whole.shape.network)
            #expect(resumed.training.steps == whole.training.steps)
            #expect(resumed.training.lossCurve == whole.training.lossCurve)
            #expect(resumed.training.seconds > checkpoint.seconds)
        }
    }

    @Test func aFinishedTrainingCanBeMadeLonger() throws {
        var short = Self.configuration(.adam, steps: 40)
        // A rate that depends on the step alone, so that a longer training begins like a shorter one.
        short.training.schedule = LearningRateSchedule(peak: 1e-3, shape: .exponential)
        var long = short
        long.budget = .steps(100)
        try Self.inFolder { folder in
            let path = folder + "/checkpoint"
            var first = Fit(short)
            first.checkpointing = CheckpointSchedule(path: path, interval: 1e9)
            _ = try first.run(Self.mesh)
            let checkpoint = try Checkpoint(path: path)
            #expect(checkpoint.losses.count == 40)
            var second = Fit(long)
            second.resumed = checkpoint
            let (resumed, whole) = (try second.run(Self.mesh), try Fit(long).run(Self.mesh))
            #expect(resumed.shape.network == whole.shape.network)
            #expect(resumed.training.lossCurve == whole.training.lossCurve)
        }
    }

    @Test func checkpointsSurviveTheirFile() throws {
        try Self.inFolder { folder in
            try Self.stopped(Self.configuration(.adam, averaging: 0.5, steps: 100_000), after: 1, path: folder + "/a")
            let first = try Checkpoint(path: folder + "/a")
            try first.write(to: folder + "/b")
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: folder + "/a"))
                    == Data(contentsOf: URL(fileURLWithPath: folder + "/b")))
        }
    }

    @Test func anotherMeshOrConfigurationIsNamed() throws {
        try Self.inFolder { folder in
            let path = folder + "/checkpoint"
            let configuration = Self.configuration(steps: 100_000)
            try Self.stopped(configuration, after: 1, path: path)
            let checkpoint = try Checkpoint(path: path)
            func message(_ mesh: TriangleMesh = Self.mesh, _ change: (inout FitConfiguration) -> Void = { _ in })
                -> String
            {
                var fit = Fit(configuration)
                change(&fit.configuration)
                fit.resumed = checkpoint
                do {
                    _ = try fit.run(mesh) { _ in false }
                    return ""
                } catch {
                    return error.description
                }
            }
            var moved = Self.mesh
            moved.vertices[0].x += 1e-6
            #expect(message(moved).contains("another mesh") && message(moved).contains(path))
            #expect(message(TestMeshes.torus(segments: 12, sides: 12)).contains("this one 144 and 288"))
            #expect(message { $0.encoding.sigma = 3 }.contains("encoding.gaussian.sigma is 3 instead of 2"))
            #expect(message { $0.width = 17 }.contains("width is 17 instead of 16"))
            #expect(message { $0.budget = .steps(1) }.contains("has \(checkpoint.losses.count) steps already"))
            // Neither extraction nor when training ends is what has been learnt so far.
            #expect(message { $0.resolution = 20 } == "")
            #expect(message { $0.budget = .steps(200_000) } == "")
        }
    }

    @Test func damagedFilesAreRefused() throws {
        try Self.inFolder { folder in
            let path = folder + "/checkpoint"
            let configuration = Self.configuration(.adam, steps: 100_000)
            try Self.stopped(configuration, after: 1, path: path)
            let sound = try SafetensorsFile(path: path)
            func message(_ change: (inout SafetensorsFile) -> Void) throws -> String {
                var file = sound
                change(&file)
                try file.write(to: folder + "/changed")
                do {
                    var fit = Fit(configuration)
                    fit.resumed = try Checkpoint(path: folder + "/changed")
                    _ = try fit.run(Self.mesh) { _ in false }
                    return ""
                } catch {
                    return "\(error)"
                }
            }
            func replace(_ name: String, _ values: (SafetensorsFile.Tensor) -> [Float]) throws -> String {
                try message { file in
                    for index in file.tensors.indices where file.tensors[index].name == name {
                        let values = values(file.tensors[index])
                        file.tensors[index] = .init(name, shape: [values.count], values: values)
                    }
                }
            }
            #expect(try message { _ in } == "")
            #expect(try message { $0.metadata = [:] }.contains("not a checkpoint"))
            #expect(try message { $0.metadata["shapefit.checkpoint"] = "{}" }.contains("damaged"))
            #expect(
                try message { $0.tensors.removeAll { $0.name == "trainer.parameters" } }.contains("lacks parameters"))
            #expect(try replace("trainer.parameters") { Array($0.values.dropLast()) }.contains("numbers instead of"))
            #expect(try replace("trainer.optimizer.mean") { $0.values.map { _ in .nan } }.contains("NaN"))
            func count(_ name: String, _ number: String) throws -> String {
                try message { file in
                    let json = file.metadata["shapefit.checkpoint"] ?? ""
                    file.metadata["shapefit.checkpoint"] = json.replacing(
                        try! Regex("\"\(name)\":[0-9]+"), with: "\"\(name)\":\(number)")
                }
            }
            #expect(try count("optimizer.steps", "-1").contains("no count"))
            #expect(try count("stepCount", "1.5").contains("damaged"))
            #expect(try count("stepCount", "3").contains("do not go together"))
            #expect(try replace("losses") { $0.values + [1] }.contains("do not go together"))
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try bytes.dropLast(5).write(to: URL(fileURLWithPath: folder + "/cut"))
            #expect(throws: NeuralFieldsError.self) { try Checkpoint(path: folder + "/cut") }
            #expect(throws: NeuralFieldsError.self) { try Checkpoint(path: folder + "/nowhere") }
        }
    }

    @Test func aCheckpointThatCannotBeWrittenIsAWarning() throws {
        var fit = Fit(Self.configuration(steps: 2000))
        fit.checkpointing = CheckpointSchedule(path: "/no/such/folder/checkpoint", interval: 1e-9)
        var warnings = 0
        let fitted = try fit.run(Self.mesh) { progress in
            if progress.warning?.contains("/no/such/folder/checkpoint") == true { warnings += 1 }
            return true
        }
        #expect(warnings > 0)
        #expect(fitted.training.steps == 2000)
    }
}
