import Core
import Geometry

/// The points of a file that need have no faces: a scan.
public struct ImportedPoints: Sendable, Equatable {
    /// Added to `positions` it gives the file's coordinates; zero unless these lie far from the origin.
    public var origin: SIMD3<Double>
    /// `(n)` points, relative to `origin`, in the file's order. All finite.
    public var positions: [SIMD3<Float>]
    /// `(n)` directions as the file has them: of any length, zero or NaN included; nil when it has none.
    public var normals: [SIMD3<Float>]?
    public var summary: ImportSummary

    /// - Throws: `emptyScene`, `nonFiniteVertices`.
    init(
        _ coordinates: RawMesh.Coordinates, normals: [Float]?, summary: ImportSummary, path: String
    ) throws(MeshFileError) {
        let count = coordinates.vertexCount
        guard count > 0 else { throw .emptyScene(path: path) }
        var minimum = SIMD3<Double>(repeating: .infinity)
        var maximum = -minimum
        var nonFiniteCount = 0
        for index in 0..<count {
            let position = coordinates.position(UInt32(index))
            if !SIMD3<Float>(position).isFinite { nonFiniteCount += 1 }
            minimum = pointwiseMin(minimum, position)
            maximum = pointwiseMax(maximum, position)
        }
        guard nonFiniteCount == 0 else { throw .nonFiniteVertices(path: path, count: nonFiniteCount) }
        let origin = TriangleMesh.origin(forMinimum: minimum, maximum: maximum)
        self.origin = origin
        positions = (0..<count).map { SIMD3<Float>(coordinates.position(UInt32($0)) - origin) }
        self.normals = normals.map { values in
            (0..<count).map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
        }
        self.summary = summary
    }
}
