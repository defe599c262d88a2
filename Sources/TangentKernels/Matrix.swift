import Core
import NeuralFields

/// A dense matrix in double precision, row-major.
///
/// Kernels are smooth, so their small eigenvalues lie many orders below the largest: single precision would drown them.
public struct Matrix: Sendable, Equatable {
    public let rows: Int
    public let columns: Int
    /// `(rows, columns)` row-major.
    public var values: [Double]

    /// - Precondition: `values.count == rows * columns`.
    public init(rows: Int, columns: Int, values: [Double]) {
        precondition(values.count == rows * columns, "a value for each place")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Zeros.
    public init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, values: [Double](repeating: 0, count: rows * columns))
    }

    public subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    public var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }

    /// This · other.
    public func multiplied(by other: Matrix, transposingOther: Bool = false, workers: Workers) -> Matrix {
        precondition(columns == (transposingOther ? other.columns : other.rows), "inner lengths that agree")
        var product = Matrix(rows: rows, columns: transposingOther ? other.rows : other.columns)
        product.addProduct(of: self, and: other, transposingSecond: transposingOther, workers: workers)
        return product
    }

    /// This · vector, or thisᵀ · vector.
    public func multiplied(by vector: [Double], transposed: Bool = false) -> [Double] {
        precondition(vector.count == (transposed ? rows : columns), "a value for each column")
        var product = [Double](repeating: 0, count: transposed ? columns : rows)
        guard rows > 0, columns > 0 else { return product }
        guard let blas = try? BlasLibrary.loaded() else {
            let column = Matrix(rows: vector.count, columns: 1, values: vector)
            var sums = Matrix(rows: product.count, columns: 1)
            sums.addPlainProduct(of: transposed ? self.transposed : self, and: column)
            return sums.values
        }
        BlasThreads.one(blas) {
            blas.dgemv(
                BlasLibrary.rowMajor, transposed ? BlasLibrary.transposed : BlasLibrary.plain, .init(rows),
                .init(columns), 1, values, .init(columns), vector, 1, 0, &product, 1)
        }
        return product
    }

    /// This += first · second, or first · secondᵀ.
    ///
    /// - Complexity: 2 · rows · columns · inner length operations, shared by the workers in blocks of rows.
    mutating func addProduct(
        of first: Matrix, and second: Matrix, transposingSecond: Bool = false, workers: Workers
    ) {
        let (rows, columns, inner) = (rows, columns, first.columns)
        guard rows > 0, columns > 0, inner > 0 else { return }
        guard let blas = try? BlasLibrary.loaded() else {
            return addPlainProduct(of: first, and: transposingSecond ? second.transposed : second)
        }
        values.withUnsafeMutableBufferPointer { values in
            first.values.withUnsafeBufferPointer { first in
                second.values.withUnsafeBufferPointer { second in
                    guard let c = values.baseAddress, let a = first.baseAddress, let b = second.baseAddress else {
                        return
                    }
                    // A block's bits must not depend on the number of workers: its size does not.
                    workers.forEachChunk(of: rows, chunkSize: 128) { block, _ in
                        BlasThreads.one(blas) {
                            blas.dgemm(
                                BlasLibrary.rowMajor, BlasLibrary.plain,
                                transposingSecond ? BlasLibrary.transposed : BlasLibrary.plain,
                                .init(block.count), .init(columns), .init(inner), 1, a + block.lowerBound * inner,
                                .init(inner), b, .init(transposingSecond ? inner : columns), 1,
                                c + block.lowerBound * columns, .init(columns))
                        }
                    }
                }
            }
        }
    }

    /// This += first · second by plain loops, for machines without the library: right, and a hundred times slower.
    package mutating func addPlainProduct(of first: Matrix, and second: Matrix) {
        for row in 0..<rows {
            for inner in 0..<first.columns {
                let factor = first[row, inner]
                for column in 0..<columns { self[row, column] += factor * second[inner, column] }
            }
        }
    }

    var transposed: Matrix {
        var result = Matrix(rows: columns, columns: rows)
        for row in 0..<rows {
            for column in 0..<columns { result[column, row] = self[row, column] }
        }
        return result
    }
}
