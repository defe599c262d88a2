import Core

/// The squared distances of a point to planes, and the point where they are least.
///
/// Σ (nᵢ · (x − pᵢ))² + λ Σ |x − pᵢ|², after Ju, Losasso, Schaefer and Warren, "Dual contouring of Hermite data" (2002),
/// section 2.1, with a Tikhonov term in place of their truncated singular values: where the normals leave a direction
/// open (a plane, an edge), the point stays near the mean of the pᵢ, and nothing jumps between neighbouring cells.
struct QuadricErrorFunction {
    /// λ: a sharp corner is drawn towards the mean by about a hundredth of its distance.
    static let regularization = 0.01

    // Upper triangle of the normal matrix, and its right side.
    private var xx = 0.0, xy = 0.0, xz = 0.0, yy = 0.0, yz = 0.0, zz = 0.0
    private var right = SIMD3<Double>.zero
    private var pointSum = SIMD3<Double>.zero
    private var count = 0.0

    /// - Parameter normal: of unit length, or zero where there is none.
    mutating func add(point: SIMD3<Double>, normal: SIMD3<Double>) {
        xx += normal.x * normal.x
        xy += normal.x * normal.y
        xz += normal.x * normal.z
        yy += normal.y * normal.y
        yz += normal.y * normal.z
        zz += normal.z * normal.z
        right += normal * (normal * point).sum()
        pointSum += point
        count += 1
    }

    /// The minimiser; at least one point must have been added.
    var minimizer: SIMD3<Double> {
        // About the mean, so that nothing cancels: (A + λ n) d = b − A m.
        let mean = pointSum / count
        let weight = Self.regularization * count
        let row0 = SIMD3(xx, xy, xz)
        let row1 = SIMD3(xy, yy, yz)
        let row2 = SIMD3(xz, yz, zz)
        let residual = right - SIMD3((row0 * mean).sum(), (row1 * mean).sum(), (row2 * mean).sum())
        let a = row0 + SIMD3(weight, 0, 0)
        let b = row1 + SIMD3(0, weight, 0)
        let c = row2 + SIMD3(0, 0, weight)
        // Cramer's rule; the matrix is symmetric and its determinant at least weight³.
        let (bc, ca, ab) = (cross(b, c), cross(c, a), cross(a, b))
        let determinant = (a * bc).sum()
        return mean + (bc * residual.x + ca * residual.y + ab * residual.z) / determinant
    }
}
