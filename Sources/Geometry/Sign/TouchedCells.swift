import CKernels
import Core

extension BoundingVolumeHierarchy {
    /// Which cells of `lattice` a triangle touches, one bit each, 64 a word along x: never too few, and too many only
    /// beside the corners of triangles.
    ///
    /// By the separating axes of a triangle's plane and a cell, row by row, and the nine of their edges (Akenine-Möller,
    /// "Fast 3D triangle-box overlap testing", JGT 2001).
    func touchedCells(of lattice: CellLattice, workers: Workers) -> [UInt64] {
        let wordCount = lattice.rowCount * lattice.rowMaskWords
        let blockCount = blocks.count / CK_BLOCK_STRIDE
        // One mask a worker: which one a block's cells are in does not matter after the union.
        var masks = [UInt64](repeating: 0, count: wordCount * workers.count)
        masks.withUnsafeMutableBufferPointer { masks in
            guard let base = masks.baseAddress else { return }
            workers.forEachChunk(of: blockCount, chunkSize: 512) { range, worker in
                let mask = base + worker * wordCount
                for index in range {
                    let block = blocks.pointer + index * CK_BLOCK_STRIDE
                    for lane in 0..<CK_LANES {
                        func corner(_ start: Int) -> SIMD3<Float> {
                            lattice.cellCoordinates(
                                SIMD3(block[start + lane], block[start + 8 + lane], block[start + 16 + lane]))
                        }
                        CellTriangle(corner(0), corner(24), corner(48)).mark(mask, lattice)
                    }
                }
            }
            for worker in 1..<max(workers.count, 1) {
                for word in 0..<wordCount { base[word] |= base[worker * wordCount + word] }
            }
        }
        masks.removeLast(masks.count - wordCount)
        return masks
    }
}

/// A triangle in cell units.
private struct CellTriangle {
    let a, b, c: SIMD3<Float>
    /// Cells are taken as larger by this much on each side, far more than rounding moves a point or a corner.
    private static let margin: Float = 1e-3

    init(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ c: SIMD3<Float>) {
        self.a = a
        self.b = b
        self.c = c
    }

    func mark(_ mask: UnsafeMutablePointer<UInt64>, _ lattice: CellLattice) {
        let lower = SIMD3(min(a.x, b.x, c.x), min(a.y, b.y, c.y), min(a.z, b.z, c.z)) - Self.margin
        let upper = SIMD3(max(a.x, b.x, c.x), max(a.y, b.y, c.y), max(a.z, b.z, c.z)) + Self.margin
        let first = lattice.cell(at: lower)
        let last = lattice.cell(at: upper)
        let extent = last &- first
        if extent == .zero {
            set(mask, lattice, Int(first.x), Int(first.z) * Int(lattice.counts.y) + Int(first.y))
            return
        }
        let (u, v) = (b - a, c - a)
        let normal = cross(u, v)
        let reach =
            (abs(normal.x) + abs(normal.y) + abs(normal.z)) * (0.5 + Self.margin)
        let isLarge = extent.x &+ extent.y &+ extent.z > 3
        let axes = isLarge ? edgeAxes() : []
        for z in first.z...last.z {
            for y in first.y...last.y {
                let row = Int(z) * Int(lattice.counts.y) + Int(y)
                // n · (center − a) without its x term; the plane passes a cell where the whole is within the reach.
                let rest = normal.y * (Float(y) + 0.5 - a.y) + normal.z * (Float(z) + 0.5 - a.z)
                var (start, end) = (first.x, last.x)
                if abs(normal.x) * Float(extent.x + 1) > 1e-6 * reach {
                    let middle = a.x - 0.5 - rest / normal.x
                    let half = reach / abs(normal.x)
                    // Both may lie far out of the lattice, where the plane is nearly parallel to the row. The bound comes
                    // first: it is what is left of a comparison with NaN.
                    let lowest = max(Float(first.x), middle - half - Self.margin)
                    let highest = min(Float(last.x), middle + half + Self.margin)
                    start = Int32(min(Float(last.x) + 1, lowest).rounded(.down))
                    end = Int32(max(Float(first.x) - 1, highest).rounded(.up))
                } else if abs(rest) > reach * (1 + 2e-6) {
                    continue
                }
                guard start <= end else { continue }
                for x in start...end {
                    let center = SIMD3(Float(x), Float(y), Float(z)) + 0.5
                    if !isLarge || axes.allSatisfy({ $0.overlaps(center) }) { set(mask, lattice, Int(x), row) }
                }
            }
        }
    }

    @inline(__always)
    private func set(_ mask: UnsafeMutablePointer<UInt64>, _ lattice: CellLattice, _ x: Int, _ row: Int) {
        mask[row * lattice.rowMaskWords + x >> 6] |= 1 << UInt64(x & 63)
    }

    /// A direction, and the interval that triangle plus half a cell spans along it.
    private struct Axis {
        let direction: SIMD3<Float>
        let lower, upper: Float

        func overlaps(_ center: SIMD3<Float>) -> Bool {
            let position = (direction * center).sum()
            return position >= lower && position <= upper
        }
    }

    private func edgeAxes() -> [Axis] {
        var axes: [Axis] = []
        for edge in [b - a, c - b, a - c] {
            for direction in [SIMD3(0, -edge.z, edge.y), SIMD3(edge.z, 0, -edge.x), SIMD3(-edge.y, edge.x, 0)] {
                let positions = [a, b, c].map { (direction * $0).sum() }
                let size = abs(direction.x) + abs(direction.y) + abs(direction.z)
                let reach = size * (0.5 + Self.margin)
                axes.append(
                    Axis(
                        direction: direction, lower: (positions.min() ?? 0) - reach,
                        upper: (positions.max() ?? 0) + reach))
            }
        }
        return axes
    }
}
