#if canImport(Accelerate)
import Accelerate
#else
import COpenBLAS
#endif

/// The dense linear algebra that optimisers need, from BLAS and LAPACK. Matrices are row-major; every call runs on the
/// calling thread alone, since workers call at once.
enum LinearAlgebra {
    /// Keeps BLAS from starting threads of its own; done once.
    static let isSingleThreaded: Bool = {
        #if !canImport(Accelerate)
        openblas_set_num_threads(1)
        #endif
        return true
    }()

    /// C `(m, n)` = alpha · op(A) op(B) + beta · C, op(A) `(m, k)`, op(B) `(k, n)`, all dense.
    static func multiply(
        _ a: UnsafePointer<Float>, transposeA: Bool = false, _ b: UnsafePointer<Float>, transposeB: Bool = false, m: Int,
        n: Int, k: Int, alpha: Float = 1, beta: Float = 0, into c: UnsafeMutablePointer<Float>
    ) {
        _ = isSingleThreaded
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
            .init(m), .init(n), .init(k), alpha, a, .init(transposeA ? m : k), b, .init(transposeB ? k : n), beta, c,
            .init(n))
    }

    /// Eigenvectors of a symmetric matrix, as columns of the row-major result, eigenvalues descending.
    ///
    /// - Parameter matrix: `(n, n)`; replaced by the eigenvectors.
    static func symmetricEigenvectors(_ matrix: inout [Float], n: Int) throws(NeuralFieldsError) {
        _ = isSingleThreaded
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
            ssyevd_(
                "V", "U", &order, &matrix, &order, &values, &work, &workSize, &integerWork, &integerWorkSize, &status)
            guard status == 0 else { throw .decompositionFailed(routine: "ssyevd", status: Int(status)) }
            workSize = Int32(work[0])
            integerWorkSize = integerWork[0]
        }
        // LAPACK gives column j, eigenvalue j ascending, at [j * n ..< (j + 1) * n].
        let columns = matrix
        for row in 0..<n {
            for column in 0..<n { matrix[row * n + column] = columns[(n - 1 - column) * n + row] }
        }
    }

    /// Replaces the columns of a row-major `(n, n)` matrix by an orthonormal basis of the same nested spaces (the Q of
    /// its QR decomposition).
    static func orthonormalizeColumns(_ matrix: inout [Float], n: Int) throws(NeuralFieldsError) {
        _ = isSingleThreaded
        // Row-major A is LAPACK's Aᵀ, so the columns are handed over transposed and fetched back transposed.
        var columns = [Float](repeating: 0, count: n * n)
        for row in 0..<n {
            for column in 0..<n { columns[column * n + row] = matrix[row * n + column] }
        }
        var order = Int32(n)
        var status: Int32 = 0
        var tau = [Float](repeating: 0, count: n)
        var workSize = Int32(64 * n)
        var work = [Float](repeating: 0, count: 64 * n)
        sgeqrf_(&order, &order, &columns, &order, &tau, &work, &workSize, &status)
        guard status == 0 else { throw .decompositionFailed(routine: "sgeqrf", status: Int(status)) }
        sorgqr_(&order, &order, &order, &columns, &order, &tau, &work, &workSize, &status)
        guard status == 0 else { throw .decompositionFailed(routine: "sorgqr", status: Int(status)) }
        for row in 0..<n {
            for column in 0..<n { matrix[row * n + column] = columns[column * n + row] }
        }
    }
}
