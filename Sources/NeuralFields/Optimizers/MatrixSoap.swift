import CKernels
import Core

/// SOAP of one matrix G's parameters, such as a layer's [W b].
///
/// L = E[GGᵀ] and R = E[GᵀG] are running means over its gradients, and Adam's second moments live in their eigenbases,
/// which one step of orthogonal iteration follows every few steps.
///
/// A step is work of several kinds that need nothing of each other (``Work``), so that the matrices of a model are shared out over threads in
/// parts of about the same size.
///
/// Matrices are `(rows, columns)` with rows ``stride`` floats apart, as the matrix kernels want them; what pads a row is
/// zero. Of L and R, which are symmetric, the lower triangle is computed, in blocks.
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
    /// What L and R take in: the gradient times the root of its share, `(rows, columns)`, and its transpose.
    private let share: AlignedBuffer<Float>
    private let shareTransposed: AlignedBuffer<Float>
    /// A packed `(rows, columns)` or its transpose.
    private let operand: AlignedBuffer<Float>
    /// Where the columns of the bases came from when they were last refreshed.
    private var leftOrder: [Int] = []
    private var rightOrder: [Int] = []

    init(_ group: ParameterGroup, configuration: OptimizerConfiguration) {
        self.group = group
        settings = configuration
        (rows, columns) = (group.rows, group.columns)
        stride = Panel.stride(columns)
        leftStride = Panel.stride(rows)
        (mean, square) = (AlignedBuffer(count: rows * stride), AlignedBuffer(count: rows * stride))
        (gradient, update) = (AlignedBuffer(count: rows * stride), AlignedBuffer(count: rows * stride))
        (half, share) = (AlignedBuffer(count: rows * stride), AlignedBuffer(count: rows * stride))
        shareTransposed = AlignedBuffer(count: columns * leftStride)
        (left, leftBasis) = (AlignedBuffer(count: rows * leftStride), AlignedBuffer(count: rows * leftStride))
        (right, rightBasis) = (AlignedBuffer(count: columns * stride), AlignedBuffer(count: columns * stride))
        rightOperand = AlignedBuffer(count: ck_packed_count(columns, columns))
        rightOperandTransposed = AlignedBuffer(count: ck_packed_count(columns, columns))
        operand = AlignedBuffer(count: max(ck_packed_count(rows, columns), ck_packed_count(columns, rows)))
    }

    /// Parts of a step. Those of one phase may run at once; phases follow each other.
    enum Work {
        /// The parameters move against the gradient, after ``take(_:)``.
        case move
        /// L takes in the gradient, and R does.
        case growLeft, growRight
        /// Only where ``isBasisDue``: the mean leaves the bases, …
        case leaveBases
        /// … these are made anew, …
        case turnLeft, turnRight
        /// … and the mean enters them.
        case enterBases

        static let phases: [[Work]] = [
            [.move, .growLeft, .growRight], [.leaveBases], [.turnLeft, .turnRight], [.enterBases],
        ]
    }

    /// Multiplications of a part, by which threads share them out.
    func cost(of work: Work) -> Int {
        switch work {
        case .move, .leaveBases, .enterBases: 2 * rows * columns * (rows + columns)
        case .growLeft: rows * rows * columns / 2
        case .growRight: rows * columns * columns / 2
        case .turnLeft: 5 * rows * rows * rows
        case .turnRight: 5 * columns * columns * columns
        }
    }

    /// Begins a step with the model's gradient.
    func take(_ modelGradient: UnsafePointer<Float>) {
        var column = 0
        for block in group.blocks {
            for row in 0..<rows {
                gradient[row * stride + column].update(
                    from: modelGradient + block.start + row * block.columns, count: block.columns)
            }
            column += block.columns
        }
        steps += 1
        // The preconditioner forgets at the rate of the squares it stands beside; the first gradient is all there is.
        let root = steps == 1 ? 1 : (1 - settings.beta2).squareRoot()
        for row in 0..<rows {
            for column in 0..<columns {
                let value = root * gradient.pointer[row * stride + column]
                share.pointer[row * stride + column] = value
                shareTransposed.pointer[column * leftStride + row] = value
            }
        }
    }

    /// Whether the bases change at the end of the present step.
    var isBasisDue: Bool { steps == 1 || steps % settings.preconditionEvery == 0 }

    /// Does a part of the present step.
    ///
    /// - Parameter parameters: of the whole model.
    func perform(
        _ work: Work, _ parameters: UnsafeMutablePointer<Float>, rate: Float
    ) throws(NeuralFieldsError) {
        // The first gradient only sets the bases, as in the authors' code.
        let isFirst = steps == 1
        switch work {
        case .move: if !isFirst { move(parameters, rate: rate) }
        case .growLeft:
            LinearAlgebra.addGram(
                of: shareTransposed, rows: columns, columns: rows, stride: leftStride,
                to: left, times: isFirst ? 0 : settings.beta2)
        case .growRight:
            LinearAlgebra.addGram(
                of: share, rows: rows, columns: columns, stride: stride, to: right,
                times: isFirst ? 0 : settings.beta2)
        case .leaveBases: if !isFirst { outOfBasis(mean, update) }
        case .turnLeft: leftOrder = try Self.turn(leftBasis, to: left, n: rows, stride: leftStride, isFirst: isFirst)
        case .turnRight:
            rightOrder = try Self.turn(rightBasis, to: right, n: columns, stride: stride, isFirst: isFirst)
            packRightBasis()
        case .enterBases: if !isFirst { enterBases() }
        }
    }

    private func move(_ parameters: UnsafeMutablePointer<Float>, rate: Float) {
        intoBasis(gradient, update)
        ck_adam_direction(
            update.count, update.pointer, mean.pointer, square.pointer, settings.beta1, settings.beta2,
            settings.epsilon, biasCorrection(settings.beta1, steps: steps - 1),
            biasCorrection(settings.beta2, steps: steps - 1))
        outOfBasis(update, update)
        var column = 0
        for block in group.blocks {
            for row in 0..<rows {
                let (target, source) = (parameters + block.start + row * block.columns, update[row * stride + column])
                for entry in 0..<block.columns { target[entry] -= rate * source[entry] }
            }
            column += block.columns
        }
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

    /// The mean is turned into the new bases; second moments move with the columns they belong to.
    private func enterBases() {
        intoBasis(update, mean)
        let old = square.elements
        for row in 0..<rows {
            for column in 0..<columns {
                square.pointer[row * stride + column] = old[leftOrder[row] * stride + rightOrder[column]]
            }
        }
    }

    /// The eigenvectors of a matrix, or one step of orthogonal iteration towards them, sorted by their present estimates.
    ///
    /// - Returns: for each column of the new basis, the column of the old one that it comes from.
    private static func turn(
        _ basis: AlignedBuffer<Float>, to matrix: AlignedBuffer<Float>, n: Int, stride: Int, isFirst: Bool
    ) throws(NeuralFieldsError) -> [Int] {
        LinearAlgebra.mirrorLowerTriangle(of: matrix, n: n, stride: stride)
        if isFirst {
            basis.pointer.update(from: matrix.pointer, count: matrix.count)
            try LinearAlgebra.symmetricEigenvectors(basis, n: n, stride: stride)
            return Array(0..<n)
        }
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
