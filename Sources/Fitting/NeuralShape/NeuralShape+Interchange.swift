import Core
import Geometry
import Interchange
import NeuralFields

extension NeuralShape {
    /// Mesh coordinates and what ``values(atMeshPoints:workers:)`` says there, for `OnnxExport` and `GLSLExport`.
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

    /// The field's level, as extraction takes it, where the signed distance is `distance` in the mesh's unit, negative
    /// inside; for occupancy the negated logit itself.
    ///
    /// - Throws: ``FittingError/invalidSetting(name:value:remedy:)`` for distances that the model does not tell apart.
    public func level(ofDistance distance: Float) throws(FittingError) -> Float {
        guard target.kind == .sdf else { return distance }
        let unitDistance = distance * Float(transform.scale)
        let limit: Float =
            switch target.compression {
            case .tanh: target.distance(ofOutput: 1)
            case .truncated: target.scale
            case .linear: .infinity
            }
        guard abs(unitDistance) < limit else {
            throw .invalidSetting(
                name: "iso-level", value: "\(distance)",
                remedy: "this model tells distances apart only within ±\(limit / Float(transform.scale))")
        }
        return target.fieldValue(ofOutput: target.networkValue(ofDistance: unitDistance))
    }
}
