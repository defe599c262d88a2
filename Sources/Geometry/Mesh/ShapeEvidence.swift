import Core

/// A point of a surface and the way outwards from it.
public struct SurfacePoint: Sendable, Equatable {
    public var position: SIMD3<Float>
    /// Of unit length, outwards; zero where the surface has no side, as on a triangle without area.
    public var normal: SIMD3<Float>

    public init(position: SIMD3<Float>, normal: SIMD3<Float>) {
        self.position = position
        self.normal = normal
    }
}

/// What is known of a shape: where its surface is, and how far each point of space is from it and on which side.
///
/// Training asks a shape nothing else, whatever it is: a mesh, a scan. All points and lengths are in one frame, normally
/// the unit cube, to which ``transform`` leads from the coordinates of the shape's file.
///
/// A member guarantees that answers depend neither on the number of workers nor on the other points of a batch, that
/// ``occupancies(at:into:workers:)`` has the signs of ``signedDistances(at:into:workers:)``, and that a step outwards or
/// inwards from a surface point, small against the shape, leads outside or inside except where the surface is thinner
/// than the step or open. The conformance tests hold every member to that.
public protocol ShapeEvidence: Sendable {
    /// From the shape's own coordinates to the frame of everything below.
    var transform: UnitCubeTransform { get }
    /// Around the surface; has an extent.
    var bounds: BoundingBox { get }
    /// Tells whether two pieces of evidence are the same, so that a training is resumed with the one that it began with.
    var fingerprint: ShapeFingerprint { get }
    /// Whether inside and outside meet at the surface only, so that a point at distance d has a ball of radius d around it
    /// on its own side. False of a surface with openings, across which they meet in empty space.
    var changesSignAtSurfaceOnly: Bool { get }

    /// The point at `index` of `stream`, uniform by area: a pure function of the two.
    func surfacePoint(at index: UInt64, of stream: RandomStream) -> SurfacePoint

    /// The distance to the surface at each of `points`, negative inside; NaN for a point that is not finite.
    ///
    /// - Parameters:
    ///   - points: `(n)`.
    ///   - distances: `(n)`, overwritten.
    ///   - workers: the threads to use; the result does not depend on their number.
    func signedDistances(at points: Span<SIMD3<Float>>, into distances: inout MutableSpan<Float>, workers: Workers)

    /// Whether each of `points` is inside, 1 or 0: where the distance's sign bit is set. Cheaper than the distance.
    ///
    /// - Parameters:
    ///   - points: `(n)`.
    ///   - occupancies: `(n)`, overwritten.
    ///   - workers: the threads to use; the result does not depend on their number.
    func occupancies(at points: Span<SIMD3<Float>>, into occupancies: inout MutableSpan<UInt8>, workers: Workers)

    /// The cells of the unit cube that hold surface; nil where that is not known or the frame is another. By default nil.
    func surfaceCells(workers: Workers) -> SurfaceCells?
}

extension ShapeEvidence {
    public func surfaceCells(workers: Workers) -> SurfaceCells? { nil }

    /// The signed distance at each of `points`, `(n)`; see ``signedDistances(at:into:workers:)``.
    public func signedDistances(at points: [SIMD3<Float>], workers: Workers) -> [Float] {
        [Float](unsafeUninitializedCapacity: points.count) { buffer, count in
            buffer.initialize(repeating: 0)
            var distances = buffer.mutableSpan
            signedDistances(at: points.span, into: &distances, workers: workers)
            count = points.count
        }
    }

    /// Which of `points`, `(n)`, are inside.
    public func insides(at points: [SIMD3<Float>], workers: Workers) -> [Bool] {
        var occupancies = [UInt8](repeating: 0, count: points.count)
        var span = occupancies.mutableSpan
        self.occupancies(at: points.span, into: &span, workers: workers)
        return occupancies.map { $0 != 0 }
    }
}

/// A shape's signed distances as a field, for what knows fields only.
public struct EvidenceField<Evidence: ShapeEvidence>: ScalarField {
    public let shape: Evidence

    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        shape.signedDistances(at: points, into: &values, workers: workers)
    }
}

extension ShapeEvidence {
    public var distanceField: EvidenceField<Self> { EvidenceField(shape: self) }
}
