import Foundation
import NeuralFields
import Support
import Testing

import TangentKernels

@Suite struct SigmaSelectionTests {
    /// A sum of plane waves of about one frequency.
    static func waves(_ points: [Float], dimension: Int, cycles: Float, seed: UInt64) -> [Float] {
        let stream = RandomStream(seed: seed, stream: 77)
        let count = points.count / dimension
        return (0..<count).map { row in
            (0..<6).reduce(Float(0)) { sum, wave in
                let draw = stream.normals(at: UInt64(2 * wave))
                let length = (0..<dimension).reduce(Float(0)) { $0 + draw[$1] * draw[$1] }.squareRoot()
                let phase = (0..<dimension).reduce(stream.uniforms(at: UInt64(2 * wave + 1)).x) {
                    $0 + cycles * draw[$1] / length * points[row * dimension + $1]
                }
                return sum + sin(2 * .pi * phase)
            }
        }
    }

    @Test(arguments: [UInt64(0), 1, 2]) func finerSignalsGetLargerSigmas(seed: UInt64) throws {
        let points = FourierKernelTests.points(count: 400, dimension: 2, seed: seed)
        let chosen = try [Float(1), 4].map { cycles in
            try SigmaSelection(
                points: points, targets: Self.waves(points, dimension: 2, cycles: cycles, seed: seed), dimension: 2,
                encoding: EncodingConfiguration(frequencyCount: 128, seed: seed), sigmas: [0.5, 1, 2, 4, 8, 16],
                workers: .single)
        }
        #expect(chosen[0].sigma < 0.75 * chosen[1].sigma)
        // The error of the choice's neighbourhood is well below that of σ out of range.
        let errors = chosen[1].candidates.map(\.error)
        #expect((errors.min() ?? 1) < 0.5 * errors[5])
    }

    /// The choice is good: regression of unseen points with it is close to the best of a sweep.
    @Test func theChoiceGeneralises() throws {
        let points = FourierKernelTests.points(count: 400, dimension: 2, seed: 5)
        let others = FourierKernelTests.points(count: 300, dimension: 2, seed: 6)
        let targets = Self.waves(points, dimension: 2, cycles: 3, seed: 4)
        let expected = Self.waves(others, dimension: 2, cycles: 3, seed: 4)
        let configuration = EncodingConfiguration(frequencyCount: 128)
        func error(_ sigma: Float) throws -> Double {
            var encoding = configuration
            encoding.sigma = sigma
            let features = try encoding.makeEncoding(inputDimension: 2)
            let shape = MultilayerPerceptron(inputs: features.featureCount, width: 128, depth: 2)
            let kernel = CoordinateKernel(encoding: features, network: try NeuralTangentKernel(shape, initialization: .he))
            let regression = try KernelRegression(
                Eigendecomposition(kernel.matrix(points, workers: .single), workers: .single))
            let values = regression.predictions(
                targets: targets.map(Double.init), time: .infinity,
                crossKernel: kernel.matrix(others, points, workers: .single))
            return zip(values, expected).reduce(0) { $0 + pow($1.0 - Double($1.1), 2) }.squareRoot()
        }
        let selection = try SigmaSelection(
            points: points, targets: targets, dimension: 2, encoding: configuration, sigmas: [0.5, 1, 2, 4, 8, 16],
            workers: .single)
        let best = try [Float(0.5), 1, 2, 3, 4, 8, 16].map(error).min() ?? 0
        #expect(try error(selection.sigma) < 1.2 * best)
    }

    @Test func sigmasOutOfRangeAreRefused() {
        #expect(throws: TangentKernelsError.self) {
            try SigmaSelection(
                points: [0, 0.5], targets: [1, 2], dimension: 1, encoding: EncodingConfiguration(), sigmas: [0],
                workers: .single)
        }
    }
}
