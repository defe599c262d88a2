import Core
import Geometry

/// `distance`: how far a field's distances are from the true ones, by how far from the surface they were asked for.
///
/// Half of the points are uniform in a cube of twice the shape's longest side, half within the shape's neighbourhood: noise of three
/// deviations around points of its surface. They are draws of a seed that no training uses.
public struct DistanceAgreement: Sendable, Equatable, Codable {
    /// The points at which the true distance d has lower ≤ |d| < upper.
    public struct Band: Sendable, Equatable, Codable {
        /// In unit-cube lengths.
        public var lower: Float
        /// nil for all that is farther.
        public var upper: Float?
        public var points: Int
        /// Of |field − d|, in unit-cube lengths; 0 without points.
        public var mean: Double
        public var largest: Float
        /// Points at which field and d have different signs.
        public var wrongSigns: Int
    }

    public var bands: [Band]
    /// Mesh lengths in one of the unit cube.
    public var meshLength: Double

    /// Where bands begin, in unit-cube lengths.
    public static let limits: [Float] = [0, 0.005, 0.02, 0.05, 0.2]
    /// Points of the largest errors seldom come twice: with four times as many the largest of a band grew by a tenth.
    public static let pointCount = 1 << 18

    /// - Parameters:
    ///   - field: of distances, in the reference's frame, which is the unit cube's.
    ///   - pointCount: of both kinds together.
    ///   - reference: the shape that the field should be the distance of.
    ///   - workers: the threads to use; the result does not depend on their number.
    public init(
        _ field: some ScalarField, against reference: EvaluationReference, pointCount: Int = Self.pointCount,
        workers: Workers = Workers()
    ) {
        let points = reference.distancePoints(count: pointCount, workers: workers)
        let distances = reference.field.values(at: points, workers: workers)
        let values = field.values(at: points, workers: workers)
        meshLength = 1 / reference.transform.scale
        bands = Self.limits.indices.map { index in
            Band(
                lower: Self.limits[index],
                upper: index + 1 < Self.limits.count ? Self.limits[index + 1] : nil, points: 0, mean: 0, largest: 0,
                wrongSigns: 0)
        }
        for (value, distance) in zip(values, distances) {
            // NaN is in no band.
            guard let band = bands.lastIndex(where: { abs(distance) >= $0.lower }) else { continue }
            let error = abs(value - distance)
            bands[band].points += 1
            bands[band].mean += Double(error)
            bands[band].largest = max(bands[band].largest, error)
            if (value < 0) != (distance < 0) { bands[band].wrongSigns += 1 }
        }
        for index in bands.indices where bands[index].points > 0 { bands[index].mean /= Double(bands[index].points) }
    }
}
