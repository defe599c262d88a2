import CKernels
import Core

/// SOAP of one matrix G's parameters, such as a layer's [W b].
///
/// L = E[GGᵀ] and R = E[GᵀG] are running means over its gradients, and Adam's second moments live in their eigenbases,
/// which one step of orthogonal iteration follows every few steps.
///
/// Matrices are `(rows, columns)` with rows ``stride`` floats apart, as the matrix kernels want them; what pads a row is
/// zero.
final class MatrixSoap {
    private let group: ParameterGroup
    private let settings: OptimizerConfiguration
    private let rows: Int
    private let columns: Int
    private let stride: Int
    private let leftStride: Int
    private var steps = 0
    /// Means of gradients and of their squares in the eigenbasis, `(rows, columns)`.
    private let mean: AlignedBuffer<Float>
    private let square: AlignedBuffer<Float>
    /// E[GGᵀ] and its eigenvectors as columns, `(rows, rows)`.
    private let left: AlignedBuffer<Float>
    private let leftBasis: AlignedBuffer<Float>
    /// E[GᵀG] and its eigenvectors, `(columns, columns)`.
    private let right: AlignedBuffer<Float>
    private let rightBasis: AlignedBuffer<Float>
    /// `rightBasis` and its transpose as right operands: packing them again at every step took a twelfth of it.
    private let rightOperand: AlignedBuffer<Float>
    private let rightOperandTransposed: AlignedBuffer<Float>
    /// The gradient, what becomes of it, and what is between, `(rows, columns)` each.
    private let gradient: AlignedBuffer<Float>
    private let update: AlignedBuffer<Float>
    private let half: AlignedBuffer<Float>
    /// A packed `(rows, columns)` or its transpose.
    private let operand: AlignedBuffer<Float>
    /// `(rows, rows)`.
    private let product: AlignedBuffer<Float>

    init(_ group: ParameterGroup, configuration: OptimizerConfiguration) {
        self.group = group
        settings = configuration
        (rows, columns) = (group.rows, group.columns)
        stride = Panel.stride(columns)
        leftStride = Panel.stride(rows)
        (mean, square) = (AlignedBuffer(count: rows * stride), AlignedBuffer(count: rows * stride))
        (gradient, update) = (AlignedBuffer(count: rows * stride), AlignedBuffer(count: rows * stride))
        half = AlignedBuffer(count: rows * stride)
        (left, leftBasis) = (AlignedBuffer(count: rows * leftStride), AlignedBuffer(count: rows * leftStride))
        product = AlignedBuffer(count: rows * leftStride)
        (right, rightBasis) = (AlignedBuffer(count: columns * stride), AlignedBuffer(count: columns * stride))
        rightOperand = AlignedBuffer(count: ck_packed_count(columns, columns))
        rightOperandTransposed = AlignedBuffer(count: ck_packed_count(columns, columns))
        operand = AlignedBuffer(count: max(ck_packed_count(rows, columns), ck_packed_count(columns, rows)))
    }

    /// - Parameters:
    ///   - parameters: of the whole model.
    ///   - modelGradient: likewise.
    func step(
        _ parameters: UnsafeMutablePointer<Float>, gradient modelGradient: UnsafePointer<Float>, rate: Float
    ) throws(NeuralFieldsError) {
        var column = 0
        for block in group.blocks {
            for row in 0..<rows {
                gradient[row * stride + column].update(
                    from: modelGradient + block.start + row * block.columns, count: block.columns)
            }
            column += block.columns
        }
        steps += 1
        if steps == 1 {
            // The first gradient only sets the basis, as in the authors' code.
            accumulate(decay: 0)
            leftBasis.pointer.update(from: left.pointer, count: left.count)
            rightBasis.pointer.update(from: right.pointer, count: right.count)
            try LinearAlgebra.symmetricEigenvectors(leftBasis, n: rows, stride: leftStride)
            try LinearAlgebra.symmetricEigenvectors(rightBasis, n: columns, stride: stride)
            packRightBasis()
            return
        }
        intoBasis(gradient, update)
        ck_adam_direction(
            update.count, update.pointer, mean.pointer, square.pointer, settings.beta1, settings.beta2,
            settings.epsilon, biasCorrection(settings.beta1, steps: steps - 1),
            biasCorrection(settings.beta2, steps: steps - 1))
        outOfBasis(update, update)
        column = 0
        for block in group.blocks {
            for row in 0..<rows {
                let (target, source) = (parameters + block.start + row * block.columns, update[row * stride + column])
                for entry in 0..<block.columns { target[entry] -= rate * source[entry] }
            }
            column += block.columns
        }
        // The preconditioner forgets at the rate of the squares it stands beside.
        accumulate(decay: settings.beta2)
        if steps % settings.preconditionEvery == 0 { try refreshBases() }
    }

    /// L and R take in the gradient.
    private func accumulate(decay: Float) {
        ck_scale(left.count, decay, left.pointer)
        ck_scale(right.count, decay, right.pointer)
        // The factor 1 − decay goes on one of the two operands.
        half.pointer.update(from: gradient.pointer, count: gradient.count)
        ck_scale(half.count, 1 - decay, half.pointer)
        LinearAlgebra.pack(
            gradient.pointer, inner: columns, columns: rows, stride: stride, transposed: true, into: operand)
        LinearAlgebra.multiply(
            half.pointer, rows: rows, inner: columns, stride: stride, operand, columns: rows, into: product)
        ck_add(left.count, product.pointer, left.pointer)
        ck_accumulate_transposed(
            columns, columns, rows, half.pointer, stride, gradient.pointer, stride, right.pointer, stride)
    }

    /// Q_Lᵀ M Q_R.
    private func intoBasis(_ matrix: AlignedBuffer<Float>, _ result: AlignedBuffer<Float>) {
        half.pointer.update(repeating: 0, count: half.count)
        ck_accumulate_transposed(
            rows, columns, rows, leftBasis.pointer, leftStride, matrix.pointer, stride, half.pointer, stride)
        LinearAlgebra.multiply(
            half.pointer, rows: rows, inner: columns, stride: stride, rightOperand, columns: columns, into: result)
    }

    /// Q_L M Q_Rᵀ; the result may take the matrix's place.
    private func outOfBasis(_ matrix: AlignedBuffer<Float>, _ result: AlignedBuffer<Float>) {
        LinearAlgebra.pack(
            matrix.pointer, inner: rows, columns: columns, stride: stride, transposed: false, into: operand)
        LinearAlgebra.multiply(
            leftBasis.pointer, rows: rows, inner: rows, stride: leftStride, operand, columns: columns, into: half)
        LinearAlgebra.multiply(
            half.pointer, rows: rows, inner: columns, stride: stride, rightOperandTransposed, columns: columns,
            into: result)
    }

    private func packRightBasis() {
        LinearAlgebra.pack(
            rightBasis.pointer, inner: columns, columns: columns, stride: stride, transposed: false, into: rightOperand)
        LinearAlgebra.pack(
            rightBasis.pointer, inner: columns, columns: columns, stride: stride, transposed: true,
            into: rightOperandTransposed)
    }

    /// One step of orthogonal iteration towards the eigenvectors of L and of R, sorted by their present estimates; the
    /// mean is turned into the new basis, second moments move with the columns they belong to.
    private func refreshBases() throws(NeuralFieldsError) {
        outOfBasis(mean, update)
        let leftOrder = try Self.refresh(leftBasis, of: left, n: rows, stride: leftStride)
        let rightOrder = try Self.refresh(rightBasis, of: right, n: columns, stride: stride)
        packRightBasis()
        intoBasis(update, mean)
        let old = square.elements
        for row in 0..<rows {
            for column in 0..<columns {
                square.pointer[row * stride + column] = old[leftOrder[row] * stride + rightOrder[column]]
            }
        }
    }

    /// - Returns: for each column of the new basis, the column of the old one that it comes from.
    private static func refresh(
        _ basis: AlignedBuffer<Float>, of matrix: AlignedBuffer<Float>, n: Int, stride: Int
    ) throws(NeuralFieldsError) -> [Int] {
        let operand = AlignedBuffer<Float>(count: ck_packed_count(n, n))
        let image = AlignedBuffer<Float>(count: n * stride)
        LinearAlgebra.pack(basis.pointer, inner: n, columns: n, stride: stride, transposed: false, into: operand)
        LinearAlgebra.multiply(matrix.pointer, rows: n, inner: n, stride: stride, operand, columns: n, into: image)
        var estimates = [Float](repeating: 0, count: n)
        for row in 0..<n {
            for column in 0..<n {
                estimates[column] += basis.pointer[row * stride + column] * image.pointer[row * stride + column]
            }
        }
        let order = (0..<n).sorted { (estimates[$0], $1) > (estimates[$1], $0) }
        for row in 0..<n {
            for column in 0..<n { basis.pointer[row * stride + column] = image.pointer[row * stride + order[column]] }
        }
        try LinearAlgebra.orthonormalizeColumns(basis, n: n, stride: stride)
        return order
    }

    var state: TrainingState {
        TrainingState(
            arrays: [
                "mean": mean.elements, "square": square.elements, "left": left.elements,
                "leftBasis": leftBasis.elements, "right": right.elements, "rightBasis": rightBasis.elements,
            ], counts: ["steps": steps])
    }

    func restore(_ state: TrainingState) {
        func take(_ name: String, _ buffer: AlignedBuffer<Float>) {
            if let values = state.arrays[name] { buffer.elements = values }
        }
        take("mean", mean)
        take("square", square)
        take("left", left)
        take("leftBasis", leftBasis)
        take("right", right)
        take("rightBasis", rightBasis)
        packRightBasis()
        steps = state.counts["steps"] ?? steps
    }
}
