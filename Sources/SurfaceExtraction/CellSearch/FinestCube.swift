import Geometry

extension SurfaceSampler {
    /// Asks for the samples of a cube of side 2 at corners of cells that its own corners, interpolated, say may be crossed,
    /// and gives the others the interpolated sign. A wrong one shows as a crossed cell, which is then evaluated. All 27 in a
    /// cube without a change of sign at its corners, of which nothing can be told so, and where a bound is to be kept to.
    func requestFinest(_ cube: Cube) {
        let cells = grid.cellCounts
        let (x, y, z) = (Int(cube.lower.x), Int(cube.lower.y), Int(cube.lower.z))
        guard sampling == .adaptive, x + 2 <= cells.x, y + 2 <= cells.y, z + 2 <= cells.z else {
            forEachOf27(cube, step: 1) { x, y, z in blocks.request(x, y, z) }
            return
        }
        var corners = SIMD8<Float>.zero
        for corner in 0..<8 {
            corners[corner] = blocks.value(x + 2 * (corner & 1), y + 2 * (corner >> 1 & 1), z + 2 * (corner >> 2))
        }
        let (insideBits, crossedBits) = FinestCube.guess(
            corners, error: AdaptiveRule.interpolationError * cube.curvature)
        if crossedBits == FinestCube.all {
            forEachOf27(cube, step: 1) { x, y, z in blocks.request(x, y, z) }
            return
        }
        var sample = 0
        for k in 0...2 {
            for j in 0...2 {
                for i in 0...2 {
                    let bit: UInt32 = 1 << UInt32(sample)
                    if crossedBits & bit != 0 {
                        blocks.request(x + i, y + j, z + k)
                    } else {
                        blocks.guess(x + i, y + j, z + k, inside: insideBits & bit != 0)
                    }
                    sample += 1
                }
            }
        }
    }
}

/// A cube of side 2 whose eight corners are known: which of its 27 samples seem to be corners of crossed cells.
enum FinestCube {
    /// All 27 samples, bit i + 3 j + 9 k each.
    static let all: UInt32 = (1 << 27) - 1

    /// - Parameters:
    ///   - corners: values at corner i + 2 j + 4 k.
    ///   - error: by how much interpolation may be wrong.
    /// - Returns: the samples that trilinear interpolation puts inside, and those at corners of cells in which it may have
    ///   both signs; all of them where every corner has one sign.
    static func guess(_ corners: SIMD8<Float>, error: Float) -> (inside: UInt32, crossed: UInt32) {
        var inside: UInt32 = 0
        var unsure: UInt32 = 0
        var sample: UInt32 = 0
        for k in 0...2 {
            let low = lerp(corners.lowHalf, corners.highHalf, k)
            for j in 0...2 {
                let row = lerp(low.lowHalf, low.highHalf, j)
                for i in 0...2 {
                    let value = i == 0 ? row.x : i == 2 ? row.y : 0.5 * (row.x + row.y)
                    // Not a number is outside, as everywhere.
                    if value < 0 { inside |= 1 << sample }
                    if !(abs(value) > error) { unsure |= 1 << sample }
                    sample += 1
                }
            }
        }
        guard inside & cubeCorners != 0, inside & cubeCorners != cubeCorners else { return (inside, all) }
        unsure &= ~cubeCorners
        var crossed: UInt32 = 0
        for cell in lowerCorners {
            let surelyOutside = ~(inside | unsure) >> cell & cellCorners
            let surelyInside = (inside & ~unsure) >> cell & cellCorners
            if surelyOutside != cellCorners && surelyInside != cellCorners { crossed |= cellCorners << cell }
        }
        return (inside, crossed)
    }

    private static let lowerCorners: [UInt32] = [0, 1, 3, 4, 9, 10, 12, 13]
    private static let cubeCorners: UInt32 = 0b101_000_101 | 0b101_000_101 << 18
    /// The eight corners of the cell at sample 0.
    private static let cellCorners: UInt32 = 0b11_011 | 0b11_011 << 9

    private static func lerp<V: SIMD>(_ a: V, _ b: V, _ step: Int) -> V where V.Scalar == Float {
        step == 0 ? a : step == 2 ? b : 0.5 * (a + b)
    }
}
