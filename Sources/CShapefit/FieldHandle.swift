import Core
import Evaluation
import Fitting
import Geometry
import Jobs

/// A learnt shape, and what its fit measured.
final class FieldHandle: Handle {
    let shape: NeuralShape
    /// nil for a model that was read.
    let summary: FitSummary?

    init(_ shape: NeuralShape, summary: FitSummary? = nil) {
        self.shape = shape
        self.summary = summary
    }

    /// Cells of the fit's own surface.
    var usualResolution: Int { shape.configuration?.resolution ?? (shape.hasOwnCells ? 0 : 256) }

    /// Values at points that may be anything, a chunk at a time; NaN where a point has no place in the field's frame.
    func evaluate(
        _ points: Points, into values: UnsafeMutableBufferPointer<Float>,
        gradients: UnsafeMutableBufferPointer<Float>?, workers: Workers
    ) {
        let places = points.all
        for start in stride(from: 0, to: places.count, by: 1 << 20) {
            let chunk = places[start..<min(start + 1 << 20, places.count)]
            let finite = chunk.indices.filter { index in
                let unit = shape.transform.unitPoint(chunk[index])
                return unit.x.isFinite && unit.y.isFinite && unit.z.isFinite
            }
            for index in chunk.indices {
                values[index] = .nan
                gradients?.setRow(index, SIMD3<Float>(repeating: .nan))
            }
            let known = finite.map { chunk[$0] }
            if let gradients {
                let answers = shape.valuesAndGradients(at: known, workers: workers)
                for (slot, index) in finite.enumerated() {
                    values[index] = answers.values[slot]
                    gradients.setRow(index, answers.gradients[slot])
                }
            } else {
                let answers = shape.values(at: known, workers: workers)
                for (slot, index) in finite.enumerated() { values[index] = answers[slot] }
            }
        }
    }

    /// What `sf_field_describe` says.
    struct Description: Encodable {
        /// How far distances are from the true ones at points so far from the surface; lengths of the mesh.
        struct Reach: Encodable {
            let lower: Double
            let upper: Double?
            let mean: Double
            let largest: Double
        }

        let target: FieldTarget.Kind
        let parameters: Int
        let bounds: [[Double]]
        let transform: UnitCubeTransform
        let reach: [Reach]?
        let resolution: Int
        let configuration: FitConfiguration?
        let report: FitSummary?
    }

    var description: Description {
        let corners = [shape.bounds.minimum, shape.bounds.maximum].map {
            (SIMD3<Double>($0) - 0.5) / shape.transform.scale + shape.transform.center
        }
        let reach = shape.reach.map { reach in
            reach.bands.filter { $0.points > 0 }.map { band in
                Description.Reach(
                    lower: Double(band.lower) * reach.meshLength,
                    upper: band.upper.map { Double($0) * reach.meshLength },
                    mean: band.mean * reach.meshLength, largest: Double(band.largest) * reach.meshLength)
            }
        }
        return Description(
            target: shape.target.kind, parameters: shape.correction.parameterCount,
            bounds: corners.map { [$0.x, $0.y, $0.z] }, transform: shape.transform, reach: reach,
            resolution: usualResolution, configuration: shape.configuration, report: summary)
    }
}

/// What a fit measured; the keys of the command's report.
struct FitSummary: Encodable, Sendable {
    struct Timings: Encodable {
        let label: Double
        let searchSigma: Double
        let train: Double
        let total: Double
    }

    let input: FitReport.Input
    /// What was noticed of the mesh and done about it, a line each.
    let notes: [String]
    let sigmaSearch: SigmaSearch?
    let tolerance: ToleranceResult?
    let training: TrainingSummary
    /// In unit-cube lengths; nil for occupancy.
    let distance: DistanceAgreement?
    let timings: Timings
}
