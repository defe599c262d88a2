import Core

/// An affine map of a scene's node, in double precision: `x ↦ linear · x + translation`.
struct NodeTransform: Equatable {
    /// The linear part's rows.
    var rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
    var translation: SIMD3<Double>

    static let identity = NodeTransform(
        rows: (SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)), translation: .zero)

    init(rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>), translation: SIMD3<Double>) {
        self.rows = rows
        self.translation = translation
    }

    /// Scales, then turns, then moves.
    ///
    /// - Parameters:
    ///   - rotation: a quaternion x, y, z, w of any length; zero turns nothing.
    ///   - translation: three numbers, as `scale`.
    init(translation: [Double], rotation: [Double], scale: [Double]) {
        let length = rotation.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let q = length > 0 ? rotation.map { $0 / length } : [0, 0, 0, 1]
        let (x, y, z, w) = (q[0], q[1], q[2], q[3])
        let scale = SIMD3(scale[0], scale[1], scale[2])
        rows = (
            SIMD3(1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)) * scale,
            SIMD3(2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)) * scale,
            SIMD3(2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)) * scale
        )
        self.translation = SIMD3(translation[0], translation[1], translation[2])
    }

    static func == (a: Self, b: Self) -> Bool { a.rows == b.rows && a.translation == b.translation }

    /// The map that applies `inner` first.
    static func * (outer: Self, inner: Self) -> Self {
        func combine(_ row: SIMD3<Double>) -> SIMD3<Double> {
            inner.rows.0 * row.x + inner.rows.1 * row.y + inner.rows.2 * row.z
        }
        return NodeTransform(
            rows: (combine(outer.rows.0), combine(outer.rows.1), combine(outer.rows.2)),
            translation: outer.linear(inner.translation) + outer.translation)
    }

    private func linear(_ point: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3((rows.0 * point).sum(), (rows.1 * point).sum(), (rows.2 * point).sum())
    }

    /// The image of `point`.
    func apply(_ point: SIMD3<Double>) -> SIMD3<Double> { linear(point) + translation }

    /// No axis-parallel length becomes longer than this many times itself.
    var largestStretch: Double { max(length(rows.0), length(rows.1), length(rows.2)) }

    /// Whether the map turns right hands into left ones.
    var isMirroring: Bool { (rows.0 * cross(rows.1, rows.2)).sum() < 0 }
}
