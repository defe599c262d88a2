import Core
import Foundation
import NeuralFields
import TangentKernels
import Testing

/// Kernels that the neural-tangents library computed, by `Fixtures/make_ntk_fixtures.py`.
struct KernelFixtures: Decodable {
    struct Case: Decodable, Sendable {
        let kind: String
        let depth: Int
        let weightVariance: Double
        let biasVariance: Double
        let x1: [[Double]]
        let x2: [[Double]]
        /// `(axis, frequency)`.
        let frequencies: [[Float]]?
        let covariance: [[Double]]
        let tangent: [[Double]]
    }
    let cases: [Case]

    static func load() throws -> [Case] {
        let url = try #require(Bundle.module.url(forResource: "ntk", withExtension: "json"))
        return try JSONDecoder().decode(KernelFixtures.self, from: Data(contentsOf: url)).cases
    }
}

@Suite struct NeuralTangentKernelTests {
    @Test func valuesEqualThoseOfNeuralTangents() throws {
        let cases = try KernelFixtures.load().filter { $0.kind == "inputs" }
        #expect(cases.count >= 5)
        for testCase in cases {
            let kernel = NeuralTangentKernel(
                depth: testCase.depth, weightVariance: testCase.weightVariance, biasVariance: testCase.biasVariance)
            func product(_ a: [Double], _ b: [Double]) -> Double {
                zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count)
            }
            for (i, first) in testCase.x1.enumerated() {
                for (j, second) in testCase.x2.enumerated() {
                    let values = kernel.values(
                        product: product(first, second), first: product(first, first),
                        second: product(second, second))
                    #expect(abs(values.covariance - testCase.covariance[i][j]) < 1e-5)
                    #expect(abs(values.tangent - testCase.tangent[i][j]) < 1e-5, "depth \(testCase.depth) (\(i), \(j))")
                }
            }
        }
    }

    @Test func composedValuesEqualThoseOfNeuralTangents() throws {
        let cases = try KernelFixtures.load().filter { $0.kind == "coordinates" }
        #expect(cases.count >= 3)
        for testCase in cases {
            let frequencies = try #require(testCase.frequencies)
            let kernel = CoordinateKernel(
                encoding: FourierFeatures(
                    inputDimension: frequencies.count, frequencies: frequencies.flatMap { $0 },
                    amplitudes: frequencies[0].map { _ in 1 }),
                network: NeuralTangentKernel(
                    depth: testCase.depth, weightVariance: testCase.weightVariance, biasVariance: testCase.biasVariance)
            )
            let matrix = kernel.matrix(
                testCase.x1.flatMap { $0.map(Float.init) }, testCase.x2.flatMap { $0.map(Float.init) },
                workers: Workers(count: 2))
            for (value, expected) in zip(matrix.values, testCase.tangent.flatMap { $0 }) {
                #expect(abs(value - expected) < 1e-5)
            }
        }
    }

    @Test(arguments: [1, 3]) func symmetricMatrixEqualsTheGeneralOne(threads: Int) throws {
        let fourier = try GaussianFrequencies(sigma: 5, frequencyCount: 20).makeEncoding(inputDimension: 3)
        for encoding in [IdentityEncoding(inputDimension: 3), fourier] as [any Encoding] {
            let kernel = CoordinateKernel(encoding: encoding, network: NeuralTangentKernel(depth: 3, biasVariance: 0.1))
            let points = FourierKernelTests.points(count: 150, dimension: 3, seed: 5)
            let symmetric = kernel.matrix(points, workers: Workers(count: threads))
            let general = kernel.matrix(points, points, workers: .single)
            // Rounding moves θ = acos of nearly 1 by the root of an ulp, on the diagonal alone.
            let difference = zip(symmetric.values, general.values).map { abs($0 - $1) }.max() ?? 1
            #expect(difference < 1e-5 * general[0, 0])
            for i in 0..<150 { for j in 0..<i { #expect(symmetric[i, j] == symmetric[j, i]) } }
        }
    }

    @Test func anotherActivationIsRefused() {
        let shape = MultilayerPerceptron(inputs: 4, width: 4, depth: 1, activation: .sine(frequency: 30))
        #expect(throws: TangentKernelsError.noClosedForm(activation: "sine")) {
            try NeuralTangentKernel(shape, initialization: .siren)
        }
    }
}
