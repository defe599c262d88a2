import Core
import NeuralFields

/// How the kernel of actual networks approaches the closed form as width grows.
package struct WidthConvergence: Sendable, Equatable, Codable {
    /// A mean over seeds and its standard deviation.
    package struct Statistic: Sendable, Equatable, Codable {
        package let mean: Double
        package let deviation: Double

        init(_ values: [Double]) {
            let mean = values.reduce(0, +) / Double(values.count)
            self.mean = mean
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            deviation = (squares / Double(max(values.count - 1, 1))).squareRoot()
        }
    }

    package let width: Int
    /// ‖K − Θ‖ / ‖Θ‖ (Frobenius) in the standard parameterisation, Θ for this width.
    package let standardError: Statistic
    /// The same in the tangent parameterisation.
    package let tangentError: Statistic

    /// One row a width.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - seeds: of the networks that each width's figures are over.
    ///   - encoding: before the networks.
    ///   - depth: hidden layers.
    ///   - initialization: of the networks.
    ///   - widths: units of a hidden layer, a row each.
    ///   - workers: the threads to use.
    package static func measure(
        encoding: any Encoding, depth: Int, initialization: MultilayerPerceptron.Initialization, widths: [Int],
        seeds: Range<UInt64>, points: [Float], workers: Workers
    ) throws(TangentKernelsError) -> [WidthConvergence] {
        var rows: [WidthConvergence] = []
        for width in widths {
            let shape = MultilayerPerceptron(inputs: encoding.outputCount, width: width, depth: depth)
            let limit = try NeuralTangentKernel(shape, initialization: initialization)
            let standard = CoordinateKernel(encoding: encoding, network: limit).matrix(points, workers: workers)
            let tangent = CoordinateKernel(encoding: encoding, network: limit.inTangentParameterization)
                .matrix(points, workers: workers)
            var errors: (standard: [Double], tangent: [Double]) = ([], [])
            for seed in seeds {
                let network = CoordinateNetwork(
                    encoding: encoding, shape: shape, initialization: initialization, seed: seed)
                errors.standard.append(
                    try EmpiricalKernel.matrix(of: network, points: points, workers: workers)
                        .relativeDistance(to: standard))
                errors.tangent.append(
                    try EmpiricalKernel.matrix(
                        of: network, points: points, parameterization: .tangent(initialization), workers: workers
                    ).relativeDistance(to: tangent))
            }
            rows.append(
                WidthConvergence(
                    width: width, standardError: Statistic(errors.standard), tangentError: Statistic(errors.tangent)))
        }
        return rows
    }
}

extension Matrix {
    /// ‖this − other‖ / ‖other‖, Frobenius.
    package func relativeDistance(to other: Matrix) -> Double {
        precondition(rows == other.rows && columns == other.columns, "matrices of one shape")
        var difference = 0.0
        var norm = 0.0
        for (value, reference) in zip(values, other.values) {
            difference += (value - reference) * (value - reference)
            norm += reference * reference
        }
        return (difference / norm).squareRoot()
    }
}
