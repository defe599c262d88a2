/// An axis-aligned box.
public struct BoundingBox: Sendable, Equatable {
    public var minimum: SIMD3<Float>
    public var maximum: SIMD3<Float>

    @inlinable
    public init(minimum: SIMD3<Float>, maximum: SIMD3<Float>) {
        self.minimum = minimum
        self.maximum = maximum
    }

    /// The box of no points: the identity of union.
    @inlinable
    public static var empty: BoundingBox {
        BoundingBox(minimum: SIMD3(repeating: .infinity), maximum: SIMD3(repeating: -.infinity))
    }

    @inlinable public var isEmpty: Bool { any(minimum .> maximum) }
    @inlinable public var extent: SIMD3<Float> { maximum - minimum }
    @inlinable public var center: SIMD3<Float> { minimum + (maximum - minimum) * 0.5 }
    /// Length of the space diagonal.
    @inlinable public var diagonal: Float { (extent * extent).sum().squareRoot() }

    @inlinable
    public mutating func formUnion(_ point: SIMD3<Float>) {
        // One compare and one select; the standard library's pointwiseMin is a call for every lane.
        minimum = minimum.replacing(with: point, where: point .< minimum)
        maximum = maximum.replacing(with: point, where: point .> maximum)
    }

    @inlinable
    public mutating func formUnion(_ other: BoundingBox) {
        minimum = pointwiseMin(minimum, other.minimum)
        maximum = pointwiseMax(maximum, other.maximum)
    }

    /// This box with every side moved outwards by `margin`.
    @inlinable
    public func expanded(by margin: Float) -> BoundingBox {
        BoundingBox(minimum: minimum - margin, maximum: maximum + margin)
    }

    @inlinable
    public func contains(_ point: SIMD3<Float>) -> Bool {
        all(point .>= minimum) && all(point .<= maximum)
    }
}
