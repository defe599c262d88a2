import Core
import Evaluation
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
        if let coefficients = grid.coefficients {
            try require("coefficients", coefficients, in: 100...(1 << 30))
            try requireMemory(for: coefficients)
        }
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
        guard target.kind == .sdf else {
            throw .invalidSetting(name: "target", value: target.kind.rawValue, remedy: "a grid has distances; use sdf")
        }
        guard frame == .unitCube else {
            throw .invalidSetting(name: "frame", value: frame.rawValue, remedy: "a grid lies in the unit cube")
        }
    }
    private func requireMemory(for coefficients: Int) throws(FittingError) {
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory) / 4 * 3
        let required = GridRegression.byteCount(coefficients: coefficients)
        guard required <= available else {
            let fitting = coefficients / (required / available + 1)
            throw .invalidSetting(
                name: "coefficients", value: "\(coefficients)",
                remedy: "would take \(required >> 20) MiB, and \(available >> 20) MiB can be used: \(fitting) would fit"
            )
        }
    }
}

extension FitConfiguration {
    /// Points at which the distances of what was learnt are measured for its model: a fifth of a second beside a network's
    /// training; an eighth of them for a grid, which is solved in less than a second.
    public var reachPointCount: Int { DistanceAgreement.pointCount / (grid == nil ? 1 : 8) }
}
