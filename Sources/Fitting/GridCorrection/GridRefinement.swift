import Core
import Geometry
import NeuralFields

/// The levels of a grid while it is being fitted, and the cells in which it has rows.
struct GridRefinement {
    private(set) var levels: [SparseGrid.Level]
    /// The finest cells that triangles touch: none is a part of another.
    private(set) var elements: [GridElement]
    /// For each level the cells of the one before that it cuts.
    private(set) var cutCells: [[SIMD3<Int>]] = [[]]
    /// The pairs of touched cells and triangles of the finest level.
    private var touched: TriangleCells
    private let coefficients: Int
    private let settings: GridSettings
    private let workers: Workers

    init(
        levels: [SparseGrid.Level], touched: TriangleCells, coefficients: Int, settings: GridSettings, workers: Workers
    ) {
        self.levels = levels
        self.coefficients = coefficients
        self.touched = touched
        self.settings = settings
        self.workers = workers
        elements = Self.elements(of: touched.cells, level: 0, counts: levels[0].lattice.cellCounts)
    }

    private static func elements(of cells: [SIMD3<Int32>], level: Int, counts: SIMD3<Int>) -> [GridElement] {
        var seen = CornerSetBuilder(counts: counts)
        var elements: [GridElement] = []
        for cell in cells {
            let place = SIMD3<Int>(truncatingIfNeeded: cell)
            if seen.contains(place.x, place.y, place.z) { continue }
            seen.insert(place.x, place.y, place.z)
            elements.append(GridElement(level: level, cell: cell))
        }
        return elements
    }

    /// Adds a level: halves of the finest cells with the largest errors, as many as the coefficients that a level may have allow.
    ///
    /// - Parameters:
    ///   - solved: the elements of `solution`, in its order.
    ///   - values: the distance and what the grid has for it at points, `(n)` in the lattices' frame.
    /// - Returns: false where nothing was left to add.
    mutating func refine(
        _ solved: [GridElement], _ solution: GridRegression.Solution,
        values: ([SIMD3<Float>]) -> (distances: [Float], grid: [Float])
    ) -> Bool {
        let level = levels.count - 1
        let lattice = levels[level].lattice
        levels = solution.levels
        var chosen = CornerSetBuilder(counts: lattice.cellCounts)
        var order = solved.indices.filter { solved[$0].level == level && solution.energies[$0] > 0 }
        var left = order.count
        if let limit = settings.errorLimit {
            order.removeAll { solution.energies[$0] <= limit * limit * solution.weights[$0] }
        } else {
            // A cell's halves that the surface meets are about four, with about two coefficients each.
            left = coefficients / settings.levels / 8
            order.sort { (-solution.energies[$0], $0) < (-solution.energies[$1], $1) }
        }
        guard !order.isEmpty, left > 0 else { return false }
        for index in order {
            guard left > 0 else { break }
            left -= 1
            let cell = SIMD3<Int>(truncatingIfNeeded: solved[index].cell)
            chosen.insert(cell.x, cell.y, cell.z)
        }
        let fine = lattice.refined(by: SIMD3(2, 2, 2))
        let refined = touched.refined(workers: workers) {
            chosen.contains(Int($0.x), Int($0.y), Int($0.z))
        }
        let (corners, coefficients) = Self.corners(of: refined, within: chosen.build(), fine, values)
        levels.append(.init(lattice: fine, corners: corners, coefficients: coefficients))
        // Cells that the new coefficients reach into are cut too, beside those that were chosen.
        let cut = Self.reached(by: corners, elements.filter { $0.level == level })
        let halves = touched.refined(workers: workers) { cut.contains(GridElement(level: level, cell: $0)) }
        elements =
            elements.filter { !cut.contains($0) }
            + Self.elements(of: halves.cells, level: level + 1, counts: fine.cellCounts)
        touched = halves
        cutCells.append(cut.map { SIMD3<Int>(truncatingIfNeeded: $0.cell) })
        return true
    }

    /// The corners of touched halves, and those of the other halves at which the grid has the wrong sign; with what is missing there.
    private static func corners(
        of refined: TriangleCells, within cells: CornerSet, _ fine: GridLattice,
        _ values: ([SIMD3<Float>]) -> (distances: [Float], grid: [Float])
    ) -> (CornerSet, [Float]) {
        var builder = CornerSetBuilder(counts: fine.cornerCounts)
        for cell in refined.cells { builder.insertCorners(ofCell: SIMD3<Int>(truncatingIfNeeded: cell)) }
        let touched = builder.build()
        cells.forEach { _, cell in
            for corner in 0..<27 {
                builder.insert(2 * cell.x + corner % 3, 2 * cell.y + corner / 3 % 3, 2 * cell.z + corner / 9)
            }
        }
        let candidates = builder.build()
        var points: [SIMD3<Float>] = []
        points.reserveCapacity(candidates.count)
        candidates.forEach { _, corner in points.append(fine.position(of: corner)) }
        let (distances, grid) = values(points)
        var kept = CornerSetBuilder(counts: fine.cornerCounts)
        var coefficients: [Float] = []
        candidates.forEach { number, corner in
            let isTouched = touched.number(of: corner.x, corner.y, corner.z) >= 0
            guard isTouched || (distances[number] < 0) != (grid[number] < 0) else { return }
            kept.insert(corner.x, corner.y, corner.z)
            coefficients.append(distances[number] - grid[number])
        }
        return (kept.build(), coefficients)
    }

    /// Those cells at which one of the corners of their halves has a coefficient.
    private static func reached(by corners: CornerSet, _ elements: [GridElement]) -> Set<GridElement> {
        var reached: Set<GridElement> = []
        for element in elements {
            let first = SIMD3<Int>(truncatingIfNeeded: element.cell) &* 2
            search: for z in 0..<3 {
                for y in 0..<3 {
                    for x in 0..<3 where corners.number(of: first.x + x, first.y + y, first.z + z) >= 0 {
                        reached.insert(element)
                        break search
                    }
                }
            }
        }
        return reached
    }
}
