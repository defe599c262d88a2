import Core
import Foundation
import NeuralFields
import TangentKernels
import Testing

/// A field over coordinates of some dimension, whose labels a network learns.
enum LearntField: CaseIterable {
    case signal, slice, shape

    var dimension: Int {
        switch self {
        case .signal: 1
        case .slice: 2
        case .shape: 3
        }
    }

    /// A sum of sines; a disc's occupancy; a ball's clipped distance.
    func label(_ point: ArraySlice<Float>) -> Float {
        let radius = point.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) }.squareRoot()
        return switch self {
        case .signal: sin(2 * .pi * point[point.startIndex]) + 0.5 * sin(10 * .pi * point[point.startIndex])
        case .slice: radius < 0.3 ? 1 : -1
        case .shape: 5 * min(max(radius - 0.3, -0.2), 0.2)
        }
    }
}

@Suite struct ResidualDynamicsTests {
    /// Gradient descent on a real network in theory's regime, and out of it.
    func disagreement(
        of field: LearntField, width: Int, largestStep: Double, steps: Int, seed: UInt64, isEmpirical: Bool
    ) throws -> ResidualDynamics {
        let encoding = try GaussianFrequencies(sigma: 1.5, frequencyCount: 32, seed: seed)
            .makeEncoding(inputDimension: field.dimension)
        let shape = MultilayerPerceptron(inputs: encoding.outputCount, width: width, depth: 2)
        let network = CoordinateNetwork(
            encoding: encoding, shape: shape, initialization: .he, seed: seed)
        let count = 64
        let points = FourierKernelTests.points(count: count, dimension: field.dimension, seed: seed + 1)
        let targets = (0..<count).map { field.label(points[($0 * field.dimension)..<(($0 + 1) * field.dimension)]) }
        let kernel =
            isEmpirical
            ? try EmpiricalKernel.matrix(of: network, points: points, workers: Workers())
            : CoordinateKernel(encoding: encoding, network: try NeuralTangentKernel(shape, initialization: .he))
                .matrix(points, workers: Workers())
        let decomposition = try Eigendecomposition(kernel, workers: .single)
        let trajectory = try DescentTrajectory(
            network, table: PointTable(dimension: field.dimension, points: points, targets: targets),
            largestEigenvalue: decomposition.eigenvalues[0],
            configuration: .init(steps: steps, largestStep: largestStep), workers: Workers())
        return ResidualDynamics(trajectory, decomposition: decomposition)
    }

    @Test(arguments: LearntField.allCases, [UInt64(0), 1])
    func gradientDescentOnAWideNetworkDecaysAsTheKernelSays(_ field: LearntField, seed: UInt64) throws {
        let empirical = try disagreement(
            of: field, width: 512, largestStep: 0.1, steps: 200, seed: seed, isEmpirical: true)
        #expect(empirical.disagreement < 0.03)
        let closed = try disagreement(
            of: field, width: 512, largestStep: 0.1, steps: 200, seed: seed, isEmpirical: false)
        #expect(closed.disagreement < 0.15)
        // Something has been learnt that could have been predicted wrongly.
        let last = try #require(empirical.checkpoints.last)
        let left = last.measured.reduce(0) { $0 + $1 * $1 }.squareRoot() / empirical.initialNorm
        #expect(left < 0.8)
        let bands = empirical.bands(4)
        #expect(bands.count == 4 && bands[0].measured.count == empirical.checkpoints.count)
    }

    @Test func aNarrowNetworkDisagreesMore() throws {
        let narrow = try disagreement(
            of: .signal, width: 16, largestStep: 0.1, steps: 200, seed: 0, isEmpirical: true)
        let wide = try disagreement(
            of: .signal, width: 512, largestStep: 0.1, steps: 200, seed: 0, isEmpirical: true)
        #expect(narrow.disagreement > 3 * wide.disagreement)
    }

    @Test func unstableStepsAreRefused() {
        #expect(throws: TangentKernelsError.self) {
            try disagreement(of: .signal, width: 16, largestStep: 2.5, steps: 5, seed: 0, isEmpirical: true)
        }
    }
}
