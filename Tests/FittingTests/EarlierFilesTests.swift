import Core
import Fitting
import Foundation
import Geometry
import NeuralFields
import TestSupport
import Testing

/// Files that the program wrote before configurations had a schema number: Fixtures/schema1, of commit 8d5aaeb.
@Suite struct EarlierFilesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/schema1/"

    /// The tetrahedron that the models are of and the checkpoints were training on.
    private static let mesh = TriangleMesh(
        vertices: [SIMD3(0, 0, 0), SIMD3(0, 1, 0), SIMD3(1, 0, 0), SIMD3(0, 0, 1)],
        triangles: [SIMD3(0, 1, 2), SIMD3(0, 2, 3), SIMD3(0, 3, 1), SIMD3(2, 1, 3)])

    @Test(arguments: Preset.allCases) func presetsAreWhatTheyWere(_ preset: Preset) throws {
        let path = Self.folder + "preset-\(preset.rawValue).json"
        guard FileManager.default.fileExists(atPath: path) else { return }
        var present = preset.configuration
        let read = try FitConfiguration(jsonFile: path)
        // Weights were stored in single precision.
        #expect(read.weightBits == 32 && present.weightBits == (preset == .tancik2020 ? 32 : 16))
        present.weightBits = 32
        // A preset that has got a base since has all else as it was, but for how often its bases of SOAP turn.
        if present.base != nil {
            present.switchBase(to: nil)
            #expect(present.training.optimizer.preconditionEvery == 20)
            present.training.optimizer.preconditionEvery = 10
        }
        #expect(read == present)
    }

    /// A word that is misspelt would be passed over; of files without a number of their form nothing is known.
    @Test func misspeltSettingsAreNamed() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.json"
            let text = try Preset.fast.configuration.json()
            for (sound, broken, name) in [
                ("\"width\"", "\"widht\" : 64,\n  \"width\"", "activation.gaussian.widht"),
                ("\"batchSize\"", "\"batchsize\" : 64,\n  \"batchSize\"", "training.batchsize"),
                ("\"steps\"", "\"seconds\" : 3,\n  \"steps\"", "budget.seconds"),
            ] {
                let changed = text.replacing(sound, with: broken, maxReplacements: 1)
                #expect(changed != text)
                try changed.write(toFile: path, atomically: true, encoding: .utf8)
                #expect {
                    try FitConfiguration(jsonFile: path)
                } throws: {
                    "\($0)".contains("there is no setting \(name)")
                }
            }
            for preset in Preset.allCases {
                try preset.configuration.json().write(toFile: path, atomically: true, encoding: .utf8)
                #expect(try FitConfiguration(jsonFile: path) == preset.configuration)
            }
        }
    }

    @Test(arguments: ["gaussian", "positional", "transformer", "basic", "none"])
    func configurationsKeepWhatCounts(_ name: String) throws {
        let read = try FitConfiguration(jsonFile: Self.folder + "configuration-\(name).json")
        let expected: (any EncodingSettings, Activation) =
            switch name {
            case "gaussian": (GaussianFrequencies(sigma: 1, frequencyCount: 4), .gaussian(width: 1))
            case "positional":
                (
                    PositionalFrequencies(levels: 3, amplitudes: AmplitudeLaw(exponent: 0.5, isNormalized: true)),
                    .sine(frequency: 2)
                )
            case "transformer": (TransformerFrequencies(levels: 5, base: 100), .finer(frequency: 1.5))
            case "basic": (BasicFrequencies(), .relu)
            default: (IdentityEncoding.Settings(), .gaussian(width: 0.7))
            }
        #expect(read.encoding == EncodingConfiguration(expected.0))
        #expect(read.activation == expected.1)
        try read.validate()
        // And what is written now is read to the same.
        let json = try read.json()
        #expect(json.contains("\"schema\" : \(FitConfiguration.schemaNumber)"))
        #expect(try JSONDecoder().decode(FitConfiguration.self, from: Data(json.utf8)) == read)
    }

    @Test func configurationsOfLaterVersionsAreRefused() throws {
        let json = try Preset.fast.configuration.json().replacing("\"schema\" : 2", with: "\"schema\" : 99")
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
        try AtomicFile.write(json, to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect {
            try FitConfiguration(jsonFile: path)
        } throws: { error in
            "\(error)".contains("schema") && "\(error)".contains("99") && !"\(error)".contains("\n")
        }
    }

    private struct Values: Decodable {
        var points: [[Float]]
        var values: [Float]
    }

    @Test(arguments: ["gaussian", "positional", "transformer", "basic", "none"])
    func modelsHaveTheValuesTheyHad(_ name: String) throws {
        let all = try JSONDecoder().decode(
            [String: Values].self, from: Data(contentsOf: URL(fileURLWithPath: Self.folder + "values.json")))
        let expected = try #require(all["model-" + name])
        let shape = try NeuralShape(file: Self.folder + "model-\(name).safetensors")
        let values = shape.values(at: expected.points.map { SIMD3($0[0], $0[1], $0[2]) })
        let largest = expected.values.map(abs).max() ?? 0
        #expect(largest > 0)
        #expect(zip(values, expected.values).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
    }

    /// A training that goes on from an earlier version's checkpoint ends as one that never stopped does, but for the rounding
    /// of the processor that wrote it.
    @Test(arguments: ["soap", "adam", "sgd"]) func checkpointsGoOn(_ name: String) throws {
        let checkpoint = try Checkpoint(path: Self.folder + "checkpoint-\(name).safetensors")
        #expect(checkpoint.losses.count == 20)
        var configuration = checkpoint.configuration
        configuration.budget = .steps(50)
        var fit = Fit(configuration, workers: .single)
        let whole = try fit.run(Self.mesh)
        fit.resumed = checkpoint
        let resumed = try fit.run(Self.mesh)
        #expect(resumed.training.steps == 50)
        #expect(zip(checkpoint.losses, whole.training.lossCurve).allSatisfy { abs($0 - $1) < 1e-3 * abs($1) })
        #expect(abs(resumed.training.finalLoss - whole.training.finalLoss) < 0.02 * whole.training.finalLoss)
    }
}
