import Core

/// The eigenvalues of a symmetric 3 × 3 matrix and the direction of the least.
///
/// Jacobi's rotations, which converge for any matrix; four sweeps leave nothing in double precision for 3 × 3.
package struct SymmetricEigen {
    /// Ascending.
    package let values: SIMD3<Double>
    /// Of the least eigenvalue, of unit length.
    package let leastDirection: SIMD3<Double>

    /// - Parameter matrix: xx, yy, zz, xy, xz, yz.
    package init(_ matrix: (xx: Double, yy: Double, zz: Double, xy: Double, xz: Double, yz: Double)) {
        var a = matrix
        var x = SIMD3<Double>(1, 0, 0)
        var y = SIMD3<Double>(0, 1, 0)
        var z = SIMD3<Double>(0, 0, 1)
        for _ in 0..<6 {
            let scale = abs(a.xx) + abs(a.yy) + abs(a.zz)
            guard abs(a.xy) + abs(a.xz) + abs(a.yz) > 1e-15 * scale else { break }
            if let (c, s, t) = Self.rotation(a.xx, a.yy, a.xy) {
                (a.xx, a.yy, a.xy) = (a.xx - t * a.xy, a.yy + t * a.xy, 0)
                (a.xz, a.yz) = (c * a.xz - s * a.yz, s * a.xz + c * a.yz)
                (x, y) = (c * x - s * y, s * x + c * y)
            }
            if let (c, s, t) = Self.rotation(a.xx, a.zz, a.xz) {
                (a.xx, a.zz, a.xz) = (a.xx - t * a.xz, a.zz + t * a.xz, 0)
                (a.xy, a.yz) = (c * a.xy - s * a.yz, s * a.xy + c * a.yz)
                (x, z) = (c * x - s * z, s * x + c * z)
            }
            if let (c, s, t) = Self.rotation(a.yy, a.zz, a.yz) {
                (a.yy, a.zz, a.yz) = (a.yy - t * a.yz, a.zz + t * a.yz, 0)
                (a.xy, a.xz) = (c * a.xy - s * a.xz, s * a.xy + c * a.xz)
                (y, z) = (c * y - s * z, s * y + c * z)
            }
        }
        let (low, high) = (min(a.xx, a.yy, a.zz), max(a.xx, a.yy, a.zz))
        values = SIMD3(low, a.xx + a.yy + a.zz - low - high, high)
        leastDirection = normalized(low == a.xx ? x : low == a.yy ? y : z)
    }

    /// Cosine, sine and tangent of the rotation that brings `off` to zero (Golub and Van Loan, section 8.5.2).
    @inline(__always)
    private static func rotation(_ p: Double, _ q: Double, _ off: Double) -> (Double, Double, Double)? {
        guard off != 0 else { return nil }
        let theta = (q - p) / (2 * off)
        let t =
            theta >= 0
            ? 1 / (theta + (1 + theta * theta).squareRoot()) : -1 / (-theta + (1 + theta * theta).squareRoot())
        let c = 1 / (1 + t * t).squareRoot()
        return (c, t * c, t)
    }
}
