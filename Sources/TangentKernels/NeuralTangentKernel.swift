import Core
import NeuralFields

/// The tangent kernel of an infinitely wide ReLU network in closed form (Jacot et al., NeurIPS 2018; Lee et al., NeurIPS
/// 2019, appendix E; the arc-cosine recursion is Cho and Saul's, NeurIPS 2009).
///
/// Layer l has n inputs x and weights of variance w / n, biases of variance b. With Σ the covariance of what enters the
/// activations and Θ the tangent kernel, both functions of a pair of points:
///
///     Σ⁰ = w xᵀx' / n + b                        Θ⁰ = p xᵀx' / n + q
///     Σˡ = w √(ΣₓₓΣₓ'ₓ') (sin θ + (π − θ) cos θ) / 2π + b
///     Θˡ = p (Σˡ − b) / w + q + w Θˡ⁻¹ (π − θ) / 2π,      cos θ = Σₓₓ' / √(ΣₓₓΣₓ'ₓ')
///
/// p and q say how fast weights and biases learn. In the *tangent parameterisation* y = √(w/n) W x + √b β with W, β of unit
/// variance, p = w and q = b: `neural_tangents.stax.Dense(n, W_std: √w, b_std: √b, parameterization: "ntk")` between
/// `Relu()`s. In the *standard parameterisation* y = W x + b that `CoordinateNetwork` uses, p = n and q = 1.
public struct NeuralTangentKernel: Sendable, Equatable {
    /// One layer's constants.
    public struct Layer: Sendable, Equatable {
        /// w: variance of a weight times the layer's inputs.
        public var weightVariance: Double
        /// b: variance of a bias.
        public var biasVariance: Double
        /// p.
        public var weightGain: Double
        /// q.
        public var biasGain: Double

        public init(weightVariance: Double, biasVariance: Double, weightGain: Double, biasGain: Double) {
            self.weightVariance = weightVariance
            self.biasVariance = biasVariance
            self.weightGain = weightGain
            self.biasGain = biasGain
        }
    }

    /// Hidden layers in order, then the output layer.
    public let layers: [Layer]

    public init(layers: [Layer]) {
        precondition(!layers.isEmpty, "an output layer at least")
        self.layers = layers
    }

    /// The tangent parameterisation with the same variances in every layer.
    ///
    /// - Parameters:
    ///   - depth: hidden layers.
    ///   - weightVariance: W_std²; 2 keeps a ReLU network's activations at one scale.
    ///   - biasVariance: b_std².
    public init(depth: Int, weightVariance: Double = 2, biasVariance: Double = 0) {
        let layer = Layer(
            weightVariance: weightVariance, biasVariance: biasVariance, weightGain: weightVariance,
            biasGain: biasVariance)
        self.init(layers: [Layer](repeating: layer, count: depth + 1))
    }

    /// The kernel that plain gradient descent on `shape` follows in the limit of many units, at the scale of this width.
    ///
    /// - Throws: ``TangentKernelsError/noClosedForm(activation:)`` unless the activation is ReLU.
    public init(
        _ shape: MultilayerPerceptron, initialization: MultilayerPerceptron.Initialization
    ) throws(TangentKernelsError) {
        guard shape.activation == .relu else {
            throw .noClosedForm(activation: shape.activation.kind.rawValue)
        }
        let last = shape.layers.count - 1
        self.init(
            layers: shape.layers.enumerated().map { index, layer in
                let inputs = Double(layer.inputs)
                let (weight, bias): (Double, Double) =
                    switch initialization {
                    case .he: (index == last ? 1 : 2, 0)
                    case .glorot: (2 * inputs / (inputs + Double(layer.outputs)), 1e-4)
                    // A uniform value in ±c has variance c² / 3.
                    case .siren:
                        (index == 0 ? 1 / (3 * inputs) : 2, index == 0 ? 1 / (3 * inputs * inputs) : 2 / inputs)
                    }
                return Layer(weightVariance: weight, biasVariance: bias, weightGain: inputs, biasGain: 1)
            })
    }

    /// The same network in the tangent parameterisation: p = w, q = b.
    public var inTangentParameterization: NeuralTangentKernel {
        NeuralTangentKernel(
            layers: layers.map {
                Layer(
                    weightVariance: $0.weightVariance, biasVariance: $0.biasVariance, weightGain: $0.weightVariance,
                    biasGain: $0.biasVariance)
            })
    }

    /// The covariance of the network's outputs before training, Σ, and its tangent kernel, Θ, of one pair of inputs.
    ///
    /// - Parameters:
    ///   - product: xᵀx' / n.
    ///   - first: xᵀx / n.
    ///   - second: x'ᵀx' / n.
    public func values(product: Double, first: Double, second: Double) -> (covariance: Double, tangent: Double) {
        let scales = ActivationScales(layers: layers, squares: [first, second])
        return recursion(product, scales, 0, 1)
    }

    /// Replaces the products xᵀx' / n of pairs of inputs by Θ.
    ///
    /// - Parameters:
    ///   - products: `(rows, columns)`.
    ///   - rowSquares: xᵀx / n of the row's inputs, `(rows)`.
    ///   - columnSquares: of the column's, `(columns)`.
    ///   - isSymmetric: whether rows and columns are the same inputs; only half is then computed.
    ///   - workers: the threads to use.
    /// - Complexity: O(rows · columns · depth).
    public func apply(
        to products: inout Matrix, rowSquares: [Double], columnSquares: [Double], isSymmetric: Bool, workers: Workers
    ) {
        precondition(rowSquares.count == products.rows && columnSquares.count == products.columns)
        let scales = ActivationScales(layers: layers, squares: rowSquares + columnSquares)
        let (rows, columns) = (products.rows, products.columns)
        products.values.withUnsafeMutableBufferPointer { values in
            let values = values
            workers.forEachChunk(of: rows, chunkSize: 16) { block, _ in
                for row in block {
                    for column in 0..<(isSymmetric ? row + 1 : columns) {
                        values[row * columns + column] =
                            recursion(values[row * columns + column], scales, row, rows + column).tangent
                    }
                }
            }
            if isSymmetric {
                // Columns of a block are written by one worker, and read by none other.
                workers.forEachChunk(of: rows, chunkSize: 64) { block, _ in
                    for column in 0..<block.upperBound {
                        for row in block where row > column {
                            values[column * columns + row] = values[row * columns + column]
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func recursion(
        _ product: Double, _ scales: ActivationScales, _ i: Int, _ j: Int
    ) -> (covariance: Double, tangent: Double) {
        var covariance = layers[0].weightVariance * product + layers[0].biasVariance
        var tangent = layers[0].weightGain * product + layers[0].biasGain
        for index in 1..<max(layers.count, 1) {
            let layer = layers[index]
            let scale = scales.values[(i * scales.depth) + index - 1] * scales.values[(j * scales.depth) + index - 1]
            // Rounding may leave the cosine of equal inputs an ulp outside.
            let cosine = scale > 0 ? min(max(covariance / scale, -1), 1) : 1
            let angle = acos(cosine)
            let sine = ((1 - cosine) * (1 + cosine)).squareRoot()
            let reach = (.pi - angle) / (2 * .pi)
            let activated = scale * (sine / (2 * .pi) + reach * cosine)
            tangent = layer.weightVariance * reach * tangent + layer.weightGain * activated + layer.biasGain
            covariance = layer.weightVariance * activated + layer.biasVariance
        }
        return (covariance, tangent)
    }
}

/// √Σₓₓ of every input before every activation: the recursion's normalisation, needed once an input and not once a pair.
private struct ActivationScales {
    let depth: Int
    /// `(inputs, depth)`.
    let values: [Double]

    init(layers: [NeuralTangentKernel.Layer], squares: [Double]) {
        depth = layers.count - 1
        values = squares.flatMap { square in
            var variance = layers[0].weightVariance * square + layers[0].biasVariance
            return layers.dropFirst().map { layer in
                defer { variance = layer.weightVariance * variance / 2 + layer.biasVariance }
                return variance.squareRoot()
            }
        }
    }
}
