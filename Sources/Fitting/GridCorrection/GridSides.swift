import Core
import Geometry
import NeuralFields

/// Brings corners back to their side of the surface.
///
/// Least squares look at points near the surface, and may move the value at a corner that is well away from it past zero: a speck or a flap of surface would
/// hang there. At every corner of a level's cells, with a coefficient or without, the value's sign is compared with the distance's; where it differs and
/// the corner is further from the surface than a part of a cell, the coefficient makes the value the distance.
struct GridSides {
    let workers: Workers
    /// The signed distance at points, `(n)` in the lattices' frame.
    let distances: ([SIMD3<Float>]) -> [Float]

    /// In cells: nearer to the surface a corner's side is what the fit is about.
    private static let certainSide: Float = 0.1

    /// - Parameters:
    ///   - levels: of the grid beside the base, from coarse to fine.
    ///   - cells: for each level the cells of the one before that it cuts: all corners of their halves are looked at. Of the first level none is
    ///     needed: its other corners have the base's sign, which is right there.
    ///   - known: the distances at the first level's corners.
    func restore(
        _ levels: inout [SparseGrid.Level], base: SparseGrid, cutCells cells: [[SIMD3<Int>]], ofFirst known: [Float]
    ) {
        for index in levels.indices {
            let lattice = levels[index].lattice
            var builder = CornerSetBuilder(levels[index].corners)
            for cell in cells[index] {
                for corner in 0..<27 {
                    builder.insert(2 * cell.x + corner % 3, 2 * cell.y + corner / 3 % 3, 2 * cell.z + corner / 9)
                }
            }
            let candidates = builder.build()
            var points: [SIMD3<Float>] = []
            points.reserveCapacity(candidates.count)
            candidates.forEach { _, corner in points.append(lattice.position(of: corner)) }
            let right = index == 0 ? known : distances(points)
            let values = SparseGrid(levels: base.levels + levels).values(at: points, workers: workers)
            let limit = Self.certainSide * lattice.spacing.min()
            let own = levels[index]
            var kept = CornerSetBuilder(counts: lattice.cornerCounts)
            var coefficients: [Float] = []
            candidates.forEach { number, corner in
                let known = own.corners.number(of: corner.x, corner.y, corner.z)
                let isWrong = abs(right[number]) > limit && (right[number] < 0) != (values[number] < 0)
                guard known >= 0 || isWrong else { return }
                kept.insert(corner.x, corner.y, corner.z)
                let coefficient = known >= 0 ? own.coefficients[known] : 0
                coefficients.append(isWrong ? coefficient + right[number] - values[number] : coefficient)
            }
            levels[index] = .init(lattice: lattice, corners: kept.build(), coefficients: coefficients)
        }
    }
}
