import CKernels

/// The dense linear algebra that optimisers need: products by the network's own kernels, decompositions from LAPACK.
/// Matrices are row-major; every call runs on the calling thread alone, since workers call at once.
enum LinearAlgebra {
    /// The right operand of ``product(_:rows:inner:stride:_:columns:)``, in the form that the kernels read: B, or Bᵀ where
    /// `transposed`.
    ///
    /// - Parameter b: `(inner, columns)`, or `(columns, inner)` where transposed, rows `stride` floats apart.
    static func packed(_ b: [Float], inner: Int, columns: Int, stride: Int, transposed: Bool) -> [Float] {
        let size = ck_packed_count(inner, columns)
        return [Float](unsafeUninitializedCapacity: size) { packed, count in
            ck_pack(inner, columns, b, transposed ? 1 : stride, transposed ? stride : 1, nil, packed.baseAddress)
            count = size
        }
    }

    /// A · B by the kernels that networks use.
    ///
    /// - Parameters:
    ///   - a: `(rows, inner)`, rows `stride` floats apart.
    ///   - b: `(inner, columns)`, ``packed(_:inner:columns:stride:transposed:)``.
    /// - Returns: `(rows, columns)` in rows padded to whole panels.
    static func product(
        _ a: [Float], rows: Int, inner: Int, stride: Int, _ b: [Float], columns: Int
    ) -> [Float] {
        let panels = NetworkTile.stride(columns)
        return [Float](unsafeUninitializedCapacity: rows * panels) { result, count in
            ck_multiply(
                rows, columns, inner, a, stride, b, result.baseAddress, panels, Int32(CK_STORE.rawValue), nil, 0)
            count = rows * panels
        }
    }

    /// Eigenvectors of a symmetric matrix, as columns of the row-major result, eigenvalues descending.
    ///
    /// - Parameter matrix: `(n, n)`, rows `stride` floats apart; replaced by the eigenvectors.
    static func symmetricEigenvectors(_ matrix: inout [Float], n: Int, stride: Int) throws(NeuralFieldsError) {
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
            for column in 0..<n { matrix[row * stride + column] = columns[(n - 1 - column) * n + row] }
        }
    }

    /// Replaces the columns of a row-major `(n, n)` matrix, rows `stride` floats apart, by an orthonormal basis of the
    /// same nested spaces (the Q of its QR decomposition).
    static func orthonormalizeColumns(_ matrix: inout [Float], n: Int, stride: Int) throws(NeuralFieldsError) {
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
            for column in 0..<n { matrix[row * stride + column] = columns[column * n + row] }
        }
    }

    /// A row-major matrix as LAPACK wants it: column by column.
    private static func transposed(_ matrix: [Float], n: Int, stride: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: n * n) { columns, count in
            for row in 0..<n {
                for column in 0..<n { columns[column * n + row] = matrix[row * stride + column] }
            }
            count = n * n
        }
    }
}
