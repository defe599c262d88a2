/// Cubic cells over a box and around it.
struct CellLattice: Sendable {
    let origin: SIMD3<Float>
    let inverseSide: Float
    let counts: SIMD3<Int32>
    private let upper: SIMD3<Float>

    /// - Parameters:
    ///   - resolution: cells along the longest side.
    ///   - margin: of them, cells on either side of the box; at least 2, so that rounding leaves one.
    init(over box: BoundingBox, resolution: Int, margin: Int = 2) {
        let longest = box.extent.max()
        let side = max(longest, .leastNormalMagnitude * 1e6) / Float(resolution - 2 * margin)
        inverseSide = 1 / side
        origin = box.minimum - Float(margin) * side
        counts = SIMD3<Int32>((box.extent * inverseSide).rounded(.up)) &+ Int32(2 * margin)
        upper = SIMD3<Float>(counts)
    }

    var rowCount: Int { Int(counts.y) * Int(counts.z) }
    /// Words of 32 two-bit cells in a row along x.
    var rowWords: Int { (Int(counts.x) + 31) / 32 }
    /// Words of 64 one-bit cells in a row along x.
    var rowMaskWords: Int { (Int(counts.x) + 63) / 64 }

    /// In units of cells from the lattice's corner.
    @inline(__always)
    func cellCoordinates(_ point: SIMD3<Float>) -> SIMD3<Float> { (point - origin) * inverseSide }

    /// A point's cell along x, and its row; nil beyond the lattice.
    @inline(__always)
    func place(of point: SIMD3<Float>) -> (x: Int, row: Int)? {
        let position = cellCoordinates(point)
        guard position.x >= 0 && position.y >= 0 && position.z >= 0 else { return nil }
        guard position.x < upper.x && position.y < upper.y && position.z < upper.z else { return nil }
        return (Int(position.x), Int(position.z) * Int(counts.y) + Int(position.y))
    }

    /// The cell that holds a point in units of cells; of a point beyond the lattice the nearest one.
    @inline(__always)
    func cell(at position: SIMD3<Float>) -> SIMD3<Int32> {
        // Numbers that are no numbers go to the first cell.
        SIMD3(
            Int32(min(upper.x - 1, max(0, position.x))), Int32(min(upper.y - 1, max(0, position.y))),
            Int32(min(upper.z - 1, max(0, position.z))))
    }

    func center(x: Int, row: Int) -> SIMD3<Float> {
        let cell = SIMD3(Float(x), Float(row % Int(counts.y)), Float(row / Int(counts.y)))
        return origin + (cell + 0.5) / inverseSide
    }
}
