import Evaluation
import Foundation
import Geometry
import Interchange
import NeuralFields

extension NeuralShape {
    /// The part of a model file beside the network.
    private struct Metadata: Codable {
        var target: FieldTarget
        var transform: UnitCubeTransform
        var boundsMinimum: SIMD3<Float>
        var boundsMaximum: SIMD3<Float>
        var configuration: FitConfiguration?
        /// Files of earlier versions have none.
        var surfaceCells: SurfaceCells?
        /// nil where the correction is the whole field.
        var base: BaseDescription?
        var reach: DistanceAgreement?
    }

    /// A base without its samples, which are the tensor `base.samples` (z, y, x) of 16-bit integers.
    private struct BaseDescription: Codable {
        var layout: BaseLattice.Layout
        /// The distance that a difference of 1 is.
        var step: Float
        var band: CorrectionBand
        /// nil where it was not proved, as in files of before.
        var error: LatticeError?
    }

    private static let metadataKey = "shapefit"
    private static let samplesName = "base.samples"

    /// Writes what was learnt, base, target, transform and settings as a safetensors file.
    ///
    /// - Throws: `NeuralFieldsError.fileUnwritable`.
    public func write(to path: String, configuration: FitConfiguration? = nil) throws {
        let metadata = Metadata(
            target: target, transform: transform, boundsMinimum: bounds.minimum, boundsMaximum: bounds.maximum,
            configuration: configuration, surfaceCells: surfaceCells,
            base: base.map { .init(layout: $0.lattice.layout, step: $0.lattice.step, band: $0.band, error: $0.error) },
            reach: reach)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(metadata), as: UTF8.self)
        var file = correction.contents(metadata: [Self.metadataKey: json])
        if let lattice = base?.lattice {
            let counts = lattice.layout.sampleCounts
            file.tensors.append(
                .init(Self.samplesName, shape: [counts.z, counts.y, counts.x], integers: lattice.samples))
            ModelFile.markAsMore(&file)
        }
        try file.write(to: path)
    }

    /// Reads a file that ``write(to:configuration:)`` made.
    ///
    /// - Throws: `NeuralFieldsError` when it is not a model, damaged, or of another kind.
    public init(file path: String) throws(NeuralFieldsError) {
        try self.init(contents: SafetensorsFile(path: path), path: path)
    }

    /// Reads what such a file holds.
    ///
    /// - Parameter path: what errors call it.
    package init(bytes: [UInt8], path: String) throws(NeuralFieldsError) {
        try self.init(contents: SafetensorsFile(bytes: bytes, path: path), path: path)
    }

    private init(contents: SafetensorsFile, path: String) throws(NeuralFieldsError) {
        var file = contents
        let samples = file[Self.samplesName]
        file.tensors.removeAll { $0.name == Self.samplesName }
        let grid = ModelFile.hasGrid(file) ? try ModelFile.grid(in: file, path: path) : nil
        let network = grid == nil ? try ModelFile.network(in: file, path: path).network : nil
        guard let json = file.metadata[Self.metadataKey],
            let decoded = try? JSONDecoder().decode(Metadata.self, from: Data(json.utf8)),
            network.map({ $0.inputDimension == 3 && $0.outputCount == 1 }) ?? true
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
        let base = try Self.base(decoded.base, samples, path: path)
        let correction: any Correction =
            if let grid {
                GridCorrection(grid.grid, storage: grid.storage)
            } else if let network {
                NetworkCorrection(network, factor: decoded.target.correctionFactor(hasBase: base != nil))
            } else {
                preconditionFailure("a grid or a network")
            }
        self.init(
            correction: correction, base: base, target: decoded.target, transform: decoded.transform, bounds: bounds,
            surfaceCells: decoded.surfaceCells)
        reach = decoded.reach
    }

    /// The base that a file holds; nil where it says that it has none.
    private static func base(
        _ description: BaseDescription?, _ samples: SafetensorsFile.Tensor?, path: String
    ) throws(NeuralFieldsError) -> ShapeBase? {
        func fail(_ reason: String) -> NeuralFieldsError {
            .invalidModelFile(path: path, reason: "is damaged: \(reason)")
        }
        guard let description else {
            if samples != nil { throw fail("it has \(samplesName) but does not say where they are") }
            return nil
        }
        guard let samples else { throw fail("it lacks the tensor \(samplesName)") }
        guard let integers = samples.integers else { throw fail("\(samplesName) are not 16-bit integers") }
        guard let lattice = BaseLattice(layout: description.layout, step: description.step, samples: integers),
            samples.shape == [
                lattice.layout.sampleCounts.z, lattice.layout.sampleCounts.y, lattice.layout.sampleCounts.x,
            ]
        else {
            throw fail("its base of the shape \(samples.shape) is not what it says it is")
        }
        return ShapeBase(lattice: lattice, band: description.band, error: description.error)
    }
}
