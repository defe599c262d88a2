import Core
import Foundation
import NeuralFields
import TangentKernels
import Testing

@Suite struct KernelRegressionTests {
    static func problem(count: Int, sigma: Float = 3) throws -> (
        kernel: CoordinateKernel, points: [Float], targets: [Double]
    ) {
        let encoding = try GaussianFrequencies(sigma: sigma, frequencyCount: 64).makeEncoding(inputDimension: 2)
        let points = FourierKernelTests.points(count: count, dimension: 2, seed: 1)
        let targets = (0..<count).map { sin(9 * Double(points[2 * $0])) + Double(points[2 * $0 + 1]) }
        return (
            CoordinateKernel(encoding: encoding, network: NeuralTangentKernel(depth: 2, biasVariance: 0.1)), points,
            targets
        )
    }

    @Test(arguments: [1, 2, 33, 120]) func decompositionReproducesTheMatrix(count: Int) throws {
        let problem = try Self.problem(count: count)
        let matrix = problem.kernel.matrix(problem.points, workers: .single)
        let decomposition = try Eigendecomposition(matrix, workers: Workers(count: 2))
        #expect(zip(decomposition.eigenvalues, decomposition.eigenvalues.dropFirst()).allSatisfy { $0 >= $1 })
        let q = decomposition.eigenvectors
        var product = Matrix(rows: count, columns: count)
        for i in 0..<count {
            for j in 0..<count {
                product[i, j] = (0..<count).reduce(0) { $0 + q[$1, i] * decomposition.eigenvalues[$1] * q[$1, j] }
            }
        }
        #expect(product.relativeDistance(to: matrix) < 1e-12)
    }

    /// Against r' = −Kr integrated in small steps.
    @Test func predictionsFollowTheDifferentialEquation() throws {
        let problem = try Self.problem(count: 40)
        let kernel = problem.kernel.matrix(problem.points, workers: .single)
        let others = FourierKernelTests.points(count: 7, dimension: 2, seed: 9)
        let cross = problem.kernel.matrix(others, problem.points, workers: .single)
        let regression = try KernelRegression(Eigendecomposition(kernel, workers: .single))
        let steps = 20_000
        let time = 0.3
        var residual = problem.targets
        var predicted = [Double](repeating: 0, count: 7)
        for _ in 0..<steps {
            let change = residual
            for (index, value) in cross.multiplied(by: change).enumerated() {
                predicted[index] += time / Double(steps) * value
            }
            for (index, value) in kernel.multiplied(by: change).enumerated() {
                residual[index] -= time / Double(steps) * value
            }
        }
        let answer = regression.predictions(targets: problem.targets, time: time, crossKernel: cross)
        for (value, expected) in zip(answer, predicted) { #expect(abs(value - expected) < 1e-3) }
        let reached = regression.predictions(targets: problem.targets, time: .infinity, crossKernel: kernel)
        for (value, target) in zip(reached, problem.targets) { #expect(abs(value - target) < 1e-6) }
        #expect(regression.reachedPart(of: problem.targets, time: 0) == 0)
        #expect(regression.reachedPart(of: problem.targets, time: 1e12) > 0.999)
    }

    @Test func leaveOneOutEqualsLeavingOneOut() throws {
        let problem = try Self.problem(count: 25)
        let kernel = problem.kernel.matrix(problem.points, workers: .single)
        let residuals = try KernelRegression(Eigendecomposition(kernel, workers: .single))
            .leaveOneOutResiduals(targets: problem.targets)
        for left in [0, 11, 24] {
            let kept = (0..<25).filter { $0 != left }
            let smaller = Matrix(rows: 24, columns: 24, values: kept.flatMap { i in kept.map { kernel[i, $0] } })
            let cross = Matrix(rows: 1, columns: 24, values: kept.map { kernel[left, $0] })
            let prediction = try KernelRegression(Eigendecomposition(smaller, workers: .single))
                .predictions(targets: kept.map { problem.targets[$0] }, time: .infinity, crossKernel: cross)[0]
            #expect(abs(residuals[left] - (problem.targets[left] - prediction)) < 1e-8)
        }
    }

    @Test func singularKernelsAreSaidAndRegularisedOnDemand() throws {
        let problem = try Self.problem(count: 20)
        let twice = problem.points + problem.points
        let decomposition = try Eigendecomposition(problem.kernel.matrix(twice, workers: .single), workers: .single)
        #expect(throws: TangentKernelsError.self) { try KernelRegression(decomposition) }
        let regression = try KernelRegression(decomposition, ridge: 1e-6)
        #expect(regression.rank == 20)
        let values = regression.predictions(
            targets: problem.targets + problem.targets, time: .infinity,
            crossKernel: problem.kernel.matrix(problem.points, twice, workers: .single))
        for (value, target) in zip(values, problem.targets) { #expect(abs(value - target) < 1e-2) }
        #expect(throws: TangentKernelsError.self) { try KernelRegression(decomposition, ridge: -1) }
    }

    @Test func memoryIsAskedForBeforeItIsTaken() {
        #expect(
            throws: TangentKernelsError.tooManyPoints(
                count: 100_000, neededBytes: 400_000_000_000, availableBytes: 4_000_000_000, fittingCount: 10_000)
        ) {
            try MemoryLimit.check(count: 100_000, bytesPerPair: 40, availableBytes: 4_000_000_000)
        }
        #expect(throws: TangentKernelsError.self) { try MemoryLimit.check(count: .max / 2, bytesPerPair: 40) }
        #expect(throws: Never.self) { try MemoryLimit.check(count: 1000, bytesPerPair: 40, availableBytes: 40_000_000) }
    }
}
