import Core

extension TriangleMesh {
    /// Steps into which floats must cut a shape's longest side: at 2¹⁷ a coordinate is off by at most 4 millionths of it
    /// (0.6 mm for a dome of 150 m). With fewer, vertices are kept relative to a point near the shape.
    package static let leastFloatSteps = Double(1 << 17)

    /// The point that vertices of a shape in this box are to be kept relative to: zero where floats do without.
    ///
    /// A multiple of a power of two near the shape's size, so that adding and subtracting it in double precision is exact
    /// for coordinates that floats can hold.
    package static func origin(forMinimum minimum: SIMD3<Double>, maximum: SIMD3<Double>) -> SIMD3<Double> {
        let side = (maximum - minimum).max()
        let largest = Swift.max(abs(minimum).max(), abs(maximum).max())
        guard side > 0, largest <= Double(Float.greatestFiniteMagnitude),
            side < leastFloatSteps * Double(Float(largest).ulp)
        else { return .zero }
        let grain = Double(sign: .plus, exponent: side.exponent, significand: 1)
        return ((minimum + (maximum - minimum) * 0.5) / grain).rounded(.toNearestOrEven) * grain
    }

    /// Whether floats alone would lose the shape: it has an ``origin``, or should have.
    package var isFarFromOrigin: Bool {
        if origin != .zero { return true }
        guard let box = boundingBox else { return false }
        return Self.origin(forMinimum: SIMD3<Double>(box.minimum), maximum: SIMD3<Double>(box.maximum)) != .zero
    }
}
