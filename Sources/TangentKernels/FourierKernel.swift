import Core
import NeuralFields

/// h_γ(Δ) = Σ a_j² cos(2π b_jᵀΔ): the kernel γ(v₁)ᵀγ(v₂) of a Fourier feature mapping, which depends on Δ = v₁ − v₂
/// alone (Tancik et al., NeurIPS 2020, section 4).
///
/// Points are in the frame of the encoding, frequencies in cycles a unit of length.
public struct FourierKernel: Sendable, Equatable {
    public let features: FourierFeatures

    public init(_ features: FourierFeatures) {
        self.features = features
    }

    /// The kernel of `encoding`; nil for others than Fourier features, whose kernels are not stationary.
    public init?(_ encoding: any Encoding) {
        guard let fourier = encoding as? FourierFeatures else { return nil }
        features = fourier
    }

    /// h_γ(0) = ‖a‖².
    public var variance: Double {
        features.amplitudes.reduce(0) { $0 + Double($1) * Double($1) }
    }

    /// h_γ(Δ).
    ///
    /// - Parameter difference: Δ, `(inputDimension)`.
    /// - Complexity: O(frequencies · inputDimension).
    public func value(at difference: [Float]) -> Double { features.kernel(at: difference) }

    /// h_γ along a direction: entry i is h_γ(distances[i] · direction).
    public func profile(distances: [Double], direction: [Float]) -> [Double] {
        distances.map { distance in value(at: direction.map { $0 * Float(distance) }) }
    }

    /// What the limit of many Gaussian frequencies tends to, a unit of variance: E cos(2πbᵀΔ) = exp(−2π²σ²‖Δ‖²).
    public static func gaussianLimit(sigma: Double, distance: Double) -> Double {
        exp(-2 * .pi * .pi * sigma * sigma * distance * distance)
    }

    /// How far the mapping that networks compute is from stationary: the largest
    /// |γ(v₁)ᵀγ(v₂) − h_γ(v₁ − v₂)| / h_γ(0) over the pairs of points given. Rounding alone is below 1e-5.
    ///
    /// - Parameter points: `(n, inputDimension)` row-major, in [0, 1].
    /// - Complexity: O(n² · frequencies · inputDimension).
    public func stationarityDefect(at points: [Float]) -> Double {
        let dimension = features.inputDimension
        let count = points.count / dimension
        let rows = features.features(of: points)
        let width = 2 * features.count
        var worst = 0.0
        for i in 0..<count {
            for j in 0...i {
                let product = (0..<width).reduce(0.0) {
                    $0 + Double(rows[i * width + $1]) * Double(rows[j * width + $1])
                }
                let difference = (0..<dimension).map { points[i * dimension + $0] - points[j * dimension + $0] }
                worst = max(worst, abs(product - value(at: difference)))
            }
        }
        return worst / variance
    }
}

/// The features of points in double precision, whose products kernels are made of: what the encoding's own description says.
struct PreciseFeatures {
    /// `(n, outputCount)`.
    let matrix: Matrix

    /// - Parameters:
    ///   - encoding: without parameters.
    ///   - points: `(n, inputDimension)` row-major.
    init(_ encoding: any Encoding, points: [Float], workers: Workers) {
        let dimension = encoding.inputDimension
        let count = points.count / dimension
        precondition(points.count == count * dimension, "whole points")
        var matrix = Matrix(rows: count, columns: encoding.outputCount)
        let width = matrix.columns
        matrix.values.withUnsafeMutableBufferPointer { values in
            let values = values
            workers.forEachChunk(of: count, chunkSize: 64) { rows, _ in
                let block = points[(rows.lowerBound * dimension)..<(rows.upperBound * dimension)].map(Double.init)
                var evaluator = GraphEvaluator()
                let features = encoding.describe(
                    GraphEvaluator.Rows(count: rows.count, columns: dimension, values: block), parameters: [],
                    in: &evaluator)
                for (index, value) in features.values.enumerated() { values[rows.lowerBound * width + index] = value }
            }
        }
        self.matrix = matrix
    }
}
