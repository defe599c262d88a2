import CKernels
import Core

/// The dense linear algebra that optimisers need: products by the network's own kernels, decompositions from LAPACK.
/// Matrices are row-major; every call runs on the calling thread alone, since workers call at once.
enum LinearAlgebra {
    /// Packs the right operand of ``multiply(_:rows:inner:stride:_:columns:into:)``: B, or Bᵀ where `transposed`.
    ///
    /// - Parameters:
    ///   - b: `(inner, columns)`, or `(columns, inner)` where transposed, rows `stride` floats apart.
    ///   - packed: room for `ck_packed_count(inner, columns)` floats.
    static func pack(
        _ b: UnsafePointer<Float>, inner: Int, columns: Int, stride: Int, transposed: Bool,
        into packed: AlignedBuffer<Float>
    ) {
        ck_pack(inner, columns, b, transposed ? 1 : stride, transposed ? stride : 1, nil, packed.pointer)
    }

    /// A · B by the kernels that networks use.
    ///
    /// - Parameters:
    ///   - a: `(rows, inner)`, rows `stride` floats apart.
    ///   - b: `(inner, columns)`, packed.
    ///   - result: `(rows, columns)` in rows padded to whole panels.
    static func multiply(
        _ a: UnsafePointer<Float>, rows: Int, inner: Int, stride: Int, _ b: AlignedBuffer<Float>, columns: Int,
        into result: AlignedBuffer<Float>
    ) {
        ck_multiply(
            rows, columns, inner, a, stride, b.pointer, result.pointer, Panel.stride(columns),
            Int32(CK_STORE.rawValue), nil, 0)
    }

    /// C ← factor · C + Xᵀ X, of which the lower triangle is computed, in blocks of a panel: half the work.
    ///
    /// - Parameters:
    ///   - x: `(rows, columns)`, rows `stride` floats apart, padded with zeros.
    ///   - c: `(columns, columns)`, rows `stride` floats apart.
    static func addGram(
        of x: AlignedBuffer<Float>, rows: Int, columns: Int, stride: Int, to c: AlignedBuffer<Float>,
        times factor: Float
    ) {
        ck_scale(c.count, factor, c.pointer)
        for column in Swift.stride(from: 0, to: columns, by: Int(CK_PANEL)) {
            ck_accumulate_transposed(
                columns - column, min(Int(CK_PANEL), columns - column), rows, x.pointer + column, stride,
                x.pointer + column, stride, c.pointer + column * stride + column, stride)
        }
    }

    /// Writes the lower triangle of a matrix, rows `stride` floats apart, above the diagonal too.
    static func mirrorLowerTriangle(of matrix: AlignedBuffer<Float>, n: Int, stride: Int) {
        for row in 0..<n {
            for column in (row + 1)..<n {
                matrix.pointer[row * stride + column] = matrix.pointer[column * stride + row]
            }
        }
    }

    /// Eigenvectors of a symmetric matrix, as columns of the row-major result, eigenvalues descending.
    ///
    /// - Parameter matrix: `(n, n)`, rows `stride` floats apart; replaced by the eigenvectors.
    static func symmetricEigenvectors(
        _ matrix: AlignedBuffer<Float>, n: Int, stride: Int
    ) throws(NeuralFieldsError) {
        let blas = try BlasLibrary.loaded()
        var columns = transposed(matrix, n: n, stride: stride)
        var order = Int32(n)
        var status: Int32 = 0
        var values = [Float](repeating: 0, count: n)
        var workSize: Int32 = -1
        var integerWorkSize: Int32 = -1
        var work: [Float] = [0]
        var integerWork: [Int32] = [0]
        for _ in 0..<2 {
            if workSize > 0 {
                work = [Float](repeating: 0, count: Int(workSize))
                integerWork = [Int32](repeating: 0, count: Int(integerWorkSize))
            }
            BlasThreads.one(blas) {
                blas.ssyevd(
                    "V", "U", &order, &columns, &order, &values, &work, &workSize, &integerWork, &integerWorkSize,
                    &status)
            }
            guard status == 0 else { throw .decompositionFailed(routine: "ssyevd", status: Int(status)) }
            workSize = Int32(work[0])
            integerWorkSize = integerWork[0]
        }
        // LAPACK gives column j, eigenvalue j ascending, at [j * n ..< (j + 1) * n].
        for row in 0..<n {
            for column in 0..<n { matrix.pointer[row * stride + column] = columns[(n - 1 - column) * n + row] }
        }
    }

    /// Replaces the columns of a row-major `(n, n)` matrix, rows `stride` floats apart, by an orthonormal basis of the
    /// same nested spaces (the Q of its QR decomposition).
    static func orthonormalizeColumns(
        _ matrix: AlignedBuffer<Float>, n: Int, stride: Int
    ) throws(NeuralFieldsError) {
        let blas = try BlasLibrary.loaded()
        var columns = transposed(matrix, n: n, stride: stride)
        var order = Int32(n)
        var status: Int32 = 0
        var tau = [Float](repeating: 0, count: n)
        var workSize = Int32(64 * n)
        var work = [Float](repeating: 0, count: 64 * n)
        BlasThreads.one(blas) { blas.sgeqrf(&order, &order, &columns, &order, &tau, &work, &workSize, &status) }
        guard status == 0 else { throw .decompositionFailed(routine: "sgeqrf", status: Int(status)) }
        BlasThreads.one(blas) { blas.sorgqr(&order, &order, &order, &columns, &order, &tau, &work, &workSize, &status) }
        guard status == 0 else { throw .decompositionFailed(routine: "sorgqr", status: Int(status)) }
        for row in 0..<n {
            for column in 0..<n { matrix.pointer[row * stride + column] = columns[column * n + row] }
        }
    }

    /// A row-major matrix as LAPACK wants it: column by column.
    private static func transposed(_ matrix: AlignedBuffer<Float>, n: Int, stride: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: n * n) { columns, count in
            for row in 0..<n {
                for column in 0..<n { columns[column * n + row] = matrix.pointer[row * stride + column] }
            }
            count = n * n
        }
    }
}
