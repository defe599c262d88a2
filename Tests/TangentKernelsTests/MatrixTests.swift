import Core
import NeuralFields
import TangentKernels
import Testing

@Suite struct MatrixTests {
    /// The loops that stand in for the library give its products.
    @Test func plainProductsAreTheLibrarys() {
        let stream = RandomStream(seed: 4, stream: 4)
        func matrix(_ rows: Int, _ columns: Int, _ start: Int) -> Matrix {
            Matrix(
                rows: rows, columns: columns,
                values: (0..<rows * columns).map { Double(stream.normals(at: UInt64(start + $0)).x) })
        }
        let (a, b) = (matrix(7, 150, 0), matrix(150, 5, 5000))
        let product = a.multiplied(by: b, workers: .single)
        var plain = Matrix(rows: 7, columns: 5)
        plain.addPlainProduct(of: a, and: b)
        #expect(product.relativeDistance(to: plain) < 1e-14)
    }
}

@Suite struct BlasLibraryTests {
    /// No thread is started before somebody asks for several.
    @Test func theLibraryLoads() throws { _ = try BlasLibrary.loaded() }
}
