/// Samples in blocks of 8³, as marching cubes and dual contouring read them: a dense array or the blocks near a surface.
///
/// Both give the same triangles where every corner of every crossed cell is the same and the other samples have the
/// same sign.
package protocol BlockSamples: Sendable {
    var grid: SampleGrid { get }

    /// The blocks in which a crossed cell can begin, ascending.
    var candidateBlocks: [Int32] { get }

    /// Writes the block's 8³ samples and the next layer of each axis, relative to the level.
    ///
    /// - Parameters:
    ///   - corners: `(9, 9, 9)`, x fastest; negative inside, +∞ outside the grid, NaN where the field is NaN.
    ///   - insideRows: `(9, 9)`, bit x of row (z, y) is set where the sample is inside.
    /// - Returns: whether both signs occur; when not, `corners` and `insideRows` are not to be used.
    func gather(
        block: Int, into corners: UnsafeMutablePointer<Float>, insideRows: UnsafeMutablePointer<UInt16>
    ) -> Bool
}

/// A dense array seen as blocks.
struct DenseBlockSamples: BlockSamples, @unchecked Sendable {
    let grid: SampleGrid
    let isoLevel: Float
    /// Lives as long as the call that made this.
    let values: UnsafePointer<Float>

    var candidateBlocks: [Int32] { (0..<Int32(grid.blockCount)).map { $0 } }

    func gather(
        block: Int, into corners: UnsafeMutablePointer<Float>, insideRows: UnsafeMutablePointer<UInt16>
    ) -> Bool {
        let counts = grid.sampleCounts
        let base = (grid.blockCoordinates(block) &- 1) &* 8
        let wholeRow = base.x >= 0 && base.x + 9 <= counts.x
        var anyInside: UInt16 = 0
        var allInside: UInt16 = 0x1ff
        for z in 0..<9 {
            for y in 0..<9 {
                let j = base.y + y
                let k = base.z + z
                let row = corners + (z * 9 + y) * 9
                var bits: UInt16 = 0
                if j < 0 || j >= counts.y || k < 0 || k >= counts.z {
                    row.update(repeating: .infinity, count: 9)
                } else if wholeRow {
                    let source = values + ((k * counts.y + j) * counts.x + base.x)
                    let eight = UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Float>.self) - isoLevel
                    UnsafeMutableRawPointer(row).storeBytes(of: eight, as: SIMD8<Float>.self)
                    row[8] = source[8] - isoLevel
                    bits = insideBits(eight) | (row[8] < 0 ? 0x100 : 0)
                } else {
                    for x in 0..<9 {
                        let i = base.x + x
                        row[x] =
                            i < 0 || i >= counts.x
                            ? .infinity : values[(k * counts.y + j) * counts.x + i] - isoLevel
                        if row[x] < 0 { bits |= 1 << UInt16(x) }
                    }
                }
                insideRows[z * 9 + y] = bits
                anyInside |= bits
                allInside &= bits
            }
        }
        return anyInside != 0 && allInside != 0x1ff
    }
}

/// Bit i is set where value i is negative; NaN is not.
@inline(__always)
func insideBits(_ values: SIMD8<Float>) -> UInt16 {
    let weights = SIMD8<Int32>(1, 2, 4, 8, 16, 32, 64, 128)
    let selected = SIMD8<Int32>.zero.replacing(with: weights, where: values .< 0)
    return UInt16(truncatingIfNeeded: selected.wrappedSum())
}
