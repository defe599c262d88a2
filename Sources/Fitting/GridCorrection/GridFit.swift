import Core
import Geometry
import NeuralFields

/// A field that was fitted to a mesh's distances: the first level of the grid has exact distances at all corners of a coarse lattice, the others
/// coefficients where the surface is.
public struct FittedGrid: Sendable {
    /// In the unit cube.
    public let grid: SparseGrid
    public let statistics: Statistics

    public struct Statistics: Sendable, Equatable, Codable {
        /// Labelled points.
        public var rows: Int
        /// Coefficients where the surface does not pass, for the sign alone.
        public var signCorners: Int
        public var iterations: Int
        /// Of the rows, in the unit cube, weighted as they were.
        public var meanSquaredError: Float
        /// Of finding out where coefficients are needed.
        public var planSeconds: Double
        public var labelSeconds: Double
        public var solveSeconds: Double
        /// Whether the caller ended it early.
        public var wasStopped: Bool
    }
}

/// Fits a sparse grid to a mesh; see `GridRegression`.
public struct GridFit {
    let mesh: TriangleMesh
    let field: MeshField
    let settings: GridSettings
    let workers: Workers

    /// - Parameters:
    ///   - mesh: in the unit cube.
    ///   - field: of the mesh.
    ///   - settings: how large the grid is, and how it is solved.
    ///   - workers: the threads to use; the result does not depend on their number.
    public init(mesh: TriangleMesh, field: MeshField, settings: GridSettings, workers: Workers) {
        self.mesh = mesh
        self.field = field
        self.settings = settings
        self.workers = workers
    }

    /// Finds cells, labels points in them and solves, level by level.
    ///
    /// - Parameter proceed: asked now and then with the part that is done, in [0, 1]; false ends with what has been reached.
    public func run(proceed: (Double) -> Bool = { _ in true }) throws(SettingError) -> FittedGrid {
        guard let box = mesh.boundingBox, box.extent.max() > 0 else {
            throw SettingError(name: "mesh", value: "without an extent", remedy: "give one with triangles")
        }
        var clock = StageClock()
        let budget = GridBudget(mesh: mesh, field: field, box: box, settings: settings, workers: workers)
        let coefficients = if let given = settings.coefficients { given } else { try budget.coefficients() }
        let plan = try GridPlan(mesh, box: box, settings: settings, coefficients: coefficients)
        let fine = plan.fine
        let touched = TriangleCells(
            mesh, origin: fine.origin, spacing: fine.spacing, cellCounts: fine.cellCounts, workers: workers)
        let base = exactBase(plan, touched)
        let (first, known, signCorners) = exactLevel(
            plan.middle, cutInto: plan.fineFactors, base: base, touched: touched, touchedFactors: .one)
        clock.lap(\.plan)
        var refinement = GridRefinement(
            levels: [first], touched: touched, coefficients: coefficients, settings: settings, workers: workers)
        var regression = GridRegression(
            refinement.levels, elements: refinement.elements, workers: workers
        ) { base.values(at: $0, workers: workers) }
        var rows = label(&regression, Array(regression.elements.indices), refinement.levels)
        clock.lap(\.label)
        var solution = solve(regression, proceed)
        clock.lap(\.solve)
        var iterations = solution.iterations
        for level in 1..<max(settings.levels, 1) {
            guard proceed(Double(level) / Double(settings.levels)) else { break }
            let field = SparseGrid(levels: base.levels + solution.levels)
            let isRefined = refinement.refine(regression.elements, solution) { points in
                (distances(at: points), field.values(at: points, workers: workers))
            }
            guard isRefined else { break }
            clock.lap(\.plan)
            var next = GridRegression(
                refinement.levels, elements: refinement.elements, workers: workers
            ) { base.values(at: $0, workers: workers) }
            let new = next.takeRows(of: regression, solvedAs: solution)
            rows += label(&next, new, refinement.levels)
            clock.lap(\.label)
            regression = next
            solution = solve(regression, proceed)
            iterations += solution.iterations
            clock.lap(\.solve)
        }
        var levels = solution.levels
        GridSides(workers: workers, distances: distances).restore(
            &levels, base: base, cutCells: refinement.cutCells, ofFirst: known)
        return FittedGrid(
            grid: SparseGrid(levels: base.levels + levels),
            statistics: .init(
                rows: rows, signCorners: signCorners, iterations: iterations,
                meanSquaredError: solution.meanSquaredError, planSeconds: clock.plan,
                labelSeconds: clock.label, solveSeconds: clock.solve, wasStopped: !proceed(1)))
    }

    private func solve(_ regression: GridRegression, _ proceed: (Double) -> Bool) -> GridRegression.Solution {
        regression.solve(ridge: settings.ridge, iterations: settings.iterations, workers: workers) { proceed(0.5) }
    }

    /// Seconds of the stages.
    private struct StageClock {
        var plan = 0.0
        var label = 0.0
        var solve = 0.0
        private var last = ContinuousClock.now

        mutating func lap(_ stage: WritableKeyPath<StageClock, Double>) {
            self[keyPath: stage] += last.secondsSince
            last = .now
        }
    }

    // MARK: The first levels

    /// What is exact at its own corners, stored as it will be: what follows is fitted to what rounding leaves.
    private func exactBase(_ plan: GridPlan, _ touched: TriangleCells) -> SparseGrid {
        var base = Self.dense(plan.base, distances(at: positions(of: plan.base)))
        base = base.rounded(to: base.usualStorage)
        guard plan.hasMiddle else { return base }
        let middle = exactLevel(
            plan.base, cutInto: plan.middleFactors, base: base, touched: touched, touchedFactors: plan.fineFactors)
        base = SparseGrid(levels: base.levels + [middle.level])
        return base.rounded(to: base.usualStorage)
    }

    /// Coefficients at the corners of touched cells and where the sign needs one, which make the values there the distances; those distances; and
    /// how many corners are of the second kind.
    ///
    /// - Parameters:
    ///   - factors: into how many parts the cells of `coarse` are cut.
    ///   - touchedFactors: how many cells of `cells` lie along the sides of one of the new level's.
    private func exactLevel(
        _ coarse: GridLattice, cutInto factors: SIMD3<Int>, base: SparseGrid, touched cells: TriangleCells,
        touchedFactors: SIMD3<Int>
    ) -> (level: SparseGrid.Level, distances: [Float], signCorners: Int) {
        let lattice = coarse.refined(by: factors)
        var builder = CornerSetBuilder(counts: lattice.cornerCounts)
        var last = SIMD3<Int>(repeating: -1)
        for cell in cells.cells {
            var place = SIMD3<Int>(truncatingIfNeeded: cell)
            if touchedFactors != .one { place = place / touchedFactors }
            if place == last { continue }
            last = place
            builder.insertCorners(ofCell: place)
        }
        let touched = builder.build()
        let ofTouched = distances(at: positions(of: touched, lattice))
        let wrong = GridCorners(
            coarse: coarse, factors: factors, base: base, touched: touched, distances: ofTouched, workers: workers
        ).wrongCorners(field)
        for corner in wrong { builder.insert(corner.x, corner.y, corner.z) }
        let corners = builder.build()
        let points = positions(of: corners, lattice)
        var extra: [SIMD3<Float>] = []
        corners.forEach { number, corner in
            if touched.number(of: corner.x, corner.y, corner.z) < 0 { extra.append(points[number]) }
        }
        let ofExtra = distances(at: extra)
        var nextExtra = 0
        var exact: [Float] = []
        exact.reserveCapacity(corners.count)
        corners.forEach { _, corner in
            let known = touched.number(of: corner.x, corner.y, corner.z)
            exact.append(known >= 0 ? ofTouched[known] : ofExtra[nextExtra])
            if known < 0 { nextExtra += 1 }
        }
        let coefficients = zip(exact, base.values(at: points, workers: workers)).map { $0 - $1 }
        return (.init(lattice: lattice, corners: corners, coefficients: coefficients), exact, extra.count)
    }

    private func distances(at points: [SIMD3<Float>]) -> [Float] { field.values(at: points, workers: workers) }

    private func positions(of corners: CornerSet, _ lattice: GridLattice) -> [SIMD3<Float>] {
        var points: [SIMD3<Float>] = []
        points.reserveCapacity(corners.count)
        corners.forEach { _, corner in points.append(lattice.position(of: corner)) }
        return points
    }

    private func positions(of lattice: GridLattice) -> [SIMD3<Float>] {
        let counts = lattice.cornerCounts
        var points: [SIMD3<Float>] = []
        points.reserveCapacity(counts.x * counts.y * counts.z)
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x { points.append(lattice.position(of: SIMD3(x, y, z))) }
            }
        }
        return points
    }

    /// A grid with a coefficient at every corner; `values` has x fastest.
    private static func dense(_ lattice: GridLattice, _ values: [Float]) -> SparseGrid {
        let counts = lattice.cornerCounts
        var builder = CornerSetBuilder(counts: counts)
        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x { builder.insert(x, y, z) }
            }
        }
        let corners = builder.build()
        var coefficients = [Float](repeating: 0, count: corners.count)
        corners.forEach { number, corner in
            coefficients[number] = values[(corner.z * counts.y + corner.y) * counts.x + corner.x]
        }
        return SparseGrid(levels: [.init(lattice: lattice, corners: corners, coefficients: coefficients)])
    }

    // MARK: Rows

    /// Labels points in some elements and gives them to the regression; returns how many.
    func label(_ regression: inout GridRegression, _ chosen: [Int], _ levels: [SparseGrid.Level]) -> Int {
        let count = settings.samplesPerCell
        let batch = max(1, (1 << 19) / count)
        let elements = regression.elements
        for start in stride(from: 0, to: chosen.count, by: batch) {
            let part = Array(chosen[start..<min(start + batch, chosen.count)])
            let places = GridSamples.places(in: part.map { elements[$0] }, count: count, workers: workers)
            var points = places
            var weights = [Float](repeating: 0, count: places.count)
            for (index, number) in part.enumerated() {
                let element = elements[number]
                let lattice = levels[element.level].lattice
                let cell = SIMD3<Float>(element.cell)
                for row in index * count..<(index + 1) * count {
                    points[row] = lattice.origin + lattice.spacing * (cell + places[row])
                }
            }
            let targets = distances(at: points)
            for (index, number) in part.enumerated() {
                let reach = settings.reach * regression.reach(of: number)
                for row in index * count..<(index + 1) * count {
                    weights[row] = GridSamples.weight(targets[row] / reach)
                }
            }
            regression.accumulate(
                part, rowsPerElement: count, places: places, targets: targets, weights: weights, workers: workers)
        }
        return chosen.count * count
    }
}

extension SparseGrid {
    /// Values at the corners of cells of a lattice, corner (x, y, z) having number x + 2 y + 4 z.
    func cornerValues(of cells: [SIMD3<Int>], in lattice: GridLattice, workers: Workers) -> [SIMD8<Float>] {
        let points = cells.flatMap { cell in
            (0..<8).map { lattice.position(of: cell &+ SIMD3($0 & 1, $0 >> 1 & 1, $0 >> 2)) }
        }
        let values = values(at: points, workers: workers)
        return cells.indices.map { index in
            var corners = SIMD8<Float>.zero
            for corner in 0..<8 { corners[corner] = values[8 * index + corner] }
            return corners
        }
    }

    package func values(at points: [SIMD3<Float>], workers: Workers) -> [Float] {
        [Float](unsafeUninitializedCapacity: points.count) { buffer, count in
            buffer.initialize(repeating: 0)
            var span = buffer.mutableSpan
            evaluate(points.span, into: &span, workers: workers)
            count = points.count
        }
    }
}
