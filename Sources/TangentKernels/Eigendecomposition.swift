import Core
import NeuralFields

/// K = Q Λ Qᵀ of a symmetric matrix, by LAPACK's divide and conquer (`dsyevd`; Cuppen 1981).
public struct Eigendecomposition: Sendable, Equatable {
    /// λ, descending, `(n)`.
    public let eigenvalues: [Double]
    /// Qᵀ: row i is the eigenvector of `eigenvalues[i]`, of unit length, `(n, n)`. Its first coordinate that is not tiny
    /// is positive, so that the same matrix gives the same signs.
    public let eigenvectors: Matrix

    public var count: Int { eigenvalues.count }

    /// Bytes an entry of K, for the limit of memory: K, the copy that becomes the
    /// eigenvectors, two workspaces, and the result.
    public static let bytesPerPair = 40

    /// - Parameters:
    ///   - matrix: `(n, n)` symmetric; the lower half is read.
    ///   - workers: their number is that of LAPACK's threads. Bits may depend on it.
    /// - Complexity: about 4 n³ operations; 40 n² bytes.
    /// - Throws: ``TangentKernelsError/decompositionFailed(routine:status:)``, and
    ///   ``TangentKernelsError/tooManyPoints(count:neededBytes:availableBytes:fittingCount:)``.
    public init(_ matrix: Matrix, workers: Workers) throws(TangentKernelsError) {
        precondition(matrix.rows == matrix.columns, "a square matrix")
        let n = matrix.rows
        guard n > 0 else {
            eigenvalues = []
            eigenvectors = matrix
            return
        }
        try MemoryLimit.check(count: n, bytesPerPair: Self.bytesPerPair)
        let (ascending, columns) = try Self.solve(matrix, threads: workers.count)
        eigenvalues = ascending.reversed()
        // LAPACK's column j, eigenvalues ascending, is row j of row-major memory.
        var vectors = Matrix(rows: n, columns: n)
        for row in 0..<n {
            let source = (n - 1 - row) * n
            let first = (0..<n).first { abs(columns[source + $0]) > 1e-6 } ?? 0
            let sign: Double = columns[source + first] < 0 ? -1 : 1
            for column in 0..<n { vectors.values[row * n + column] = sign * columns[source + column] }
        }
        eigenvectors = vectors
    }

    private static func solve(
        _ matrix: Matrix, threads: Int
    ) throws(TangentKernelsError) -> (ascending: [Double], columns: [Double]) {
        let blas: BlasLibrary
        do { blas = try BlasLibrary.loaded() } catch { throw .libraryMissing(reason: error.description) }
        var order = Int32(matrix.rows)
        var columns = matrix.values
        var values = [Double](repeating: 0, count: matrix.rows)
        var (work, integers): ([Double], [Int32]) = ([0], [0])
        var (size, integerSize): (Int32, Int32) = (-1, -1)
        // The first call asks how much memory the second wants.
        for _ in 0..<2 {
            var status: Int32 = 0
            BlasThreads.several(threads, blas) {
                // The lower half of row-major memory is Fortran's upper one.
                blas.dsyevd(
                    "V", "U", &order, &columns, &order, &values, &work, &size, &integers, &integerSize, &status)
            }
            guard status == 0 else { throw .decompositionFailed(routine: "dsyevd", status: Int(status)) }
            if size == -1 {
                (size, integerSize) = (Int32(work[0]), integers[0])
                work = [Double](repeating: 0, count: Int(size))
                integers = [Int32](repeating: 0, count: Int(integerSize))
            }
        }
        return (values, columns)
    }

    /// Qᵀ y: the components of `values` along the eigenvectors.
    public func components(of values: [Double]) -> [Double] { eigenvectors.multiplied(by: values) }

    /// Q c: the values whose components are `components`.
    public func values(of components: [Double]) -> [Double] {
        eigenvectors.multiplied(by: components, transposed: true)
    }
}
