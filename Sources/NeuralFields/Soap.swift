import CKernels
import Foundation
import Support

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
private struct LayerState: Sendable {
    let layer: MultilayerPerceptron.Layer
    /// Rows and columns of [W b].
    let rows: Int
    let columns: Int
    var steps = 0
    /// Mean of gradients in the parameters' own basis, of their squares in the eigenbasis; `(rows, columns)`.
    var mean: [Float]
    var square: [Float]
    /// E[GGᵀ] and its eigenvectors, `(rows, rows)`; E[GᵀG] and its eigenvectors, `(columns, columns)`.
    var left: [Float]
    var leftBasis: [Float]
    var right: [Float]
    var rightBasis: [Float]

    init(_ layer: MultilayerPerceptron.Layer) {
        self.layer = layer
        rows = layer.outputs
        columns = layer.inputs + 1
        mean = [Float](repeating: 0, count: rows * columns)
        square = mean
        left = [Float](repeating: 0, count: rows * rows)
        leftBasis = left
        right = [Float](repeating: 0, count: columns * columns)
        rightBasis = right
    }

    mutating func step(
        parameters: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>, rate: Float,
        settings: OptimizerConfiguration
    ) throws(NeuralFieldsError) {
        var matrix = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for column in 0..<layer.inputs {
                matrix[row * columns + column] = gradient[layer.weights + row * layer.inputs + column]
            }
            matrix[row * columns + layer.inputs] = gradient[layer.biases + row]
        }
        steps += 1
        if steps == 1 {
            // The first gradient only sets the basis, as in the authors' code.
            accumulate(matrix, decay: 0)
            leftBasis = left
            rightBasis = right
            try LinearAlgebra.symmetricEigenvectors(&leftBasis, n: rows)
            try LinearAlgebra.symmetricEigenvectors(&rightBasis, n: columns)
            return
        }
        let rotated = intoBasis(matrix)
        for index in matrix.indices {
            mean[index] = settings.beta1 * mean[index] + (1 - settings.beta1) * matrix[index]
            square[index] = settings.beta2 * square[index] + (1 - settings.beta2) * rotated[index] * rotated[index]
        }
        var update = intoBasis(mean)
        let correction1 = Float(1 / (1 - pow(Double(settings.beta1), Double(steps - 1))))
        let correction2 = Float(1 / (1 - pow(Double(settings.beta2), Double(steps - 1))))
        for index in update.indices {
            update[index] = update[index] * correction1 / ((square[index] * correction2).squareRoot() + settings.epsilon)
        }
        update = outOfBasis(update)
        for row in 0..<rows {
            for column in 0..<layer.inputs {
                parameters[layer.weights + row * layer.inputs + column] -= rate * update[row * columns + column]
            }
            parameters[layer.biases + row] -= rate * update[row * columns + layer.inputs]
        }
        // The preconditioner forgets at the rate of the squares it stands beside.
        accumulate(matrix, decay: settings.beta2)
        if steps % settings.preconditionEvery == 0 { try refreshBases() }
    }

    /// L and R take in a gradient.
    private mutating func accumulate(_ matrix: [Float], decay: Float) {
        LinearAlgebra.multiply(
            matrix, matrix, transposeB: true, m: rows, n: rows, k: columns, alpha: 1 - decay, beta: decay, into: &left)
        LinearAlgebra.multiply(
            matrix, transposeA: true, matrix, m: columns, n: columns, k: rows, alpha: 1 - decay, beta: decay,
            into: &right)
    }

    /// Q_Lᵀ M Q_R.
    private func intoBasis(_ matrix: [Float]) -> [Float] {
        var half = [Float](repeating: 0, count: rows * columns)
        var result = half
        LinearAlgebra.multiply(leftBasis, transposeA: true, matrix, m: rows, n: columns, k: rows, into: &half)
        LinearAlgebra.multiply(half, rightBasis, m: rows, n: columns, k: columns, into: &result)
        return result
    }

    /// Q_L M Q_Rᵀ.
    private func outOfBasis(_ matrix: [Float]) -> [Float] {
        var half = [Float](repeating: 0, count: rows * columns)
        var result = half
        LinearAlgebra.multiply(leftBasis, matrix, m: rows, n: columns, k: rows, into: &half)
        LinearAlgebra.multiply(half, rightBasis, transposeB: true, m: rows, n: columns, k: columns, into: &result)
        return result
    }

    /// One step of orthogonal iteration towards the eigenvectors of L and of R, sorted by their present estimates; the
    /// second moments move with the columns they belong to.
    private mutating func refreshBases() throws(NeuralFieldsError) {
        let leftOrder = try Self.refresh(&leftBasis, of: left, n: rows)
        let rightOrder = try Self.refresh(&rightBasis, of: right, n: columns)
        let old = square
        for row in 0..<rows {
            for column in 0..<columns {
                square[row * columns + column] = old[leftOrder[row] * columns + rightOrder[column]]
            }
        }
    }

    /// - Returns: for each column of the new basis, the column of the old one that it comes from.
    private static func refresh(_ basis: inout [Float], of matrix: [Float], n: Int) throws(NeuralFieldsError) -> [Int] {
        var image = [Float](repeating: 0, count: n * n)
        LinearAlgebra.multiply(matrix, basis, m: n, n: n, k: n, into: &image)
        let estimates = (0..<n).map { column in
            (0..<n).reduce(Float(0)) { $0 + basis[$1 * n + column] * image[$1 * n + column] }
        }
        let order = (0..<n).sorted { (estimates[$0], $1) > (estimates[$1], $0) }
        for row in 0..<n {
            for column in 0..<n { basis[row * n + column] = image[row * n + order[column]] }
        }
        try LinearAlgebra.orthonormalizeColumns(&basis, n: n)
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
            steps = Int(newValue["steps"]?.first ?? 0)
        }
    }
}
