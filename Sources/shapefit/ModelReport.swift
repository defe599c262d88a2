import Core
import Evaluation
import Fitting
import Geometry
import NeuralFields

/// What `shapefit info` says about a model: what it is, how large, and how far to trust it.
struct ModelReport: Codable {
    struct Base: Codable {
        /// Along x, y and z.
        let samples: [Int]
        /// Between samples around the shape, in mesh lengths.
        let spacing: Double
        let bytes: Int
        /// How far the correction can move the base's distances at most, in mesh lengths.
        let bound: Double
        /// No surface lies where the base is farther from zero than this, in mesh lengths.
        let certainDistance: Double
        /// What the base was proved to be wrong by at most where it is corrected, in mesh lengths; nil where that was not proved.
        let provedError: Double?
    }

    struct Grid: Codable {
        let coefficients: Int
        let levels: Int
        /// Sides of the cells of each level, the longest of each, in mesh lengths.
        let cells: [Double]
        /// Whether exact distances around the grid are part of the model.
        let hasSurroundings: Bool
    }

    let path: String
    let target: String
    let encoding: String
    let layers: [Int]
    let activation: String
    let parameters: Int
    let fileBytes: Int
    let base: Base?
    /// Of a solved grid; nil for a network.
    let grid: Grid?
    let boundingBox: MeshReport.Box
    /// Of values at points beside this model: what it was measured to be wrong by; nil where that was not measured.
    let reach: DistanceAgreement?

    init(_ shape: NeuralShape, path: String) {
        let unit = 1 / shape.transform.scale
        self.path = path
        target = shape.target.kind.rawValue
        let network = shape.network
        encoding =
            switch network?.encoding {
            case let fourier as FourierFeatures: "\(fourier.count) frequencies"
            case let other?:
                other.configuration.map { "\($0.name) of \(other.parameterCount) parameters" } ?? "coordinates"
            case nil: "coordinates"
            }
        layers = network.map { [$0.shape.inputCount] + $0.shape.layers.map(\.outputs) } ?? []
        activation = network?.shape.activation.kind.rawValue ?? "none"
        parameters = shape.correction.parameterCount
        fileBytes = FileContents.size(of: path) ?? 0
        base = shape.base.map { base in
            let counts = base.lattice.layout.sampleCounts
            return Base(
                samples: [counts.x, counts.y, counts.z], spacing: Double(base.lattice.layout.spacing) * unit,
                bytes: 2 * base.lattice.samples.count, bound: Double(base.band.bound) * unit,
                certainDistance: Double(base.band.certainDistance) * unit,
                provedError: base.error.map { Double($0.largest) * unit })
        }
        grid = (shape.correction as? GridCorrection).map { solved in
            Grid(
                coefficients: solved.grid.coefficientCount, levels: solved.grid.levels.count,
                cells: solved.grid.levels.map { Double($0.lattice.spacing.max()) * unit },
                hasSurroundings: solved.surroundings != nil)
        }
        let origin = shape.transform.worldOrigin
        boundingBox = MeshReport.Box(
            BoundingBox(
                minimum: shape.transform.meshPoint(shape.bounds.minimum, relativeTo: origin),
                maximum: shape.transform.meshPoint(shape.bounds.maximum, relativeTo: origin)), origin: origin)
        reach = shape.reach
    }

    func table() -> String {
        func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: ", ") }
        var rows = [
            ("model", path),
            ("learnt", target == "sdf" ? "signed distance, negative inside" : "occupancy; values are negated logits"),
            grid.map { grid in
                (
                    "grid",
                    "solved on \(grid.levels) \(grid.levels == 1 ? "level" : "levels") of cells of "
                        + grid.cells.map(Self.number).joined(separator: ", ")
                )
            } ?? ("network", "\(encoding), layers \(layers.map(String.init).joined(separator: " → ")), \(activation)"),
            ("size", "\(parameters) \(grid == nil ? "parameters" : "coefficients"), \(fileBytes) bytes in all"),
            ("bounds", "(\(list(boundingBox.minimum))) … (\(list(boundingBox.maximum)))"),
        ]
        if let base {
            rows.append(
                (
                    "base",
                    "exact distances at \(base.samples.map(String.init).joined(separator: " × ")) points, "
                        + "\(Self.number(base.spacing)) apart, \(base.bytes) bytes"
                ))
            rows.append(
                (
                    "",
                    base.provedError.map {
                        "proved to be within \(Self.number($0)) of the distance wherever it is corrected"
                    }
                        ?? "not proved to be near the distance: inside and outside may meet away from the surface"
                ))
            rows.append(
                (
                    "correction",
                    "at most ±\(Self.number(base.bound)); no surface farther than \(Self.number(base.certainDistance)) from the base's"
                ))
        } else if let grid {
            rows.append(
                (
                    "around it",
                    grid.hasSurroundings ? "exact distances on a coarse lattice" : "distances of the grid's edge"
                ))
        } else {
            rows.append(("base", "none: distances hold near the surface only"))
        }
        let table = rows.map { name, value in
            name + String(repeating: " ", count: max(1, 14 - name.count)) + value
        }
        return (table + (reach.map { [Self.table(of: $0)] } ?? [])).joined(separator: "\n")
    }

    /// How far distances were wrong, by how far from the surface, in mesh lengths.
    static func table(of reach: DistanceAgreement) -> String {
        var lines = ["distances off by   mean          at most       at points"]
        for band in reach.bands where band.points > 0 {
            let lower = number(Double(band.lower) * reach.meshLength)
            let range = band.upper.map { "to \(number(Double($0) * reach.meshLength))" } ?? "beyond \(lower)"
            func column(_ text: String, _ width: Int) -> String {
                text + String(repeating: " ", count: max(1, width - text.count))
            }
            lines.append(
                "  " + column(range, 17) + column(number(band.mean * reach.meshLength), 14)
                    + column(number(Double(band.largest) * reach.meshLength), 14) + "\(band.points)"
                    + (band.wrongSigns > 0 && band.lower > 0 ? ", \(band.wrongSigns) of the wrong sign" : ""))
        }
        return lines.joined(separator: "\n")
    }

    static func number(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        let digits = Double(3 - 1 - Int(log10(abs(value)).rounded(.down)))
        let unit = pow(10, digits)
        return "\(Float((value * unit).rounded() / unit))"
    }
}
