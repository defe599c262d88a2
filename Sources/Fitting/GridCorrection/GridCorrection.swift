import Core
import Geometry
import Interchange
import NeuralFields

/// A solved grid as the whole field of a shape: distances on a coarse lattice, and trilinear coefficients on top of them at the corners of the
/// cells that the surface crosses.
///
/// Values are signed distances in unit-cube lengths: near the surface to what the fit leaves, elsewhere to what linear interpolation between the
/// coarse lattice's exact distances is wrong by. That lattice ends a cell beyond the shape. There the field goes over, within
/// ``blendLength``, into one more lattice of exact distances, wide enough for twice the shape's box.
public struct GridCorrection: Correction {
    public let grid: SparseGrid
    /// How each level is stored; coefficients are multiples of its steps.
    public let storage: [SparseGrid.Storage]
    /// Distances around the grid; nil in files of earlier versions.
    public let surroundings: BaseLattice?
    /// The box within which values are the grid's own.
    public let lower: SIMD3<Float>
    public let upper: SIMD3<Float>

    /// Fine cells of ``surroundings`` along the shape's longest side. Beyond 0.2 of the unit cube's side from the bunny the field was wrong by 0.0022 in
    /// the mean and 0.023 at most, without surroundings by 0.109 and 0.344.
    static let surroundingCells = 12
    /// How far beyond the grid its value still counts, in unit-cube lengths: about two cells of its coarse lattice.
    public static let blendLength: Float = 0.1

    /// - Precondition: a valid storage for each level, that reaches its largest coefficient.
    public init(_ grid: SparseGrid, storage: [SparseGrid.Storage], surroundings: BaseLattice? = nil) {
        self.grid = grid.rounded(to: storage)
        self.storage = storage
        self.surroundings = surroundings
        let lattice = grid.levels[0].lattice
        // So little within the lattice that rounding does not lead out of it.
        let margin = 1e-4 * grid.finest.spacing
        lower = lattice.origin + margin
        upper = lattice.upperCorner - margin
    }

    public var parameterCount: Int { grid.coefficientCount }

    /// Bytes of the coefficients and of where they are, as a file holds them.
    public var byteCount: Int {
        zip(grid.levels, storage).reduce(2 * (surroundings?.samples.count ?? 0)) { sum, level in
            sum + level.0.corners.count * level.1.bits / 8 + level.0.corners.blocks.count * (64 + 6)
        }
    }

    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        guard let split = Beyond(points, lower, upper) else {
            return grid.evaluate(points, into: &values, workers: workers)
        }
        grid.evaluate(split.nearest.span, into: &values, workers: workers)
        guard let surroundings else {
            for (index, offset) in zip(split.indices, split.offsets) {
                values[index] = (values[index] * values[index] + dot(offset, offset)).squareRoot()
            }
            return
        }
        let outer = surroundings.values(at: split.pairs(points), workers: workers)
        for (slot, index) in split.indices.enumerated() {
            let distance = length(split.offsets[slot])
            let inner = values[index]
            let blended = outer[2 * slot] + (inner - outer[2 * slot + 1]) * max(1 - distance / Self.blendLength, 0)
            values[index] = max(blended, (inner * inner + distance * distance).squareRoot())
        }
    }

    public func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        guard let split = Beyond(points, lower, upper) else {
            return grid.evaluate(points, into: &values, gradients: &gradients, workers: workers)
        }
        grid.evaluate(split.nearest.span, into: &values, gradients: &gradients, workers: workers)
        let pairs = surroundings == nil ? [] : split.pairs(points)
        var outer = [Float](repeating: 0, count: pairs.count)
        var slopes = [SIMD3<Float>](repeating: .zero, count: pairs.count)
        var outerSpan = outer.mutableSpan
        var slopeSpan = slopes.mutableSpan
        surroundings?.evaluate(pairs.span, into: &outerSpan, gradients: &slopeSpan, workers: workers)
        for (slot, index) in split.indices.enumerated() {
            let offset = split.offsets[slot]
            let distance = length(offset)
            let inner = values[index]
            // What moves the nearest point too: only along the sides that the point is not beyond.
            let innerSlope = gradients[index].replacing(with: 0, where: offset .!= 0)
            let least = (inner * inner + distance * distance).squareRoot()
            values[index] = least
            gradients[index] = least > 0 ? (inner * innerSlope + offset) / least : offset
            guard surroundings != nil else { continue }
            let part = max(1 - distance / Self.blendLength, 0)
            let difference = inner - outer[2 * slot + 1]
            let blended = outer[2 * slot] + difference * part
            if blended <= least { continue }
            values[index] = blended
            gradients[index] = slopes[2 * slot]
            if part > 0 {
                let outerSlope = slopes[2 * slot + 1].replacing(with: 0, where: offset .!= 0)
                gradients[index] += part * (innerSlope - outerSlope)
                gradients[index] -= difference / (Self.blendLength * max(distance, 1e-20)) * offset
            }
        }
    }

    /// The points of a batch that lie beyond a box.
    private struct Beyond {
        /// `(n)`: of every point the nearest of the box.
        var nearest: [SIMD3<Float>]
        /// `(m)`: which points lie beyond, and from the nearest to them.
        var indices: [Int] = []
        var offsets: [SIMD3<Float>] = []

        /// Nil where all points are within the box.
        init?(_ points: Span<SIMD3<Float>>, _ lower: SIMD3<Float>, _ upper: SIMD3<Float>) {
            var isBeyond = false
            for index in points.indices where any(points[index] .< lower) || any(points[index] .> upper) {
                isBeyond = true
                break
            }
            guard isBeyond else { return nil }
            nearest = points.indices.map { points[$0].clamped(lowerBound: lower, upperBound: upper) }
            for index in points.indices where points[index] != nearest[index] {
                indices.append(index)
                offsets.append(points[index] - nearest[index])
            }
        }

        /// `(2 m)`: each point beyond and the nearest to it.
        func pairs(_ points: Span<SIMD3<Float>>) -> [SIMD3<Float>] {
            indices.flatMap { [points[$0], nearest[$0]] }
        }
    }

    public func contents(metadata: [String: String]) -> SafetensorsFile {
        ModelFile.contents(grid, storage: storage, metadata: metadata)
    }
}
