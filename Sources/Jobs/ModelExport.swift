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
        if let grid = shape.exportGrid {
            return OnnxExport.bytes(of: grid, frame: shape.exportFrame, metadata: shape.exportMetadata)
        }
        return OnnxExport.bytes(
            of: try shape.exportedNetwork(as: .onnx), frame: shape.exportFrame, metadata: shape.exportMetadata)
    }

    /// The function's source.
    ///
    /// - Throws: `SettingError` for a field that is neither a network nor a grid; `NeuralFieldsError` for one that is too large
    ///   for a shader.
    public static func glsl(of shape: NeuralShape) throws -> String {
        let comments = shape.exportMetadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        if let grid = shape.exportGrid {
            return try GLSLExport.text(of: grid, frame: shape.exportFrame, comments: comments)
        }
        return try GLSLExport.text(
            of: shape.exportedNetwork(as: .glsl), frame: shape.exportFrame, comments: comments)
    }

    /// A grid's file.
    ///
    /// - Parameters:
    ///   - grid: of distances.
    ///   - format: `.npy`, or `.npz`, which has the grid's place too.
    ///   - path: what it will be called, for messages.
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
                remedy: "takes networks and grids, and this is neither; use npy or npz")
        }
        return network
    }
}
