import Core
import NeuralFields

/// K = Q Λ Qᵀ of a symmetric matrix: LAPACK's divide and conquer (Cuppen 1981; `dsytrd`, `dstedc`, `dormtr`: the three
/// parts of `dsyevd`, called one by one so that progress can be told between them).
public struct Eigendecomposition: Sendable, Equatable {
    /// The parts, in order; each takes about a third of the time.
    public enum Stage: Int, Sendable, CaseIterable {
        case reducing, solving, transformingBack
    }

    /// λ, descending, `(n)`.
    public let eigenvalues: [Double]
    /// Qᵀ: row i is the eigenvector of `eigenvalues[i]`, of unit length, `(n, n)`. Its first coordinate that is not tiny
    /// is positive, so that the same matrix gives the same signs.
    public let eigenvectors: Matrix

    public var count: Int { eigenvalues.count }

    /// Bytes an entry of K, for ``MemoryLimit/check(count:bytesPerPair:availableBytes:)``: K, its reduced form, the
    /// eigenvectors and workspace.
    public static let bytesPerPair = 40

    /// - Parameters:
    ///   - matrix: `(n, n)` symmetric; the lower half is read.
    ///   - workers: their number is that of LAPACK's threads. Bits may depend on it.
    ///   - progress: told which stage begins.
    /// - Complexity: about 4 n³ operations; 40 n² bytes.
    /// - Throws: ``TangentKernelsError/decompositionFailed(routine:status:)``, and
    ///   ``TangentKernelsError/tooManyPoints(count:neededBytes:availableBytes:fittingCount:)``.
    public init(
        _ matrix: Matrix, workers: Workers, progress: (Stage) -> Void = { _ in }
    ) throws(TangentKernelsError) {
        precondition(matrix.rows == matrix.columns, "a square matrix")
        let n = matrix.rows
        guard n > 0 else {
            eigenvalues = []
            eigenvectors = matrix
            return
        }
        try MemoryLimit.check(count: n, bytesPerPair: Self.bytesPerPair)
        var parts = try Parts(matrix)
        // The caller is told outside the lock, so that it may call the library.
        progress(.reducing)
        try BlasThreads.several(workers.count, parts.blas) { () throws(TangentKernelsError) in try parts.reduce() }
        progress(.solving)
        try BlasThreads.several(workers.count, parts.blas) { () throws(TangentKernelsError) in try parts.solve() }
        progress(.transformingBack)
        try BlasThreads.several(workers.count, parts.blas) { () throws(TangentKernelsError) in try parts.transformBack()
        }
        eigenvalues = parts.diagonal.reversed()
        // LAPACK's column j, eigenvalues ascending, is row j of row-major memory.
        var vectors = Matrix(rows: n, columns: n)
        for row in 0..<n {
            let source = (n - 1 - row) * n
            let first = (0..<n).first { abs(parts.vectors[source + $0]) > 1e-6 } ?? 0
            let sign: Double = parts.vectors[source + first] < 0 ? -1 : 1
            for column in 0..<n { vectors.values[row * n + column] = sign * parts.vectors[source + column] }
        }
        eigenvectors = vectors
    }

    /// Qᵀ y: the components of `values` along the eigenvectors.
    public func components(of values: [Double]) -> [Double] { eigenvectors.multiplied(by: values) }

    /// Q c: the values whose components are `components`.
    public func values(of components: [Double]) -> [Double] {
        eigenvectors.multiplied(by: components, transposed: true)
    }
}

/// The three parts of `dsyevd` and what they hand on.
private struct Parts {
    let blas: BlasLibrary
    private var order: Int32
    /// K, then the reflections that made it tridiagonal.
    private var matrix: [Double]
    private var tau: [Double]
    private var offDiagonal: [Double]
    var diagonal: [Double]
    var vectors: [Double] = []

    init(_ matrix: Matrix) throws(TangentKernelsError) {
        do {
            blas = try BlasLibrary.loaded()
        } catch {
            throw .libraryMissing(reason: error.description)
        }
        order = Int32(matrix.rows)
        self.matrix = matrix.values
        tau = [Double](repeating: 0, count: matrix.rows)
        offDiagonal = tau
        diagonal = tau
    }

    mutating func reduce() throws(TangentKernelsError) {
        try Self.withWorkspace("dsytrd") { work, size, status in
            // The lower half of row-major memory is Fortran's upper one.
            blas.dsytrd("U", &order, &matrix, &order, &diagonal, &offDiagonal, &tau, work, &size, &status)
        }
    }

    mutating func solve() throws(TangentKernelsError) {
        let n = Int(order)
        vectors = [Double](repeating: 0, count: n * n)
        var integerSize = Int32(3 + 5 * n)
        var integers = [Int32](repeating: 0, count: 3 + 5 * n)
        try Self.withWorkspace("dstedc") { work, size, status in
            blas.dstedc(
                "I", &order, &diagonal, &offDiagonal, &vectors, &order, work, &size, &integers, &integerSize, &status)
        }
    }

    mutating func transformBack() throws(TangentKernelsError) {
        try Self.withWorkspace("dormtr") { work, size, status in
            blas.dormtr("L", "U", "N", &order, &order, &matrix, &order, &tau, &vectors, &order, work, &size, &status)
        }
        matrix = []
    }

    /// Asks a routine how much memory it wants, then runs it.
    private static func withWorkspace(
        _ routine: String, _ body: (UnsafeMutablePointer<Double>, inout Int32, inout Int32) -> Void
    ) throws(TangentKernelsError) {
        var work = [0.0]
        var size: Int32 = -1
        for _ in 0..<2 {
            var status: Int32 = 0
            work.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress { body(base, &size, &status) }
            }
            guard status == 0 else { throw .decompositionFailed(routine: routine, status: Int(status)) }
            if size == -1 {
                size = Int32(work[0])
                work = [Double](repeating: 0, count: Int(size))
            }
        }
    }
}
