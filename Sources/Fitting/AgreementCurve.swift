import Core
import Evaluation
import Geometry

/// Measures how a field's IoU grows while it is trained, on the first points of `tancik2020`'s two test sets.
package struct AgreementCurve: Sendable {
    /// The field after a number of steps.
    package struct Point: Sendable, Equatable, Codable {
        package var step: Int
        /// Of training, earlier measurements included.
        package var seconds: Double
        package var uniform: IntersectionOverUnion
        package var boundary: IntersectionOverUnion
    }

    /// Of each set: standard errors of 0.0003 or so, for a twentieth of a second a measurement.
    private static let pointCount = 1 << 15

    private let workers: Workers
    private let sets: [(points: [SIMD3<Float>], insides: [Bool])]

    package init(_ reference: EvaluationReference, workers: Workers) {
        self.workers = workers
        sets = [reference.uniformPoints(workers: workers), reference.boundaryPoints(workers: workers)].map {
            let points = Array($0.prefix(Self.pointCount))
            return (points, reference.insides(at: points, workers: workers))
        }
    }

    /// The part of the training at which a point is measured: closer together at the beginning, where more happens.
    static func fraction(ofPoint index: Int) -> Double {
        let part = Double(index + 1) / 20
        return part * part
    }

    /// - Parameter field: in the unit cube's frame.
    func measure(_ field: some ScalarField, step: Int, seconds: Double) -> Point {
        let scores = sets.map { set in
            IntersectionOverUnion(field.values(at: set.points, workers: workers).map { $0 < 0 }, set.insides)
        }
        return Point(step: step, seconds: seconds, uniform: scores[0], boundary: scores[1])
    }
}
