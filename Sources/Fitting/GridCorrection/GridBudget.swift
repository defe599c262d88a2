import Core
import Geometry
import NeuralFields

/// How many coefficients a shape asks for.
///
/// Some of the cells that the surface crosses are fitted, mostly each alone, at a resolution that suits most shapes; the mean error that is left there
/// says how much finer this shape's cells should be. That takes a few hundredths of a second.
struct GridBudget {
    let mesh: TriangleMesh
    let field: MeshField
    let box: BoundingBox
    let settings: GridSettings
    let workers: Workers

    /// The resolution at which cells are tried.
    static let trialCoefficients = 100_000
    /// Fewer would save little of a second; more take longer than two.
    private static let range: ClosedRange<Float> = 120_000...260_000
    /// Cells, and points in each. Of the bunny, seeds moved the error by 3 %.
    private static let cellCount: UInt64 = 1500
    private static let samplesPerCell = 24
    /// What shapes get whose error is this, in unit-cube lengths, and others by its square root: a compromise between one error for all, which
    /// is about its first power, and one time for all. Bunny 6.6e-5, armadillo 9.4e-5, fandisk 3.4e-5.
    private static let usualCoefficients: Float = 130_000
    private static let usualError: Float = 3e-5

    func coefficients() throws(SettingError) -> Int {
        let wanted = try Self.usualCoefficients * (meanError() / Self.usualError).squareRoot()
        return Int(min(max(wanted, Self.range.lowerBound), Self.range.upperBound))
    }

    /// The mean over the surface of what the best trilinear function in a cell is wrong by.
    func meanError() throws(SettingError) -> Float {
        guard let surface = AreaUniformSampler(mesh) else { return 0 }
        let lattice = try GridPlan(mesh, box: box, settings: settings, coefficients: Self.trialCoefficients).fine
        let stream = RandomStream(seed: 0x6772_6964, stream: 1)
        let last = SIMD3<Float>(lattice.cellCounts &- 1)
        var cells = CornerSetBuilder(counts: lattice.cellCounts)
        var corners = CornerSetBuilder(counts: lattice.cornerCounts)
        for index in 0..<Self.cellCount {
            let place = (surface.point(at: index, of: stream).point - lattice.origin) / lattice.spacing
            let cell = SIMD3<Int>(place.rounded(.down).clamped(lowerBound: .zero, upperBound: last))
            cells.insert(cell.x, cell.y, cell.z)
            corners.insertCorners(ofCell: cell)
        }
        var elements: [GridElement] = []
        cells.build().forEach { _, cell in
            elements.append(GridElement(level: 0, cell: SIMD3<Int32>(truncatingIfNeeded: cell)))
        }
        let set = corners.build()
        var points: [SIMD3<Float>] = []
        set.forEach { _, corner in points.append(lattice.position(of: corner)) }
        let level = SparseGrid.Level(
            lattice: lattice, corners: set, coefficients: field.values(at: points, workers: workers))
        var regression = GridRegression([level], elements: elements, workers: workers) {
            [Float](repeating: 0, count: $0.count)
        }
        var trial = settings
        trial.samplesPerCell = Self.samplesPerCell
        _ = GridFit(mesh: mesh, field: field, settings: trial, workers: workers).label(
            &regression, Array(elements.indices), [level])
        let solution = regression.solve(ridge: settings.ridge, iterations: settings.iterations, workers: workers)
        var sum: Float = 0
        for (energy, weight) in zip(solution.energies, solution.weights) where weight > 0 {
            sum += (energy / weight).squareRoot()
        }
        return sum / Float(max(elements.count, 1))
    }
}
