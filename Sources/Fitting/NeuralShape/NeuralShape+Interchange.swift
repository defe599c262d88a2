import Core
import Geometry
import Interchange
import NeuralFields

extension NeuralShape {
    /// Mesh coordinates and what ``values(at:workers:)`` says there, for `OnnxExport` and `GLSLExport`.
    public var exportFrame: ExportFrame {
        // The centre as single precision holds it, and what it leaves of the true one in the network's coordinates.
        let center = SIMD3<Float>(transform.center)
        let offset = SIMD3<Float>((SIMD3<Double>(center) - transform.center) * transform.scale + 0.5)
        let unit = Float(1 / transform.scale)
        let output: ExportFrame.Output =
            switch (target.kind, target.compression) {
            case (.occupancy, _): .scaled(-1)
            case (.sdf, .tanh): .tanhCompressed(scale: target.scale * unit)
            case (.sdf, .truncated), (.sdf, .linear): .scaled(target.scale * unit)
            }
        return ExportFrame(
            center: [center.x, center.y, center.z], scale: Float(transform.scale),
            offset: [offset.x, offset.y, offset.z],
            output: output)
    }

    /// The level of ``unitField`` where ``values(at:workers:)`` says `value`: a signed distance in the mesh's unit, negative inside,
    /// or for occupancy a negated logit.
    ///
    /// - Throws: ``FittingError/invalidSetting(name:value:remedy:)`` for distances that the model does not tell apart.
    public func level(ofValue value: Float) throws(FittingError) -> Float {
        if target.kind == .occupancy { return base == nil ? value : value * target.scale }
        let unitDistance = value * Float(transform.scale)
        guard base == nil else { return unitDistance }
        let limit: Float =
            switch target.compression {
            case .tanh: target.distance(ofOutput: 1)
            case .truncated: target.scale
            case .linear: .infinity
            }
        guard abs(unitDistance) < limit else {
            throw .invalidSetting(
                name: "iso-level", value: "\(value)",
                remedy: "this model tells distances apart only within ±\(limit / Float(transform.scale))")
        }
        return target.fieldValue(ofOutput: target.networkValue(ofDistance: unitDistance))
    }
}
