import Core
import Fitting
import Interchange
import NeuralFields

/// A model as other programs read it.
public enum ModelExport {
    public enum Format: String, Sendable, CaseIterable {
        /// The signed distance in mesh coordinates, from points (n, 3) to values (n, 1).
        case onnx
        /// A function `float shape(vec3 p)`.
        case glsl
        /// A grid of distances, alone or with its place.
        case npy, npz
    }

    /// The file of a network or of a solved grid.
    public static func onnx(of shape: NeuralShape) throws(SettingError) -> [UInt8] {
        if let grid = shape.correction as? GridCorrection {
            return OnnxExport.bytes(
                of: grid.grid, frame: shape.exportFrame, lower: grid.lower, upper: grid.upper,
                metadata: shape.exportMetadata)
        }
        return OnnxExport.bytes(
            of: try shape.exportedNetwork(as: .onnx), frame: shape.exportFrame, metadata: shape.exportMetadata)
    }

    /// The function's source.
    ///
    /// - Throws: `SettingError` for a grid; `NeuralFieldsError` for a network that is too large for a shader.
    public static func glsl(of shape: NeuralShape) throws -> String {
        let comments = shape.exportMetadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return try GLSLExport.text(
            of: shape.exportedNetwork(as: .glsl), frame: shape.exportFrame, comments: comments)
    }

    /// A grid's file.
    ///
    /// - Parameter path: what it will be called: `.npz` has the grid's place too.
    public static func bytes(of grid: DistanceGrid, as format: Format, path: String) throws -> [UInt8] {
        format == .npz ? try NumpyFile.archiveBytes(grid.arrays, path: path) : NumpyFile.bytes(grid.arrays[0].array)
    }
}

extension NeuralShape {
    /// The network of the field.
    fileprivate func exportedNetwork(as format: ModelExport.Format) throws(SettingError) -> CoordinateNetwork {
        guard let network else {
            throw SettingError(
                name: "format", value: format.rawValue,
                remedy: "takes networks, and this is a grid; use onnx, npy or npz")
        }
        return network
    }
}
