import Core
import NeuralFields

/// The tangent kernel of a network that reads encoded coordinates: K(v₁, v₂) = Θ(γ(v₁)ᵀγ(v₂)).
///
/// γ(v) has the same norm everywhere, so K inherits that γ's kernel depends on v₁ − v₂ alone; with the encoding 2v − 1 it
/// does not.
public struct CoordinateKernel: Sendable {
    public let encoding: any Encoding
    public let network: NeuralTangentKernel

    /// - Precondition: an encoding without parameters of its own, whose part of the kernel this does not have.
    public init(encoding: any Encoding, network: NeuralTangentKernel) {
        precondition(encoding.parameterCount == 0, "an encoding without parameters")
        self.encoding = encoding
        self.network = network
    }

    /// K over all pairs of points, `(n, n)`, symmetric.
    ///
    /// - Parameters:
    ///   - points: `(n, inputDimension)` row-major.
    ///   - workers: the threads to use.
    /// - Complexity: O(n² (features + depth)); 16 n² bytes at most.
    public func matrix(_ points: [Float], workers: Workers) -> Matrix {
        let features = PreciseFeatures(encoding, points: points, workers: workers).matrix
        var products = normalizedProducts(features, features, workers: workers)
        let squares = products.diagonal
        network.apply(
            to: &products, rowSquares: squares, columnSquares: squares, isSymmetric: true, workers: workers)
        return products
    }

    /// K between two lists of points, `(rows, columns)`.
    ///
    /// - Parameters:
    ///   - rows: `(r, inputDimension)` row-major.
    ///   - columns: `(c, inputDimension)` row-major.
    ///   - workers: the threads to use.
    public func matrix(_ rows: [Float], _ columns: [Float], workers: Workers) -> Matrix {
        let rowFeatures = PreciseFeatures(encoding, points: rows, workers: workers).matrix
        let columnFeatures = PreciseFeatures(encoding, points: columns, workers: workers).matrix
        var products = normalizedProducts(rowFeatures, columnFeatures, workers: workers)
        network.apply(
            to: &products, rowSquares: normalizedSquares(rowFeatures), columnSquares: normalizedSquares(columnFeatures),
            isSymmetric: false, workers: workers)
        return products
    }

    /// K(v, v + distance · direction) / K(v, v) for each distance, with v the middle of the unit cube.
    public func profile(distances: [Double], direction: [Float]) -> [Double] {
        let dimension = encoding.inputDimension
        let centre = [Float](repeating: 0.5, count: dimension)
        let others = distances.flatMap { distance in
            (0..<dimension).map { centre[$0] + Float(distance) * direction[$0] }
        }
        let atCentre = matrix(centre, workers: .single)[0, 0]
        return matrix(centre, others, workers: .single).values.map { $0 / atCentre }
    }

    /// What K(v, v + Δ) / K(v, v) is where the features of the two points are orthogonal: what it tends to as Δ grows.
    var uncorrelatedValue: Double {
        let centre = [Float](repeating: 0.5, count: encoding.inputDimension)
        let square = normalizedSquares(PreciseFeatures(encoding, points: centre, workers: .single).matrix)[0]
        let far = network.values(product: 0, first: square, second: square).tangent
        return far / network.values(product: square, first: square, second: square).tangent
    }

    private func normalizedProducts(_ first: Matrix, _ second: Matrix, workers: Workers) -> Matrix {
        var products = first.multiplied(by: second, transposingOther: true, workers: workers)
        let scale = 1 / Double(first.columns)
        for index in products.values.indices { products.values[index] *= scale }
        return products
    }

    private func normalizedSquares(_ features: Matrix) -> [Double] {
        let width = features.columns
        return (0..<features.rows).map { row in
            (0..<width).reduce(0.0) { $0 + features.values[row * width + $1] * features.values[row * width + $1] }
                / Double(width)
        }
    }
}
