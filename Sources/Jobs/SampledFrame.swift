import Core
import Fitting
import Geometry

/// Where labelled points lie.
public enum PointStrategy: String, Sendable, Codable, CaseIterable {
    /// In the box: independent, of low discrepancy.
    case uniform, sobol
    /// On the surface, area-uniform.
    case surface
    /// The same with noise.
    case nearSurface = "near-surface"

    /// - Parameter deviations: of the noise, in unit-cube lengths; of several every point takes one at random.
    func components(deviations: [Float]) -> [SamplingConfiguration.Component] {
        switch self {
        case .uniform: [.box(weight: 1)]
        case .sobol: [.box(weight: 1, placement: .sobol)]
        case .surface: [.surface(weight: 1, deviation: 0)]
        case .nearSurface: deviations.map { .surface(weight: 1, deviation: $0) }
        }
    }
}

/// A mesh in the unit cube, where points are drawn, and in the frame that is asked for, so that distances are those of the
/// points as they are written.
public struct SampledFrame: Sendable {
    public let unit: PreparedMesh
    public let labels: PreparedMesh

    /// Twice the unit cube's side is as far as labels have a use.
    static let mostMargin: Float = 2

    /// - Parameters:
    ///   - unit: in the unit cube.
    ///   - coordinates: the frame of points and distances.
    ///   - workers: the threads to use.
    /// - Throws: `GeometryError` where the mesh has no area in the other frame.
    public init(
        _ unit: PreparedMesh, _ coordinates: LabelledSet.Coordinates, workers: Workers
    ) throws(GeometryError) {
        self.unit = unit
        labels = coordinates == .mesh ? try unit.brought(to: .own, workers: workers) : unit
    }

    /// Draws points and labels them.
    ///
    /// - Parameters:
    ///   - count: a point depends on its number and the seed alone.
    ///   - strategy: where points are drawn.
    ///   - deviations: of ``PointStrategy/nearSurface``, in unit-cube lengths.
    ///   - margin: how far the box reaches beyond the mesh's, in unit-cube lengths.
    ///   - seed: of the points.
    ///   - workers: the set does not depend on their number.
    /// - Throws: `SettingError` for a margin or deviations out of range.
    public func labelledSet(
        _ count: Int, _ strategy: PointStrategy, deviations: [Float], margin: Float, seed: UInt64, workers: Workers
    ) throws(SettingError) -> LabelledSet {
        guard (0...Self.mostMargin).contains(margin) else {
            throw SettingError(name: "margin", value: "\(margin)", remedy: "must be between 0 and \(Self.mostMargin)")
        }
        let sampler = try Sampler(
            unit,
            configuration: SamplingConfiguration(
                components: strategy.components(deviations: deviations), margin: margin), seed: seed)
        return LabelledSet(
            sampler.points(0..<count, workers: workers).map(point), relativeTo: labels.mesh.origin, of: labels,
            workers: workers)
    }

    /// The mesh's bounding box with a margin in unit-cube lengths, in the frame.
    public func box(margin: Float) -> BoundingBox {
        let box = unit.bounds.expanded(by: margin)
        return BoundingBox(minimum: point(box.minimum), maximum: point(box.maximum))
    }

    /// A point of the unit cube, in the frame, relative to the origin of ``labels``' mesh.
    private func point(_ point: SIMD3<Float>) -> SIMD3<Float> {
        labels.transform == unit.transform
            ? point : unit.transform.meshPoint(point, relativeTo: labels.mesh.origin)
    }
}
