import CKernels
import Core

/// The mapping γ(v) = [a_j cos(2π b_jᵀv), a_j sin(2π b_jᵀv)] of Tancik et al. (NeurIPS 2020, section 4), with frequencies
/// b_j and amplitudes a_j of any choice.
///
/// A row of features holds all cosines first, then all sines. Its kernel γ(v₁)ᵀγ(v₂) = Σ a_j² cos(2π b_jᵀ(v₁ − v₂))
/// depends on the difference alone.
public struct FourierFeatures: Sendable, Equatable {
    /// Coordinates of a point.
    public let inputDimension: Int
    /// b_j, `(inputDimension, count)` row-major: the first coordinates of all b_j first. Cycles a unit of length.
    public let frequencies: [Float]
    /// a_j, `(count)`.
    public let amplitudes: [Float]

    /// Number of frequencies; a row of features is twice as long.
    public var count: Int { amplitudes.count }

    /// - Precondition: `frequencies.count == inputDimension * amplitudes.count`, at least one of each.
    public init(inputDimension: Int, frequencies: [Float], amplitudes: [Float]) {
        precondition(inputDimension >= 1 && !amplitudes.isEmpty, "at least one coordinate and one frequency")
        precondition(frequencies.count == inputDimension * amplitudes.count, "a coordinate of b_j for each a_j")
        self.inputDimension = inputDimension
        self.frequencies = frequencies
        self.amplitudes = amplitudes
    }

    /// b_j ~ N(0, σ²I), a_j = 1.
    ///
    /// - Parameters:
    ///   - sigma: standard deviation of each coordinate of b_j, in cycles a unit of length.
    ///   - inputDimension: coordinates of a point.
    ///   - count: frequencies.
    ///   - seed: of their draws.
    public static func gaussian(inputDimension: Int, count: Int, sigma: Float, seed: UInt64) -> FourierFeatures {
        let stream = RandomStream(seed: seed, stream: RandomStreamPurpose.frequencies)
        let total = inputDimension * count
        var frequencies: [Float] = []
        frequencies.reserveCapacity(total)
        for index in 0..<(total + 3) / 4 {
            let normals = stream.normals(at: UInt64(index))
            for lane in 0..<4 where frequencies.count < total { frequencies.append(sigma * normals[lane]) }
        }
        return FourierFeatures(
            inputDimension: inputDimension, frequencies: frequencies,
            amplitudes: [Float](repeating: 1, count: count))
    }

    /// The same magnitudes on every axis, a_j = 1: `magnitudes` for the first axis, then the second, ….
    public static func axisAligned(inputDimension: Int, magnitudes: [Float]) -> FourierFeatures {
        let count = inputDimension * magnitudes.count
        var frequencies = [Float](repeating: 0, count: inputDimension * count)
        for axis in 0..<inputDimension {
            for (level, magnitude) in magnitudes.enumerated() {
                frequencies[axis * count + axis * magnitudes.count + level] = magnitude
            }
        }
        return FourierFeatures(
            inputDimension: inputDimension, frequencies: frequencies,
            amplitudes: [Float](repeating: 1, count: count))
    }

    /// The same frequencies with amplitudes divided by ‖a‖, so that every γ(v) has unit norm.
    public func normalized() -> FourierFeatures {
        let norm = amplitudes.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return FourierFeatures(
            inputDimension: inputDimension, frequencies: frequencies, amplitudes: amplitudes.map { $0 / norm })
    }

    /// The same frequencies with a_j multiplied by ‖b_j‖^−p (taking ‖b_j‖ < 1 for 1): power-law amplitudes, which make
    /// large frequencies slower to learn.
    public func withPowerLawAmplitudes(exponent: Float) -> FourierFeatures {
        let scaled = amplitudes.indices.map { j in
            let square = (0..<inputDimension).reduce(Float(0)) { sum, axis in
                let b = frequencies[axis * count + j]
                return sum + b * b
            }
            return amplitudes[j] * Float.exp(-exponent * Float.log(max(square.squareRoot(), 1)))
        }
        return FourierFeatures(inputDimension: inputDimension, frequencies: frequencies, amplitudes: scaled)
    }

    /// h_γ(Δ) = γ(v)ᵀγ(v + Δ) = Σ a_j² cos(2π b_jᵀΔ).
    ///
    /// - Parameter difference: Δ, `(inputDimension)`.
    public func kernel(at difference: [Float]) -> Double {
        precondition(difference.count == inputDimension)
        return (0..<count).reduce(0.0) { sum, j in
            let turns = (0..<inputDimension).reduce(0.0) {
                $0 + Double(frequencies[$1 * count + j]) * Double(difference[$1])
            }
            return sum + Double(amplitudes[j]) * Double(amplitudes[j]) * Double.cos(2 * .pi * turns)
        }
    }
}

// MARK: Encoding

extension FourierFeatures: Encoding {
    public var outputCount: Int { 2 * count }
    public var parameterGroups: [ParameterGroup] { [] }
    public var configuration: EncodingConfiguration? { nil }

    public func encode(_ tile: EncodedTile) {
        frequencies.withUnsafeBufferPointer { frequencies in
            amplitudes.withUnsafeBufferPointer { amplitudes in
                ck_fourier_features(
                    tile.count, inputDimension, count, tile.points, frequencies.baseAddress, amplitudes.baseAddress,
                    tile.features, tile.stride)
            }
        }
    }

    public func pullBack(
        _ tile: EncodedTile, featureGradient: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>?,
        pointGradient: UnsafeMutablePointer<Float>?
    ) {
        guard let pointGradient else { return }
        frequencies.withUnsafeBufferPointer { frequencies in
            ck_fourier_gradient(
                tile.count, inputDimension, count, frequencies.baseAddress, tile.features, featureGradient,
                tile.stride, pointGradient)
        }
    }

    public func describe<Builder: GraphBuilder>(
        _ inputs: Builder.Rows, parameters: ArraySlice<Float>, in builder: inout Builder
    ) -> Builder.Rows {
        // b_j as rows.
        let rows = (0..<count).flatMap { j in (0..<inputDimension).map { frequencies[$0 * count + j] } }
        let turns = builder.linear(inputs, weights: rows, bias: nil, outputs: count, name: "encoding.frequencies")
        let waves = builder.concatenate([
            builder.apply(.cosineOfTurns, to: turns), builder.apply(.sineOfTurns, to: turns),
        ])
        return builder.scale(waves, by: amplitudes + amplitudes, name: "encoding.amplitudes")
    }
}

/// The streams of random numbers that networks draw from one seed.
enum RandomStreamPurpose {
    static let frequencies: UInt64 = 0x6265_7461
    static let weights: UInt64 = 0x7765_6967
    static let batches: UInt64 = 0x6261_7463
    static let encodingParameters: UInt64 = 0x6772_6964
}
