import Core
import Geometry
import Interchange
import NeuralFields

/// A solved grid as the whole field of a shape: distances on a coarse lattice, and trilinear coefficients on top of them at the corners of the
/// cells that the surface crosses.
///
/// Values are signed distances in unit-cube lengths: near the surface to what the fit leaves, elsewhere to what linear interpolation between the
/// coarse lattice's exact distances is wrong by. Beyond the lattice, δ from its nearest point, which has the value v, the value is
/// √(v² + δ²), below which no distance to a shape within the lattice can be.
public struct GridCorrection: Correction {
    public let grid: SparseGrid
    /// How each level is stored; coefficients are multiples of its steps.
    public let storage: [SparseGrid.Storage]
    /// The box within which values are the grid's own.
    public let lower: SIMD3<Float>
    public let upper: SIMD3<Float>

    /// - Precondition: a valid storage for each level, that reaches its largest coefficient.
    public init(_ grid: SparseGrid, storage: [SparseGrid.Storage]) {
        self.grid = grid.rounded(to: storage)
        self.storage = storage
        let lattice = grid.levels[0].lattice
        // So little within the lattice that rounding does not lead out of it.
        let margin = 1e-4 * grid.finest.spacing
        lower = lattice.origin + margin
        upper = lattice.upperCorner - margin
    }

    public var parameterCount: Int { grid.coefficientCount }

    /// Bytes of the coefficients and of where they are, as a file holds them.
    public var byteCount: Int {
        zip(grid.levels, storage).reduce(0) { sum, level in
            sum + level.0.corners.count * level.1.bits / 8 + level.0.corners.blocks.count * (64 + 6)
        }
    }

    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        guard let moved = moved(points) else { return grid.evaluate(points, into: &values, workers: workers) }
        grid.evaluate(moved.span, into: &values, workers: workers)
        for index in points.indices where points[index] != moved[index] {
            let beyond = points[index] - moved[index]
            values[index] = (values[index] * values[index] + dot(beyond, beyond)).squareRoot()
        }
    }

    public func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        guard let moved = moved(points) else {
            return grid.evaluate(points, into: &values, gradients: &gradients, workers: workers)
        }
        grid.evaluate(moved.span, into: &values, gradients: &gradients, workers: workers)
        for index in points.indices where points[index] != moved[index] {
            let beyond = points[index] - moved[index]
            let inner = values[index]
            values[index] = (inner * inner + dot(beyond, beyond)).squareRoot()
            // What moves the nearest point of the lattice too: only along the sides that the point is not beyond.
            let along = gradients[index].replacing(with: 0, where: beyond .!= 0)
            gradients[index] = values[index] > 0 ? (inner * along + beyond) / values[index] : beyond
        }
    }

    /// The points of the lattice that are nearest; nil where all are within it.
    private func moved(_ points: Span<SIMD3<Float>>) -> [SIMD3<Float>]? {
        var isOutside = false
        for index in points.indices {
            let point = points[index]
            if any(point .< lower) || any(point .> upper) {
                isOutside = true
                break
            }
        }
        guard isOutside else { return nil }
        return points.indices.map { points[$0].clamped(lowerBound: lower, upperBound: upper) }
    }

    public func contents(metadata: [String: String]) -> SafetensorsFile {
        ModelFile.contents(grid, storage: storage, metadata: metadata)
    }
}
