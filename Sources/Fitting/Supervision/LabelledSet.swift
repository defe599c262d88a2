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

    /// The place that ``points`` are relative to: zero, save far from the origin of mesh coordinates.
    public let origin: SIMD3<Double>
    /// `(n)`.
    public let points: [SIMD3<Float>]
    /// `(n)`, negative inside, in the unit of ``points``' frame.
    public let signedDistances: [Float]
    /// `(n)`: 1 inside, 0 outside.
    public let occupancies: [UInt8]

    /// Labels `points`, `(n)` in the frame of `shape`, both relative to `origin`.
    public init(
        _ points: [SIMD3<Float>], relativeTo origin: SIMD3<Double> = .zero, of shape: some ShapeEvidence,
        workers: Workers = Workers()
    ) {
        self.origin = origin
        self.points = points
        signedDistances = shape.signedDistances(at: points, workers: workers)
        // The sign bit, which a point on the surface has too.
        occupancies = signedDistances.map { $0.sign == .minus ? 1 : 0 }
    }

    /// What a NumPy archive holds of this: `points` `(n, 3)` (in double precision where there is an ``origin``, which is
    /// added) and `signed_distance` `(n)` in single precision, `occupancy` `(n)` in bytes.
    public var arrays: [(name: String, array: NumpyArray)] {
        [
            ("points", origin == .zero ? NumpyArray(points) : placedPoints),
            ("signed_distance", NumpyArray(signedDistances, shape: [points.count])),
            ("occupancy", NumpyArray(occupancies, shape: [points.count])),
        ]
    }

    private var placedPoints: NumpyArray {
        var values: [Double] = []
        values.reserveCapacity(3 * points.count)
        for point in points {
            let place = SIMD3<Double>(point) + origin
            values += [place.x, place.y, place.z]
        }
        return NumpyArray(values, shape: [points.count, 3])
    }
}
