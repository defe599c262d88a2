import Core
import Geometry
import Interchange

/// Points with exact labels, for training elsewhere.
public struct LabelledSet: Sendable {
    /// The frame that points and distances are in.
    public enum Coordinates: String, Sendable, Codable, CaseIterable {
        /// The mesh's own, with its own unit of length.
        case mesh
        /// The unit cube: bounding-box centre at ½, longest side 0.9.
        case unit
    }

    /// `(n)`.
    public let points: [SIMD3<Float>]
    /// `(n)`, negative inside, in the unit of ``points``' frame.
    public let signedDistances: [Float]
    /// `(n)`: 1 inside, 0 outside.
    public let occupancies: [UInt8]

    /// Labels `points`, `(n)` in the frame of `shape`.
    public init(_ points: [SIMD3<Float>], of shape: some ShapeEvidence, workers: Workers = Workers()) {
        self.points = points
        signedDistances = shape.signedDistances(at: points, workers: workers)
        // The sign bit, which a point on the surface has too.
        occupancies = signedDistances.map { $0.sign == .minus ? 1 : 0 }
    }

    /// What a NumPy archive holds of this: `points` `(n, 3)` and `signed_distance` `(n)` in single precision, `occupancy`
    /// `(n)` in bytes.
    public var arrays: [(name: String, array: NumpyArray)] {
        [
            ("points", NumpyArray(points)),
            ("signed_distance", NumpyArray(signedDistances, shape: [points.count])),
            ("occupancy", NumpyArray(occupancies, shape: [points.count])),
        ]
    }
}
