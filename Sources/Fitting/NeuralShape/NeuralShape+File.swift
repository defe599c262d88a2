import Foundation
import Geometry
import Interchange
import NeuralFields

extension NeuralShape {
    /// What a model file says beside the network.
    private struct Metadata: Codable {
        var target: FieldTarget
        var transform: UnitCubeTransform
        var boundsMinimum: SIMD3<Float>
        var boundsMaximum: SIMD3<Float>
        var configuration: FitConfiguration?
        /// Files of earlier versions have none.
        var surfaceCells: SurfaceCells?
    }

    private static let metadataKey = "shapefit"

    /// Writes network, target, transform and settings as a safetensors file.
    ///
    /// - Throws: `FileError`.
    public func write(to path: String, configuration: FitConfiguration? = nil) throws {
        let metadata = Metadata(
            target: target, transform: transform, boundsMinimum: bounds.minimum, boundsMaximum: bounds.maximum,
            configuration: configuration, surfaceCells: surfaceCells)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(metadata), as: UTF8.self)
        try ModelFile.write(network, metadata: [Self.metadataKey: json], to: path)
    }

    /// Reads a file that ``write(to:configuration:)`` made.
    ///
    /// - Throws: `NeuralFieldsError` when it is not a model, damaged, or of another kind.
    public init(file path: String) throws(NeuralFieldsError) {
        let (network, metadata) = try ModelFile.read(path: path)
        guard let json = metadata[Self.metadataKey],
            let decoded = try? JSONDecoder().decode(Metadata.self, from: Data(json.utf8)),
            network.inputDimension == 3, network.outputCount == 1
        else {
            throw .invalidModelFile(path: path, reason: "a network, but not one of a shape")
        }
        let bounds = BoundingBox(minimum: decoded.boundsMinimum, maximum: decoded.boundsMaximum)
        guard decoded.transform.scale > 0, decoded.transform.scale.isFinite, decoded.transform.center.sum().isFinite,
            !bounds.isEmpty, bounds.minimum.sum().isFinite, bounds.maximum.sum().isFinite,
            decoded.target.scale > 0, decoded.target.scale.isFinite
        else {
            throw .invalidModelFile(path: path, reason: "its transform or bounds are not finite")
        }
        self.init(
            network: network, target: decoded.target, transform: decoded.transform, bounds: bounds,
            surfaceCells: decoded.surfaceCells)
    }
}
