import Core

/// Shapes given by formulas: the truth that meshes, queries and fits are tested against.
///
/// Every shape is negative inside and zero exactly on its surface. How its value relates to the distance is said at each
/// case; all are continuous. Lengths are in the shape's own units.
public indirect enum AnalyticShape: Sendable {
    /// The exact signed distance.
    case sphere(center: SIMD3<Float>, radius: Float)
    /// The exact signed distance. Axis-aligned; `halfExtent` is half of each side.
    case box(center: SIMD3<Float>, halfExtent: SIMD3<Float>)
    /// The exact signed distance. The axis is z; `majorRadius` is the core circle's.
    case torus(center: SIMD3<Float>, majorRadius: Float, minorRadius: Float)
    /// The exact signed distance. Round, along coordinate `axis` (0, 1 or 2).
    case cylinder(center: SIMD3<Float>, axis: Int, radius: Float, halfLength: Float)
    /// The signed distance to within 1e-5 of the knot's size, where the tube is thin enough not to touch itself.
    case torusKnot(TorusKnot)
    /// sin x cos y + sin y cos z + sin z cos x < 0, x = 2π · point / period. **Not** a distance: the formula's value, scaled
    /// such that it changes by no more than the distance does.
    case gyroid(period: Float)
    /// The least value: the exact distance outside when all are; inside, its magnitude is too small near where parts meet.
    case union([AnalyticShape])
    /// The largest value: exact inside when all are; outside, too small near where parts meet.
    case intersection([AnalyticShape])
    /// `shape` without `removed`: no larger than the distance.
    case difference(AnalyticShape, removed: AnalyticShape)

    /// The value at `point`, negative inside; NaN where a coordinate is not finite.
    public func value(at point: SIMD3<Float>) -> Float {
        guard point.x.isFinite, point.y.isFinite, point.z.isFinite else { return .nan }
        switch self {
        case .sphere(let center, let radius):
            return length(point - center) - radius
        case .box(let center, let halfExtent):
            let outside = abs(point - center) - halfExtent
            return length(pointwiseMax(outside, .zero)) + min(outside.max(), 0)
        case .torus(let center, let majorRadius, let minorRadius):
            let offset = point - center
            let fromCore = (offset.x * offset.x + offset.y * offset.y).squareRoot() - majorRadius
            return (fromCore * fromCore + offset.z * offset.z).squareRoot() - minorRadius
        case .cylinder(let center, let axis, let radius, let halfLength):
            var offset = point - center
            let along = offset[axis].magnitude - halfLength
            offset[axis] = 0
            let across = length(offset) - radius
            let outside = SIMD2(max(along, 0), max(across, 0))
            return (outside * outside).sum().squareRoot() + min(max(along, across), 0)
        case .torusKnot(let knot):
            return knot.value(at: point)
        case .gyroid(let period):
            return gyroidValue(at: point, period: period)
        case .union(let shapes):
            return shapes.reduce(.infinity) { min($0, $1.value(at: point)) }
        case .intersection(let shapes):
            return shapes.reduce(-.infinity) { max($0, $1.value(at: point)) }
        case .difference(let shape, let removed):
            return max(shape.value(at: point), -removed.value(at: point))
        }
    }
}

extension AnalyticShape: ScalarField {
    /// - Complexity: O(n) times the shape's own cost.
    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        precondition(points.count == values.count, "a value for each point")
        points.withUnsafeBufferPointer { points in
            values.withUnsafeMutableBufferPointer { values in
                // Each task writes values of its own.
                nonisolated(unsafe) let values = values
                workers.forEachChunk(of: points.count, chunkSize: 1024) { range, _ in
                    for index in range { values[index] = value(at: points[index]) }
                }
            }
        }
    }
}

extension AnalyticShape {
    /// A cube of a gyroid's solid: one and a half periods a side, many handles, flat cut faces.
    public static let gyroidBlock = AnalyticShape.intersection([
        .gyroid(period: 1), .box(center: .zero, halfExtent: SIMD3(repeating: 0.75)),
    ])

    /// An angle bracket: two plates at a right angle, two holes through each. Sharp edges, genus 4.
    public static let bracket = AnalyticShape.difference(
        .union([
            .box(center: SIMD3(1, 0, 0.125), halfExtent: SIMD3(1, 0.75, 0.125)),
            .box(center: SIMD3(0.125, 0, 0.75), halfExtent: SIMD3(0.125, 0.75, 0.75)),
        ]),
        removed: .union([
            .cylinder(center: SIMD3(0.75, -0.375, 0.125), axis: 2, radius: 0.2, halfLength: 0.5),
            .cylinder(center: SIMD3(1.5, 0.25, 0.125), axis: 2, radius: 0.3, halfLength: 0.5),
            .cylinder(center: SIMD3(0.125, -0.375, 0.9), axis: 0, radius: 0.2, halfLength: 0.5),
            .cylinder(center: SIMD3(0.125, 0.375, 0.9), axis: 0, radius: 0.2, halfLength: 0.5),
        ]))
}

private func gyroidValue(at point: SIMD3<Float>, period: Float) -> Float {
    let turns = SIMD3<Double>(point) / Double(period)
    let x = sineAndCosine(of: turns.x)
    let y = sineAndCosine(of: turns.y)
    let z = sineAndCosine(of: turns.z)
    let value = x.sine * y.cosine + y.sine * z.cosine + z.sine * x.cosine
    // Each partial derivative is within ±√2, so the gradient within √6 · 2π / period.
    return Float(value * Double(period) / (6.283_185_307_179_586 * 2.449_489_742_783_178))
}

/// Sine and cosine of 2π · turns, the same on every machine.
func sineAndCosine(of turns: Double) -> (sine: Double, cosine: Double) {
    sineAndCosine(ofTurns: turns - turns.rounded(.down))
}
