import CAssimp
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

    /// The upper three rows of Assimp's row-major matrix, which acts on columns.
    init(_ m: aiMatrix4x4) {
        rows = (
            SIMD3(Double(m.a1), Double(m.a2), Double(m.a3)),
            SIMD3(Double(m.b1), Double(m.b2), Double(m.b3)),
            SIMD3(Double(m.c1), Double(m.c2), Double(m.c3))
        )
        translation = SIMD3(Double(m.a4), Double(m.b4), Double(m.c4))
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

    /// The image of `point`, rounded to single precision once.
    func apply(_ point: SIMD3<Double>) -> SIMD3<Float> { SIMD3<Float>(linear(point) + translation) }

    /// Whether the map turns right hands into left ones.
    var isMirroring: Bool { (rows.0 * cross(rows.1, rows.2)).sum() < 0 }
}
