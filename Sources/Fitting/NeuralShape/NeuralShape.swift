import Core
import Geometry
import NeuralFields

/// A trained network as a field over the unit cube, with the transform that leads back to the mesh's own coordinates.
public struct NeuralShape: ScalarField, DifferentiableField {
    public let network: CoordinateNetwork
    public let target: FieldTarget
    /// Between mesh coordinates and the frame that the network sees.
    public let transform: UnitCubeTransform
    /// The shape's bounding box in the network's frame: what extraction covers.
    public let bounds: BoundingBox
    /// Where the surface that was learnt lay; nil where that is not known.
    public let surfaceCells: SurfaceCells?
    private let evaluator: NetworkEvaluator

    public init(
        network: CoordinateNetwork, target: FieldTarget, transform: UnitCubeTransform, bounds: BoundingBox,
        surfaceCells: SurfaceCells? = nil
    ) {
        self.network = network
        self.target = target
        self.transform = transform
        self.bounds = bounds
        self.surfaceCells = surfaceCells
        evaluator = NetworkEvaluator(network)
    }

    /// The field at points of the network's frame; see ``FieldTarget/fieldValue(ofOutput:)`` for its unit.
    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        // A field's value is a multiple of the output for every target.
        evaluator.evaluate(points, times: target.fieldValue(ofOutput: 1), into: &values, workers: workers)
    }

    /// The field and its analytic gradient.
    public func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        let coordinates = packed(points)
        var slopes = [Float](repeating: 0, count: coordinates.count)
        var slopeSpan = slopes.mutableSpan
        evaluator.evaluate(coordinates.span, into: &values, gradients: &slopeSpan, workers: workers)
        let factor = target.fieldValue(ofOutput: 1)
        for index in values.indices {
            values[index] *= factor
            gradients[index] =
                factor * SIMD3(slopeSpan[3 * index], slopeSpan[3 * index + 1], slopeSpan[3 * index + 2])
        }
    }

    /// The signed distance at points of the mesh's own coordinates, in their unit, negative inside; see
    /// ``FieldTarget/distance(ofOutput:)`` for how far it reaches. For occupancy the negated logit.
    ///
    /// - Parameter points: `(n)`.
    /// - Returns: `(n)`.
    public func values(atMeshPoints points: [SIMD3<Float>], workers: Workers = Workers()) -> [Float] {
        distances(atUnitPoints: points.map(transform.unitPoint), workers: workers)
    }

    /// The same at points of the network's frame, the values still in the mesh's unit.
    func distances(atUnitPoints points: [SIMD3<Float>], workers: Workers) -> [Float] {
        let coordinates = packed(points.span)
        let outputs = [Float](unsafeUninitializedCapacity: points.count) { buffer, count in
            buffer.initialize(repeating: 0)
            var span = buffer.mutableSpan
            evaluator.evaluate(coordinates.span, into: &span, workers: workers)
            count = points.count
        }
        let unit = target.kind == .sdf ? Float(1 / transform.scale) : 1
        return outputs.map { target.distance(ofOutput: $0) * unit }
    }

    /// `(n)` points of stride 16 as `(n, 3)` floats.
    private func packed(_ points: Span<SIMD3<Float>>) -> [Float] {
        [Float](unsafeUninitializedCapacity: 3 * points.count) { buffer, count in
            for index in points.indices {
                buffer[3 * index] = points[index].x
                buffer[3 * index + 1] = points[index].y
                buffer[3 * index + 2] = points[index].z
            }
            count = 3 * points.count
        }
    }
}
