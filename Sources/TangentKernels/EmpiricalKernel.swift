import Core
import NeuralFields

/// J Jᵀ of an actual network: inner products of its output's gradients, with respect to all parameters, at pairs of
/// points.
///
/// The gradient with respect to a layer's weights is the outer product of δ, the derivative with respect to what the
/// layer puts out, and x, what enters it. So
///
///     J Jᵀ = Σ over layers (p δᵢᵀδⱼ xᵢᵀxⱼ + q δᵢᵀδⱼ),
///
/// a few products of `(n, width)` matrices; J itself, `(n, parameters)`, is never made.
public enum EmpiricalKernel {
    /// How gradients of weights and biases count.
    public enum Parameterization: Sendable, Equatable {
        /// p = q = 1: what plain gradient descent on the network's own parameters follows.
        case standard
        /// p = w / n, q = b (variances as in ``NeuralTangentKernel``): as though the network were y = √(w/n) W x + √b β.
        /// It tends to the closed form as width grows, every layer at the same scale.
        case tangent(MultilayerPerceptron.Initialization)
    }

    /// K `(n, n)` over all pairs of points.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - output: which of the network's values.
    ///   - network: whose derivatives make the kernel.
    ///   - parameterization: by which parameters the derivatives are taken.
    ///   - workers: the threads to use.
    /// - Complexity: O(n² · units of all layers); 16 n² bytes and 16 n bytes a unit.
    /// - Throws: ``TangentKernelsError/noClosedForm(activation:)`` for the tangent parameterisation of another activation
    ///   than ReLU.
    public static func matrix(
        of network: CoordinateNetwork, points: [Float], output: Int = 0,
        parameterization: Parameterization = .standard, workers: Workers
    ) throws(TangentKernelsError) -> Matrix {
        let gains: [(weight: Double, bias: Double)]
        switch parameterization {
        case .standard:
            gains = network.shape.layers.map { _ in (1, 1) }
        case .tangent(let initialization):
            let limit = try NeuralTangentKernel(network.shape, initialization: initialization)
            gains = zip(limit.layers, network.shape.layers).map {
                ($0.weightVariance / Double($1.inputs), $0.biasVariance)
            }
        }
        let count = points.count / network.inputDimension
        let derivatives = network.layerDerivatives(at: points, output: output, workers: workers)
        var kernel = Matrix(rows: count, columns: count)
        for (layer, gain) in zip(derivatives, gains) {
            let inputs = Matrix(
                rows: count, columns: layer.inputs.count / max(count, 1), values: layer.inputs.map(Double.init))
            let gradients = Matrix(
                rows: count, columns: layer.gradients.count / max(count, 1), values: layer.gradients.map(Double.init))
            kernel.addLayer(inputs: inputs, gradients: gradients, gain: gain, workers: workers)
        }
        return kernel
    }
}

extension Matrix {
    /// This += (p x xᵀ + q) ∘ δ δᵀ, a block of rows at a time so that the products take little memory.
    fileprivate mutating func addLayer(
        inputs: Matrix, gradients: Matrix, gain: (weight: Double, bias: Double), workers: Workers
    ) {
        let count = rows
        let blockRows = 256
        for start in stride(from: 0, to: count, by: blockRows) {
            let block = start..<min(start + blockRows, count)
            let inputProducts = inputs.rowBlock(block).multiplied(by: inputs, transposingOther: true, workers: workers)
            let gradientProducts = gradients.rowBlock(block)
                .multiplied(by: gradients, transposingOther: true, workers: workers)
            values.withUnsafeMutableBufferPointer { values in
                inputProducts.values.withUnsafeBufferPointer { inputProducts in
                    gradientProducts.values.withUnsafeBufferPointer { gradientProducts in
                        let base = start * count
                        for index in 0..<block.count * count {
                            values[base + index] +=
                                (gain.weight * inputProducts[index] + gain.bias) * gradientProducts[index]
                        }
                    }
                }
            }
        }
    }

    private func rowBlock(_ range: Range<Int>) -> Matrix {
        Matrix(
            rows: range.count, columns: columns,
            values: Array(values[(range.lowerBound * columns)..<(range.upperBound * columns)]))
    }
}
