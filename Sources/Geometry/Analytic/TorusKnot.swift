import Core

/// A tube around a torus knot: the curve that winds `windings.axis` times around the z axis and `windings.core` times
/// around a torus's core circle.
public struct TorusKnot: Sendable {
    /// Coprime, both positive.
    public let windings: (axis: Int, core: Int)
    /// Radius of the torus's core circle, and of the torus around it that carries the curve.
    public let majorRadius: Float
    public let minorRadius: Float
    public let tubeRadius: Float
    /// The curve at equal steps of its parameter: where a closest point is looked for first.
    private let samples: [SIMD3<Double>]

    public init(
        windings: (axis: Int, core: Int) = (2, 3), majorRadius: Float = 1, minorRadius: Float = 0.45,
        tubeRadius: Float = 0.2
    ) {
        self.windings = windings
        self.majorRadius = majorRadius
        self.minorRadius = minorRadius
        self.tubeRadius = tubeRadius
        let count = 48 * (windings.axis + windings.core)
        samples = (0..<count).map { index in
            Self.curve(Double(index) / Double(count), windings, Double(majorRadius), Double(minorRadius)).position
        }
    }

    /// A point of the curve, and how it goes on from there.
    public struct Place: Sendable {
        public let position: SIMD3<Double>
        /// The derivative by the parameter.
        public let tangent: SIMD3<Double>
        /// Unit vector away from the torus's core circle.
        public let outward: SIMD3<Double>
    }

    /// The curve's point at `parameter`, which runs from 0 to 1 once around.
    public func place(at parameter: Double) -> Place {
        Self.curve(parameter, windings, Double(majorRadius), Double(minorRadius))
    }

    /// Signed distance to the tube's surface.
    func value(at point: SIMD3<Float>) -> Float {
        let point = SIMD3<Double>(point)
        var nearest = (index: 0, squared: Double.infinity)
        for (index, sample) in samples.enumerated() {
            let offset = sample - point
            let squared = (offset * offset).sum()
            if squared < nearest.squared { nearest = (index, squared) }
        }
        // The distance along the curve has one minimum between the sample's neighbours: golden section.
        let step = 1 / Double(samples.count)
        var (low, high) = (Double(nearest.index - 1) * step, Double(nearest.index + 1) * step)
        func squaredDistance(_ parameter: Double) -> Double {
            let offset = place(at: parameter).position - point
            return (offset * offset).sum()
        }
        let ratio = 0.618_033_988_749_895
        var (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
        var (atA, atB) = (squaredDistance(a), squaredDistance(b))
        for _ in 0..<24 {
            if atA < atB {
                (high, b, atB) = (b, a, atA)
                a = high - ratio * (high - low)
                atA = squaredDistance(a)
            } else {
                (low, a, atA) = (a, b, atB)
                b = low + ratio * (high - low)
                atB = squaredDistance(b)
            }
        }
        return Float(min(atA, atB).squareRoot() - Double(tubeRadius))
    }

    private static func curve(
        _ parameter: Double, _ windings: (axis: Int, core: Int), _ major: Double, _ minor: Double
    ) -> Place {
        let around = sineAndCosine(of: parameter * Double(windings.axis))
        let across = sineAndCosine(of: parameter * Double(windings.core))
        let radius = major + minor * across.cosine
        let outward = SIMD3(across.cosine * around.cosine, across.cosine * around.sine, across.sine)
        let aroundRate = 6.283_185_307_179_586 * Double(windings.axis)
        let acrossRate = 6.283_185_307_179_586 * Double(windings.core)
        let tangent =
            SIMD3(-around.sine, around.cosine, 0) * (radius * aroundRate)
            + SIMD3(-across.sine * around.cosine, -across.sine * around.sine, across.cosine) * (minor * acrossRate)
        return Place(
            position: SIMD3(radius * around.cosine, radius * around.sine, minor * across.sine), tangent: tangent,
            outward: outward)
    }
}
