/// The connected regions of a lattice's cells that are not touched, as runs of cells along x joined by union–find.
struct CellRuns {
    struct Run {
        var row: Int32
        var start: Int32
        var end: Int32
    }

    private(set) var all: [Run] = []
    private var parents: [Int32] = []

    /// - Complexity: O(rows + runs).
    init(lattice: CellLattice, touched: [UInt64]) {
        var rowStarts: [Int] = []
        let rowsAcross = Int(lattice.counts.y)
        for row in 0..<lattice.rowCount {
            rowStarts.append(all.count)
            appendRuns(of: row, lattice, touched)
            if row % rowsAcross > 0 { join(row: row, with: row - 1, rowStarts) }
            if row >= rowsAcross { join(row: row, with: row - rowsAcross, rowStarts) }
        }
        for index in all.indices { parents[index] = Int32(root(index)) }
    }

    /// The number of the lowest run of a run's region.
    func region(of run: Int) -> Int32 { parents[run] }

    private mutating func appendRuns(of row: Int, _ lattice: CellLattice, _ touched: [UInt64]) {
        let words = lattice.rowMaskWords
        let count = Int(lattice.counts.x)
        // The next cell from x on whose bit is as asked for.
        func next(_ x: Int, set: Bool) -> Int {
            var x = x
            while x < count {
                let word = touched[row * words + x >> 6]
                let rest = (set ? word : ~word) >> UInt64(x & 63)
                if rest != 0 { return min(count, x + rest.trailingZeroBitCount) }
                x = (x | 63) + 1
            }
            return count
        }
        var x = next(0, set: false)
        while x < count {
            let end = next(x, set: true)
            parents.append(Int32(all.count))
            all.append(Run(row: Int32(row), start: Int32(x), end: Int32(end)))
            x = next(end, set: false)
        }
    }

    private mutating func join(row: Int, with other: Int, _ rowStarts: [Int]) {
        var upper = rowStarts[row]
        var lower = rowStarts[other]
        let lowerEnd = rowStarts[other + 1]
        while upper < all.count && lower < lowerEnd {
            if all[upper].start < all[lower].end && all[lower].start < all[upper].end {
                let (a, b) = (root(upper), root(lower))
                parents[max(a, b)] = Int32(min(a, b))
            }
            if all[upper].end < all[lower].end { upper += 1 } else { lower += 1 }
        }
    }

    private mutating func root(_ run: Int) -> Int {
        var run = run
        while Int(parents[run]) != run {
            parents[run] = parents[Int(parents[run])]
            run = Int(parents[run])
        }
        return run
    }
}
