/// How a grid is fitted.
public struct GridSettings: Sendable, Equatable, Codable {
    /// About how many coefficients the grid may have.
    public var coefficients: Int
    /// Decides on the coefficients instead, where it is given.
    public var tolerance: Tolerance?
    /// Where it is given, cells are halved until the root of their mean square error is below this, in unit-cube lengths, in up to ``levels``
    /// levels and without regard to ``coefficients``, which are then the first level's.
    public var errorLimit: Float?
    /// Levels, of which each halves the cells of the one before where its error is largest.
    public var levels: Int
    /// Cells of the base lattice along the shape's longest side, about.
    public var baseCells: Int
    /// Labelled points in each cell that the surface crosses.
    public var samplesPerCell: Int
    /// Points count less the further they are from the surface: by exp(−(d / this · h)²), h being a cell's side.
    public var reach: Float
    /// See `GridRegression.solve`.
    public var ridge: Float
    public var iterations: Int

    public init(
        coefficients: Int = 80_000, levels: Int = 1, baseCells: Int = 20, samplesPerCell: Int = 10, reach: Float = 0.7,
        ridge: Float = 0.02, iterations: Int = 25
    ) {
        self.coefficients = coefficients
        self.levels = levels
        self.baseCells = baseCells
        self.samplesPerCell = samplesPerCell
        self.reach = reach
        self.ridge = ridge
        self.iterations = iterations
    }
}
