import Core
import Geometry

/// A field from a closure.
struct ClosureField: ScalarField {
    let value: @Sendable (SIMD3<Float>) -> Float

    func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        values.withUnsafeMutableBufferPointer { values in
            points.withUnsafeBufferPointer { points in
                let values = values
                workers.forEachChunk(of: points.count, chunkSize: 1024) { range, _ in
                    for index in range { values[index] = value(points[index]) }
                }
            }
        }
    }
}

/// Families of random fields on which adaptive sampling is compared with exhaustive sampling; `cell` is the side of a
/// cell, so that features are a given number of cells wide.
enum SamplingFields {
    typealias Family = (name: String, make: @Sendable (_ seed: UInt64, _ cell: Float) -> ClosureField)

    static let families: [Family] = [
        ("waves, σ 2", { seed, _ in waves(seed, sigma: 2, offset: 0) }),
        ("waves, σ 5", { seed, _ in waves(seed, sigma: 5, offset: 0) }),
        ("waves, σ 5, small spheres only", { seed, _ in waves(seed, sigma: 5, offset: 3) }),
        ("random network, σ 3", { seed, _ in network(seed, sigma: 3) }),
        ("random network, σ 6", { seed, _ in network(seed, sigma: 6) }),
        ("small balls, distance", { seed, cell in balls(seed, cell) }),
        ("small balls, tanh at 0.05", { seed, cell in compressed(balls(seed, cell), by: 0.05) }),
        ("small balls, tanh at 0.02", { seed, cell in compressed(balls(seed, cell), by: 0.02) }),
        ("small balls, logits with waves", { seed, cell in logits(balls(seed, cell), seed) }),
        ("plate of 0.5 cells, distance", { seed, cell in plate(seed, thickness: 0.5 * cell) }),
        ("plate of 1.5 cells, distance", { seed, cell in plate(seed, thickness: 1.5 * cell) }),
        (
            "plate of 1.5 cells, tanh at 0.02",
            { seed, cell in compressed(plate(seed, thickness: 1.5 * cell), by: 0.02) }
        ),
        ("plate of 1.5 cells, logits", { seed, cell in logits(plate(seed, thickness: 1.5 * cell), seed) }),
        ("rod of 1.5 cells, distance", { seed, cell in rod(seed, radius: 0.75 * cell) }),
        ("rod of 1.5 cells, logits", { seed, cell in logits(rod(seed, radius: 0.75 * cell), seed) }),
    ]

    /// A torus of area 1.6, as large as a scanned shape's surface in the unit cube.
    static let torus = ClosureField { p in
        let q = p - 0.5
        let ring = (q.x * q.x + q.y * q.y).squareRoot() - 0.29
        return (ring * ring + q.z * q.z).squareRoot() - 0.14
    }

    private static func uniform(_ seed: UInt64, _ index: Int) -> SIMD4<Float> {
        RandomStream(seed: seed, stream: 11).uniforms(at: UInt64(index))
    }

    private static func normal(_ seed: UInt64, _ index: Int) -> SIMD4<Float> {
        RandomStream(seed: seed, stream: 12).normals(at: UInt64(index))
    }

    static func waves(_ seed: UInt64, sigma: Float, offset: Float, count: Int = 32) -> ClosureField {
        let scale = (2 / Float(count)).squareRoot()
        let terms = (0..<count).map { index in
            let draw = normal(seed, index)
            return (SIMD3(draw.x, draw.y, draw.z) * sigma, draw.w * scale, uniform(seed, index).x)
        }
        return ClosureField { p in
            terms.reduce(offset) { $0 + $1.1 * sine(($1.0 * p).sum() + $1.2) }
        }
    }

    /// A network with 32 Gaussian Fourier features, two layers of 24 units and random weights.
    static func network(_ seed: UInt64, sigma: Float) -> ClosureField {
        let frequencies = (0..<32).map { index -> SIMD3<Float> in
            let draw = normal(seed, index)
            return SIMD3(draw.x, draw.y, draw.z) * sigma
        }
        let width = 24
        let first = (0..<width * 64).map { normal(seed, 1000 + $0).x * (2 / Float(64)).squareRoot() }
        let second = (0..<width * width).map { normal(seed, 5000 + $0).x * (2 / Float(width)).squareRoot() }
        let last = (0..<width).map { normal(seed, 9000 + $0).x * (1 / Float(width)).squareRoot() }
        return ClosureField { p in
            var features = [Float](repeating: 0, count: 64)
            for (index, frequency) in frequencies.enumerated() {
                let turns = (frequency * p).sum()
                features[2 * index] = sine(turns)
                features[2 * index + 1] = sine(turns + 0.25)
            }
            func layer(_ input: [Float], _ weights: [Float]) -> [Float] {
                (0..<width).map { row in
                    var sum: Float = 0
                    for column in input.indices { sum += weights[row * input.count + column] * input[column] }
                    return max(sum, 0)
                }
            }
            let hidden = layer(layer(features, first), second)
            return zip(hidden, last).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    /// A ball of a tenth of the box and twelve of 0.8 to 3 cells.
    static func balls(_ seed: UInt64, _ cell: Float) -> ClosureField {
        let centers = (0..<12).map { index -> (SIMD3<Float>, Float) in
            let draw = uniform(seed, index)
            return (SIMD3(draw.x, draw.y, draw.z) * 0.8 + 0.1, (0.8 + 2.2 * draw.w) * cell)
        }
        return ClosureField { p in
            centers.reduce(length(p - 0.5) - 0.1) { min($0, length(p - $1.0) - $1.1) }
        }
    }

    static func plate(_ seed: UInt64, thickness: Float) -> ClosureField {
        let draw = normal(seed, 0)
        let aligned = seed % 3 == 0 ? SIMD3<Float>(0, 0, 1) : SIMD3(draw.x, draw.y, draw.z)
        let direction = aligned / length(aligned)
        let offset = 0.1 * draw.w
        return ClosureField { p in
            let q = p - 0.5
            return max(abs((q * direction).sum() - offset) - 0.5 * thickness, length(q) - 0.4)
        }
    }

    static func rod(_ seed: UInt64, radius: Float) -> ClosureField {
        let draw = normal(seed, 0)
        let axis = seed % 3 == 0 ? SIMD3<Float>(0, 1, 0) : SIMD3(draw.x, draw.y, draw.z)
        let direction = axis / length(axis)
        let offset = uniform(seed, 1)
        let center = SIMD3(offset.x, offset.y, offset.z) * 0.3 + 0.35
        return ClosureField { p in
            let q = p - center
            let along = min(max((q * direction).sum(), -0.3), 0.3)
            return length(q - direction * along) - radius
        }
    }

    /// What a network trained on compressed distances gives: d / √(1 + (d/τ)²), which has tanh's shape.
    static func compressed(_ field: ClosureField, by range: Float) -> ClosureField {
        ClosureField { p in
            let ratio = field.value(p) / range
            return ratio / (1 + ratio * ratio).squareRoot()
        }
    }

    /// What a network trained on occupancy gives: saturated, uneven away from the surface.
    static func logits(_ field: ClosureField, _ seed: UInt64) -> ClosureField {
        let noise = waves(seed, sigma: 4, offset: 0, count: 16)
        return ClosureField { p in
            let ratio = field.value(p) / 0.015
            return 10 * ratio / (1 + ratio * ratio).squareRoot() + noise.value(p)
        }
    }

    static func length(_ v: SIMD3<Float>) -> Float { (v * v).sum().squareRoot() }

    private static func sine(_ turns: Float) -> Float {
        let x = (turns - turns.rounded()) * 2
        let y = x * (1 - abs(x)) * 4
        return 0.775 * y + 0.225 * y * abs(y)
    }
}
