import CKernels
import Support

/// What is known of each cell of a grid over a mesh without looking at its triangles: that all of it is outside, that
/// all of it is inside, or nothing.
///
/// A cell is classified only where no triangle touches it, so that a lookup answers as the exact test does.
/// Coordinates are the hierarchy's scaled ones. Two bits a cell, 32 cells a word along x.
struct OccupancyGrid: Sendable {
    enum Cell: UInt8 {
        case outside = 0
        case inside = 1
        /// A triangle touches it, or nothing was decided.
        case unknown = 2
    }

    /// Cells of the longest side. At 128 a mesh of 70 000 triangles leaves few uniform points to the exact test (28 ns of
    /// processor time a point in all, against 1061 for a distance) in half a mebibyte; other sizes were not measured.
    static let resolution = 128

    let lattice: CellLattice
    private let words: [UInt64]
    /// What every point beyond the grid is.
    private let beyond: Cell

    /// What is known of a point.
    @inline(__always)
    func cell(at point: SIMD3<Float>) -> Cell {
        guard let (x, row) = lattice.place(of: point) else { return MortonOrder.isFinite(point) ? beyond : .unknown }
        let word = words[row * lattice.rowWords + x >> 5]
        return Cell(rawValue: UInt8(truncatingIfNeeded: word >> UInt64(2 * (x & 31)) & 3)) ?? .unknown
    }

    var byteCount: Int { words.count * 8 }

    /// Classifies the connected regions that no triangle touches, each by one of its cells' centres.
    ///
    /// - Parameters:
    ///   - touched: the cells that triangles touch, on `lattice`.
    ///   - isInside: whether a point is inside; must be the same for all points that can be joined without crossing a
    ///     triangle, as it is for a mesh without boundary.
    init(regionsOf lattice: CellLattice, touched: [UInt64], isInside: (SIMD3<Float>) -> Bool) {
        self.lattice = lattice
        let runs = CellRuns(lattice: lattice, touched: touched)
        var words = [UInt64](repeating: 0xAAAA_AAAA_AAAA_AAAA, count: lattice.rowCount * lattice.rowWords)
        var cells = [Cell?](repeating: nil, count: runs.all.count)
        for (index, run) in runs.all.enumerated() {
            let region = Int(runs.region(of: index))
            if cells[region] == nil {
                let first = runs.all[region]
                let middle = (Int(first.start) + Int(first.end)) / 2
                cells[region] = isInside(lattice.center(x: middle, row: Int(first.row))) ? .inside : .outside
            }
            let bits = UInt64((cells[region] ?? .unknown).rawValue)
            for x in Int(run.start)..<Int(run.end) {
                let shift = UInt64(2 * (x & 31))
                words[Int(run.row) * lattice.rowWords + x >> 5] &= ~(3 << shift)
                words[Int(run.row) * lattice.rowWords + x >> 5] |= bits << shift
            }
        }
        self.words = words
        // The first cell belongs to the untouched layer around the mesh.
        beyond = runs.all.isEmpty ? .unknown : cells[Int(runs.region(of: 0))] ?? .unknown
    }
}
