import CKernels

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
    /// The class of every point beyond the grid.
    private let beyond: Cell

    init(lattice: CellLattice, words: [UInt64], beyond: Cell) {
        self.lattice = lattice
        self.words = words
        self.beyond = beyond
    }

    /// Words in which nothing is known.
    static func unknownWords(_ lattice: CellLattice) -> [UInt64] {
        [UInt64](repeating: 0xAAAA_AAAA_AAAA_AAAA, count: lattice.rowCount * lattice.rowWords)
    }

    static func set(_ cell: Cell, x: Int, row: Int, _ words: inout [UInt64], _ lattice: CellLattice) {
        let shift = UInt64(2 * (x & 31))
        let word = row * lattice.rowWords + x >> 5
        words[word] = words[word] & ~(3 << shift) | UInt64(cell.rawValue) << shift
    }

    @inline(__always)
    static func cell(x: Int, row: Int, _ words: [UInt64], _ lattice: CellLattice) -> Cell {
        let word = words[row * lattice.rowWords + x >> 5]
        return Cell(rawValue: UInt8(truncatingIfNeeded: word >> UInt64(2 * (x & 31)) & 3)) ?? .unknown
    }

    /// The class of a point, where it is known.
    @inline(__always)
    func cell(at point: SIMD3<Float>) -> Cell {
        guard let (x, row) = lattice.place(of: point) else { return MortonOrder.isFinite(point) ? beyond : .unknown }
        return Self.cell(x: x, row: row, words, lattice)
    }

    var byteCount: Int { words.count * 8 }

    /// The part of the grid's cells that are classified.
    var knownShare: Double {
        let unknown = words.reduce(0) { $0 + ($1 & 0xAAAA_AAAA_AAAA_AAAA).nonzeroBitCount }
        // Rows are filled up to whole words with unknown cells.
        return Double(32 * words.count - unknown) / Double(max(lattice.rowCount * Int(lattice.counts.x), 1))
    }

    /// Classifies the connected regions that no triangle touches, each by one of its cells' centres.
    ///
    /// - Parameters:
    ///   - touched: the cells that triangles touch, on `lattice`.
    ///   - isInside: whether a point is inside; must be the same for all points that can be joined without crossing a
    ///     triangle, as it is for a mesh without boundary.
    init(regionsOf lattice: CellLattice, touched: [UInt64], isInside: (SIMD3<Float>) -> Bool) {
        let runs = CellRuns(lattice: lattice, touched: touched)
        var words = Self.unknownWords(lattice)
        var cells = [Cell?](repeating: nil, count: runs.all.count)
        for (index, run) in runs.all.enumerated() {
            let region = Int(runs.region(of: index))
            if cells[region] == nil {
                let first = runs.all[region]
                let middle = (Int(first.start) + Int(first.end)) / 2
                cells[region] = isInside(lattice.center(x: middle, row: Int(first.row))) ? .inside : .outside
            }
            for x in Int(run.start)..<Int(run.end) {
                Self.set(cells[region] ?? .unknown, x: x, row: Int(run.row), &words, lattice)
            }
        }
        // The first cell belongs to the untouched layer around the mesh.
        let beyond = runs.all.isEmpty ? Cell.unknown : cells[Int(runs.region(of: 0))] ?? .unknown
        self.init(lattice: lattice, words: words, beyond: beyond)
    }
}
