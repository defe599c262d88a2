import Core
import Evaluation
import Geometry
import Interchange
import NeuralFields

extension NeuralShape {
    /// Mesh coordinates and what `values(at:)` says there, for `OnnxExport` and `GLSLExport`.
    public var exportFrame: ExportFrame {
        // The centre as single precision holds it, and what it leaves of the true one in the network's coordinates.
        let center = SIMD3<Float>(transform.center)
        let offset = SIMD3<Float>((SIMD3<Double>(center) - transform.center) * transform.scale + 0.5)
        let unit = Float(1 / transform.scale)
        let output: ExportFrame.Output =
            switch target {
            case .occupancy: .scaled(-1)
            case .sdf(.tanh, let scale): .tanhCompressed(scale: scale * unit)
            case .sdf(.truncated, let scale), .sdf(.linear, let scale): .scaled(scale * unit)
            }
        return ExportFrame(
            center: [center.x, center.y, center.z], scale: Float(transform.scale),
            offset: [offset.x, offset.y, offset.z],
            output: output, base: exportBase)
    }

    private var exportBase: ExportBase? {
        guard let base else { return nil }
        return ExportBase(
            lattice: ExportLattice(base.lattice), bound: base.band.bound, full: base.band.full, end: base.band.end,
            correctionFactor: target.correctionFactor(hasBase: true),
            outputFactor: target.kind == .sdf ? Float(1 / transform.scale) : 1 / target.scale)
    }

    /// The grid, where that is the field, for `OnnxExport` and `GLSLExport`.
    public var exportGrid: ExportGrid? {
        guard let correction = correction as? GridCorrection, base == nil else { return nil }
        return ExportGrid(
            grid: correction.grid, storage: correction.storage, lower: correction.lower, upper: correction.upper,
            surroundings: correction.surroundings.map { ExportLattice($0) },
            blendLength: GridCorrection.blendLength)
    }

    /// Text in an exported file about the field: sign, unit, bounds, how far its values are distances.
    public var exportMetadata: [String: String] {
        let (low, high) = (transform.meshPoint(bounds.minimum), transform.meshPoint(bounds.maximum))
        var metadata = [
            "sign": "negative inside",
            "values": target.kind == .sdf
                ? "signed distance, in the unit of the coordinates" : "negated logit of being inside",
            "coordinates": "those of the mesh that was fitted",
            "bounds.minimum": "\(low.x) \(low.y) \(low.z)",
            "bounds.maximum": "\(high.x) \(high.y) \(high.z)",
        ]
        if target.kind == .sdf {
            metadata["reach"] = reach.map(Self.text) ?? (base == nil ? "near the surface only" : "everywhere")
        }
        return metadata
    }

    /// Mean and largest errors by how far from the surface, in mesh lengths.
    private static func text(_ reach: DistanceAgreement) -> String {
        reach.bands.filter { $0.points > 0 }.map { band in
            let length = Float(reach.meshLength)
            let range = band.upper.map { "to \($0 * length)" } ?? "beyond"
            return "\(range): \(Float(band.mean) * length) in the mean, \(band.largest * length) at most"
        }.joined(separator: "; ")
    }

    /// The level of ``unitField`` where `values(at:)` says `value`: a signed distance in the mesh's unit, negative inside,
    /// or for occupancy a negated logit.
    ///
    /// - Throws: ``FittingError/invalidSetting(name:value:remedy:)`` for distances that the model does not tell apart.
    public func level(ofValue value: Float) throws(FittingError) -> Float {
        guard value.isFinite else {
            throw .invalidSetting(name: "iso-level", value: "\(value)", remedy: "must be a finite number")
        }
        if target.kind == .occupancy { return base == nil ? value : value * target.scale }
        let unitDistance = value * Float(transform.scale)
        guard base == nil else {
            // Beyond, an offset is a ball to all practical purposes, and its grid is mostly empty.
            let limit = 0.5 * bounds.extent.max()
            guard abs(unitDistance) <= limit else {
                throw .invalidSetting(
                    name: "iso-level", value: "\(value)",
                    remedy: "offsets of this model reach to half its longest side, ±\(limit / Float(transform.scale))")
            }
            return unitDistance
        }
        let limit: Float =
            switch target {
            case .sdf(.tanh, _): target.distance(ofOutput: 1)
            case .sdf(.truncated, let scale): scale
            case .sdf(.linear, _), .occupancy: .infinity
            }
        guard abs(unitDistance) < limit else {
            throw .invalidSetting(
                name: "iso-level", value: "\(value)",
                remedy: "this model tells distances apart only within ±\(limit / Float(transform.scale))")
        }
        return target.fieldValue(ofOutput: target.networkValue(ofDistance: unitDistance))
    }
}

extension ExportLattice {
    init(_ lattice: BaseLattice) {
        let layout = lattice.layout
        func list<Scalar>(_ vector: SIMD3<Scalar>) -> [Scalar] { [vector.x, vector.y, vector.z] }
        self.init(
            counts: list(layout.sampleCounts), outerCellCount: layout.outerCellCount, lower: list(layout.lower),
            upper: list(layout.upper), minimum: list(layout.box.minimum), maximum: list(layout.box.maximum),
            spacing: layout.spacing, outerSpacing: list(layout.outerSpacing), samples: lattice.samples,
            step: lattice.step)
    }
}
