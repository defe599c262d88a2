import CKernels
import Core
import Foundation

/// SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., ICLR 2025, algorithm 3).
///
/// Each layer's weights and biases form one matrix [W b] `(outputs, inputs + 1)`; L = E[GGᵀ] and R = E[GᵀG] are running
/// means over its gradients, and Adam's second moments live in their eigenbases, which one step of orthogonal iteration
/// follows every few steps.
///
/// - Complexity: about 10 · outputs · inputs · (outputs + inputs) operations a layer and step, independent of the batch.
struct Soap: Optimizer {
    let configuration: OptimizerConfiguration
    private var layers: [LayerState]

    init(shape: MultilayerPerceptron, configuration: OptimizerConfiguration) {
        self.configuration = configuration
        layers = shape.layers.map { LayerState($0) }
    }

    mutating func step(
        parameters: inout MutableSpan<Float>, gradient: Span<Float>, rate: Float, workers: Workers
    ) throws(NeuralFieldsError) {
        let settings = configuration
        var failures = [NeuralFieldsError?](repeating: nil, count: layers.count)
        parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeBufferPointer { gradient in
                layers.withUnsafeMutableBufferPointer { layers in
                    failures.withUnsafeMutableBufferPointer { failures in
                        let (parameters, layers, failures) = (parameters, layers, failures)
                        workers.forEach(layers.count) { index, _ in
                            do throws(NeuralFieldsError) {
                                try layers[index].step(
                                    parameters: parameters, gradient: gradient, rate: rate, settings: settings)
                            } catch {
                                failures[index] = error
                            }
                        }
                    }
                }
            }
        }
        if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
    }

    var state: [String: [Float]] {
        get {
            layers.enumerated().reduce(into: [:]) { state, layer in
                for (name, values) in layer.element.state { state["\(layer.offset).\(name)"] = values }
            }
        }
        set {
            for index in layers.indices {
                let prefix = "\(index)."
                layers[index].state = newValue.reduce(into: [:]) { state, entry in
                    if entry.key.hasPrefix(prefix) { state[String(entry.key.dropFirst(prefix.count))] = entry.value }
                }
            }
        }
    }
}

/// One layer's part of SOAP's state.
///
/// Matrices of this layer are `(rows, columns)` with rows ``stride`` floats apart, as the matrix kernels want them;
/// what pads a row is zero.
private struct LayerState: Sendable {
    let layer: MultilayerPerceptron.Layer
    /// Rows and columns of [W b].
    let rows: Int
    let columns: Int
    let stride: Int
    let leftStride: Int
    var steps = 0
    /// Means of gradients and of their squares in the eigenbasis, `(rows, columns)`.
    var mean: [Float]
    var square: [Float]
    /// E[GGᵀ] and its eigenvectors as columns, `(rows, rows)`; E[GᵀG] and its eigenvectors, `(columns, columns)`.
    var left: [Float]
    var leftBasis: [Float]
    var right: [Float]
    var rightBasis: [Float]
    /// `rightBasis` and its transpose as right operands: packing them again at every step took a twelfth of it.
    private var rightOperand: [Float] = []
    private var rightOperandTransposed: [Float] = []

    init(_ layer: MultilayerPerceptron.Layer) {
        self.layer = layer
        rows = layer.outputs
        columns = layer.inputs + 1
        stride = NetworkTile.stride(columns)
        leftStride = NetworkTile.stride(rows)
        mean = [Float](repeating: 0, count: rows * stride)
        square = mean
        left = [Float](repeating: 0, count: rows * leftStride)
        leftBasis = left
        right = [Float](repeating: 0, count: columns * stride)
        rightBasis = right
    }

    mutating func step(
        parameters: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>, rate: Float,
        settings: OptimizerConfiguration
    ) throws(NeuralFieldsError) {
        var matrix = [Float](repeating: 0, count: rows * stride)
        for row in 0..<rows {
            for column in 0..<layer.inputs {
                matrix[row * stride + column] = gradient[layer.weights + row * layer.inputs + column]
            }
            matrix[row * stride + layer.inputs] = gradient[layer.biases + row]
        }
        steps += 1
        if steps == 1 {
            // The first gradient only sets the basis, as in the authors' code.
            accumulate(matrix, decay: 0)
            leftBasis = left
            rightBasis = right
            try LinearAlgebra.symmetricEigenvectors(&leftBasis, n: rows, stride: leftStride)
            try LinearAlgebra.symmetricEigenvectors(&rightBasis, n: columns, stride: stride)
            packRightBasis()
            return
        }
        let correction1 = Float(1 / (1 - pow(Double(settings.beta1), Double(steps - 1))))
        let correction2 = Float(1 / (1 - pow(Double(settings.beta2), Double(steps - 1))))
        var update = intoBasis(matrix)
        ck_adam_direction(
            update.count, &update, &mean, &square, settings.beta1, settings.beta2, settings.epsilon, correction1,
            correction2)
        update = outOfBasis(update)
        for row in 0..<rows {
            for column in 0..<layer.inputs {
                parameters[layer.weights + row * layer.inputs + column] -= rate * update[row * stride + column]
            }
            parameters[layer.biases + row] -= rate * update[row * stride + layer.inputs]
        }
        // The preconditioner forgets at the rate of the squares it stands beside.
        accumulate(matrix, decay: settings.beta2)
        if steps % settings.preconditionEvery == 0 { try refreshBases() }
    }

    /// L and R take in a gradient.
    private mutating func accumulate(_ matrix: [Float], decay: Float) {
        ck_scale(left.count, decay, &left)
        ck_scale(right.count, decay, &right)
        // The factor 1 − decay goes on one of the two operands.
        var scaled = matrix
        ck_scale(scaled.count, 1 - decay, &scaled)
        let transposed = LinearAlgebra.packed(matrix, inner: columns, columns: rows, stride: stride, transposed: true)
        let product = LinearAlgebra.product(
            scaled, rows: rows, inner: columns, stride: stride, transposed, columns: rows)
        ck_add(left.count, product, &left)
        ck_accumulate_transposed(columns, columns, rows, scaled, stride, matrix, stride, &right, stride)
    }

    /// Q_Lᵀ M Q_R.
    private func intoBasis(_ matrix: [Float]) -> [Float] {
        var half = [Float](repeating: 0, count: rows * stride)
        ck_accumulate_transposed(rows, columns, rows, leftBasis, leftStride, matrix, stride, &half, stride)
        return LinearAlgebra.product(
            half, rows: rows, inner: columns, stride: stride, rightOperand, columns: columns)
    }

    /// Q_L M Q_Rᵀ.
    private func outOfBasis(_ matrix: [Float]) -> [Float] {
        let operand = LinearAlgebra.packed(matrix, inner: rows, columns: columns, stride: stride, transposed: false)
        let half = LinearAlgebra.product(
            leftBasis, rows: rows, inner: rows, stride: leftStride, operand, columns: columns)
        return LinearAlgebra.product(
            half, rows: rows, inner: columns, stride: stride, rightOperandTransposed, columns: columns)
    }

    private mutating func packRightBasis() {
        rightOperand = LinearAlgebra.packed(
            rightBasis, inner: columns, columns: columns, stride: stride, transposed: false)
        rightOperandTransposed = LinearAlgebra.packed(
            rightBasis, inner: columns, columns: columns, stride: stride, transposed: true)
    }

    /// One step of orthogonal iteration towards the eigenvectors of L and of R, sorted by their present estimates; the
    /// mean is turned into the new basis, second moments move with the columns they belong to.
    private mutating func refreshBases() throws(NeuralFieldsError) {
        let parameterMean = outOfBasis(mean)
        let leftOrder = try Self.refresh(&leftBasis, of: left, n: rows, stride: leftStride)
        let rightOrder = try Self.refresh(&rightBasis, of: right, n: columns, stride: stride)
        packRightBasis()
        mean = intoBasis(parameterMean)
        let old = square
        for row in 0..<rows {
            for column in 0..<columns {
                square[row * stride + column] = old[leftOrder[row] * stride + rightOrder[column]]
            }
        }
    }

    /// - Returns: for each column of the new basis, the column of the old one that it comes from.
    private static func refresh(
        _ basis: inout [Float], of matrix: [Float], n: Int, stride: Int
    ) throws(NeuralFieldsError) -> [Int] {
        let operand = LinearAlgebra.packed(basis, inner: n, columns: n, stride: stride, transposed: false)
        let image = LinearAlgebra.product(matrix, rows: n, inner: n, stride: stride, operand, columns: n)
        var estimates = [Float](repeating: 0, count: n)
        for row in 0..<n {
            for column in 0..<n { estimates[column] += basis[row * stride + column] * image[row * stride + column] }
        }
        let order = (0..<n).sorted { (estimates[$0], $1) > (estimates[$1], $0) }
        for row in 0..<n {
            for column in 0..<n { basis[row * stride + column] = image[row * stride + order[column]] }
        }
        try LinearAlgebra.orthonormalizeColumns(&basis, n: n, stride: stride)
        return order
    }

    var state: [String: [Float]] {
        get {
            [
                "mean": mean, "square": square, "left": left, "leftBasis": leftBasis, "right": right,
                "rightBasis": rightBasis, "steps": [Float(steps)],
            ]
        }
        set {
            mean = newValue["mean"] ?? mean
            square = newValue["square"] ?? square
            left = newValue["left"] ?? left
            leftBasis = newValue["leftBasis"] ?? leftBasis
            right = newValue["right"] ?? right
            rightBasis = newValue["rightBasis"] ?? rightBasis
            packRightBasis()
            steps = Int(newValue["steps"]?.first ?? 0)
        }
    }
}
