import Core
import Geometry

/// A field from a closure, and its gradient where one is given.
package struct ClosureField: ScalarField {
    package let value: @Sendable (SIMD3<Float>) -> Float

    package init(_ value: @escaping @Sendable (SIMD3<Float>) -> Float) { self.value = value }

    package func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        for index in points.indices { values[index] = value(points[index]) }
    }
}

/// A field with an analytic gradient.
package struct DifferentiableClosureField: DifferentiableField {
    package let value: @Sendable (SIMD3<Float>) -> Float
    package let gradient: @Sendable (SIMD3<Float>) -> SIMD3<Float>

    package init(
        value: @escaping @Sendable (SIMD3<Float>) -> Float, gradient: @escaping @Sendable (SIMD3<Float>) -> SIMD3<Float>
    ) {
        self.value = value
        self.gradient = gradient
    }

    package func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        for index in points.indices { values[index] = value(points[index]) }
    }

    package func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        for index in points.indices {
            values[index] = value(points[index])
            gradients[index] = gradient(points[index])
        }
    }
}
package enum Shapes {
    package static func sphere(center: SIMD3<Float> = SIMD3(repeating: 0.5), radius: Float = 0.35) -> ClosureField {
        ClosureField { length($0 - center) - radius }
    }

    package static func torus(radius: Float = 0.28, tube: Float = 0.11) -> ClosureField {
        ClosureField { p in
            let q = p - 0.5
            let ring = (q.x * q.x + q.y * q.y).squareRoot() - radius
            return (ring * ring + q.z * q.z).squareRoot() - tube
        }
    }

    package static func box(center: SIMD3<Float> = SIMD3(repeating: 0.5), halfExtent: SIMD3<Float>) -> ClosureField {
        ClosureField { p in
            let q = p - center
            let d = SIMD3(abs(q.x), abs(q.y), abs(q.z)) - halfExtent
            return length(pointwiseMax(d, .zero)) + min(d.max(), 0)
        }
    }

    package static func union(_ fields: [ClosureField]) -> ClosureField {
        ClosureField { p in fields.reduce(Float.infinity) { min($0, $1.value(p)) } }
    }

    /// A rotated slab of given thickness inside a ball.
    package static func plate(normal: SIMD3<Float>, thickness: Float, offset: Float = 0) -> ClosureField {
        let n = normal / length(normal)
        return ClosureField { p in
            let q = p - 0.5
            return max(abs((q * n).sum() - offset) - 0.5 * thickness, length(q) - 0.4)
        }
    }

    package static func gyroid(periods: Float) -> ClosureField {
        ClosureField { p in
            let turns = p * periods
            let (sx, cx) = sineAndCosine(turns.x)
            let (sy, cy) = sineAndCosine(turns.y)
            let (sz, cz) = sineAndCosine(turns.z)
            return sx * cy + sy * cz + sz * cx
        }
    }

    /// A sum of random waves, as a network with Fourier features makes: frequencies N(0, σ²) cycles a side.
    package static func randomWaves(seed: UInt64, sigma: Float, count: Int = 32, offset: Float = 0) -> ClosureField {
        let stream = RandomStream(seed: seed, stream: 5)
        let waves = (0..<count).map { index -> (SIMD3<Float>, Float, Float) in
            let normals = stream.normals(at: UInt64(2 * index))
            let more = stream.uniforms(at: UInt64(2 * index + 1))
            return (SIMD3(normals.x, normals.y, normals.z) * sigma, normals.w, more.x)
        }
        return ClosureField { p in
            waves.reduce(offset) { $0 + $1.1 * sineAndCosine(($1.0 * p).sum() + $1.2).0 }
        }
    }

    /// sin 2πt and cos 2πt, to about 1e-4: enough for a shape, and the same everywhere.
    package static func sineAndCosine(_ turns: Float) -> (Float, Float) {
        func sine(_ t: Float) -> Float {
            let x = (t - t.rounded()) * 2
            let y = x * (1 - abs(x)) * 4
            return 0.775 * y + 0.225 * y * abs(y)
        }
        return (sine(turns), sine(turns + 0.25))
    }
}
