import Core
import Evaluation
import Geometry
import NeuralFields

/// A learnt shape. Asked with points of the mesh's own coordinates, it answers signed distances in their unit, **negative
/// inside**.
///
/// The field is a base, distances on a coarse lattice, and a correction that was learnt on top of it; models of earlier versions,
/// and of recipes without one, are the correction alone. ``unitField`` is the same field as extraction and evaluation see it,
/// in the unit cube's frame and unit.
///
/// With a base distances hold everywhere, to an error that `BaseLattice` says; without, the compression of ``target`` says how
/// far from the surface they reach. Values of an occupancy are negated logits.
public struct NeuralShape: Sendable {
    public let target: FieldTarget
    /// Between mesh coordinates and the unit cube.
    public let transform: UnitCubeTransform
    /// The shape's bounding box in the unit cube: what extraction covers.
    public let bounds: BoundingBox
    /// The field in the unit cube's frame.
    public let unitField: UnitField
    /// Where the surface that was learnt lay, of models without a base; nil where that is not known.
    public let surfaceCells: SurfaceCells?
    /// The measured error of distances, by distance from the surface; nil where it was not measured.
    public var reach: DistanceAgreement?
    /// The settings that it was learnt with; nil where its file does not say.
    public var configuration: FitConfiguration?

    public init(
        correction: any Correction, base: ShapeBase?, target: FieldTarget, transform: UnitCubeTransform,
        bounds: BoundingBox, surfaceCells: SurfaceCells? = nil
    ) {
        self.target = target
        self.transform = transform
        self.bounds = bounds
        self.surfaceCells = surfaceCells
        unitField = UnitField(base: base, correction: correction)
    }

    /// - Precondition: a network of points in space with one output.
    public init(
        network: CoordinateNetwork, base: ShapeBase? = nil, target: FieldTarget, transform: UnitCubeTransform,
        bounds: BoundingBox, surfaceCells: SurfaceCells? = nil
    ) {
        self.init(
            correction: NetworkCorrection(network, factor: target.correctionFactor(hasBase: base != nil)), base: base,
            target: target, transform: transform, bounds: bounds, surfaceCells: surfaceCells)
    }

    public var base: ShapeBase? { unitField.base }
    public var correction: any Correction { unitField.correction }
    /// The network, where that is what was learnt.
    public var network: CoordinateNetwork? { (correction as? NetworkCorrection)?.network }

    /// The signed distance at points of the mesh's own coordinates, in their unit, negative inside. For occupancy the negated
    /// logit.
    ///
    /// - Parameters:
    ///   - points: `(n)`.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Returns: `(n)`.
    public func values(at points: [SIMD3<Float>], workers: Workers = Workers()) -> [Float] {
        unitField.values(at: points.map(transform.unitPoint), workers: workers).map(meshValue)
    }

    /// The same at points in double precision, for shapes far from the origin.
    public func values(at points: [SIMD3<Double>], workers: Workers = Workers()) -> [Float] {
        unitField.values(at: points.map(transform.unitPoint), workers: workers).map(meshValue)
    }

    /// The same values, and their gradients with respect to the point: of unit length where a distance is exact, pointing
    /// outwards.
    ///
    /// - Parameters:
    ///   - points: `(n)`.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Returns: `(n)` each.
    public func valuesAndGradients(
        at points: [SIMD3<Double>], workers: Workers = Workers()
    ) -> (values: [Float], gradients: [SIMD3<Float>]) {
        var values = [Float](repeating: 0, count: points.count)
        var gradients = [SIMD3<Float>](repeating: .zero, count: points.count)
        var valueSpan = values.mutableSpan
        var gradientSpan = gradients.mutableSpan
        let unitPoints = points.map(transform.unitPoint)
        unitField.evaluate(unitPoints.span, into: &valueSpan, gradients: &gradientSpan, workers: workers)
        for index in values.indices {
            gradients[index] *= meshSlope(values[index])
            values[index] = meshValue(values[index])
        }
        return (values, gradients)
    }

    /// Whether values are distances where they are true, and not logits.
    public var givesDistances: Bool { target.kind == .sdf }

    /// What ``unitField`` calls `value`, as ``values(at:workers:)`` has it.
    func meshValue(_ value: Float) -> Float {
        switch (target.kind, base) {
        case (.occupancy, nil): value
        case (.occupancy, _): value / target.scale
        case (.sdf, nil): target.distance(ofOutput: value / target.scale) * Float(1 / transform.scale)
        case (.sdf, _): value * Float(1 / transform.scale)
        }
    }

    /// The signed distance in the unit cube's frame and unit, whatever the model learnt it as.
    ///
    /// - Precondition: ``givesDistances``.
    public var unitDistances: some ScalarField { UnitDistances(shape: self) }

    private struct UnitDistances: ScalarField {
        let shape: NeuralShape

        func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
            shape.unitField.evaluate(points, into: &values, workers: workers)
            let unit = Float(shape.transform.scale)
            for index in values.indices { values[index] = shape.meshValue(values[index]) * unit }
        }
    }

    /// The derivative of ``meshValue(_:)`` by mesh lengths and unit-cube lengths.
    private func meshSlope(_ value: Float) -> Float {
        switch (target.kind, base) {
        case (.occupancy, nil): Float(transform.scale)
        case (.occupancy, _): Float(transform.scale) / target.scale
        case (.sdf, nil): target.distanceSlope(ofOutput: value / target.scale)
        case (.sdf, _): 1
        }
    }
}
