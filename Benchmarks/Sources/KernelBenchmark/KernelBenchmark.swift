import Core
import Foundation
import NeuralFields
import TangentKernels

/// Seconds of what `shapefit ntk` computes, on points spread over the unit cube; see `usage`.
@main struct KernelBenchmark {
    static let usage = """
        usage: benchmark-kernels [closed-form points] [empirical points]
                   the closed form of 7 hidden layers, its eigendecomposition by stages, and the own kernel of a network of 128
                   frequencies and 3 × 128 units; 4096 and 2048 points when left out
        """

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let counts = arguments.compactMap { Int($0) }.filter { $0 > 1 }
        guard counts.count == arguments.count, counts.count <= 2 else {
            print(usage)
            exit(2)
        }
        let workers = Workers()
        let encoding = try GaussianFrequencies().makeEncoding(inputDimension: 3)

        let closedPoints = points(counts.first ?? 4096)
        let kernel = CoordinateKernel(encoding: encoding, network: NeuralTangentKernel(depth: 7))
        var clock = Stopwatch()
        let matrix = kernel.matrix(closedPoints, workers: workers)
        print("closed form, \(matrix.rows) points, 7 hidden layers: \(clock.lap()) s")
        let decomposition = try Eigendecomposition(matrix, workers: workers)
        print("  eigenvectors: \(clock.lap()) s")
        print("  eigenvalues from \(decomposition.eigenvalues.first ?? 0) to \(decomposition.eigenvalues.last ?? 0)")

        let ownPoints = points(counts.dropFirst().first ?? 2048)
        let shape = MultilayerPerceptron(
            inputs: encoding.outputCount, width: 128, depth: 3, activation: .gaussian(width: 1))
        let network = CoordinateNetwork(encoding: encoding, shape: shape, initialization: .he, seed: 0)
        _ = clock.lap()
        let own = try EmpiricalKernel.matrix(of: network, points: ownPoints, workers: workers)
        print("own kernel, \(own.rows) points, \(network.parameters.count) parameters: \(clock.lap()) s")
    }

    static func points(_ count: Int) -> [Float] {
        let stream = RandomStream(seed: 5, stream: 1)
        return (0..<UInt64(count)).flatMap { index -> [Float] in
            let point = stream.uniforms(at: index)
            return [point.x, point.y, point.z]
        }
    }
}

private struct Stopwatch {
    private var start = ContinuousClock.now

    /// Seconds since the last call, to a millisecond.
    mutating func lap() -> Double {
        let now = ContinuousClock.now
        defer { start = now }
        return ((now - start) / .milliseconds(1)).rounded() / 1000
    }
}
