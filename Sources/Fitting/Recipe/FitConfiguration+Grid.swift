import Core
import NeuralFields

extension FitConfiguration {
    /// Checks a grid's settings; see ``validate()``.
    func validate(_ grid: GridSettings) throws(FittingError) {
        func require<Value: Comparable>(
            _ name: String, _ value: Value, in range: ClosedRange<Value>, _ unit: String = ""
        ) throws(FittingError) {
            guard !range.contains(value) else { return }
            throw .invalidSetting(
                name: name, value: "\(value)",
                remedy: "must be between \(range.lowerBound) and \(range.upperBound)\(unit)")
        }
        try require("coefficients", grid.coefficients, in: 100...(1 << 30))
        if let tolerance = grid.tolerance, !(tolerance.value > 0 && tolerance.value.isFinite) {
            throw .invalidSetting(
                name: "tolerance", value: "\(tolerance.value)",
                remedy: "must be a positive length, or part of the diagonal")
        }
        if let limit = grid.errorLimit { try require("error limit", limit, in: 1e-7...1, " unit-cube lengths") }
        try require("levels", grid.levels, in: 1...8)
        try require("base cells", grid.baseCells, in: 4...256, " cells")
        try require("samples in a cell", grid.samplesPerCell, in: 1...1000)
        try require("reach", grid.reach, in: 0.05...100, " cells")
        try require("ridge", grid.ridge, in: 1e-6...1e6)
        try require("iterations", grid.iterations, in: 1...100_000)
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory) / 4 * 3
        let required = GridRegression.byteCount(coefficients: grid.coefficients)
        guard required <= available else {
            let fitting = grid.coefficients / (required / available + 1)
            throw .invalidSetting(
                name: "coefficients", value: "\(grid.coefficients)",
                remedy: "would take \(required >> 20) MiB, and \(available >> 20) MiB can be used: \(fitting) would fit"
            )
        }
        guard target.kind == .sdf else {
            throw .invalidSetting(name: "target", value: target.kind.rawValue, remedy: "a grid has distances; use sdf")
        }
        guard frame == .unitCube else {
            throw .invalidSetting(name: "frame", value: frame.rawValue, remedy: "a grid lies in the unit cube")
        }
    }
}
