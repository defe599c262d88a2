/// The four rows of bits (inside, or known) of the samples around a row of cells.
struct CellRow {
    let near, far, nearAbove, farAbove: UInt16

    @inline(__always)
    init(_ rows: UnsafeMutablePointer<UInt16>, y: Int, z: Int) {
        near = rows[z * 9 + y]
        far = rows[z * 9 + y + 1]
        nearAbove = rows[z * 9 + y + 9]
        farAbove = rows[z * 9 + y + 10]
    }

    /// Bit x is set where cell x has corners of both signs.
    @inline(__always)
    var crossedCells: UInt16 {
        let any = near | far | nearAbove | farAbove
        let all = near & far & nearAbove & farAbove
        return (any | any >> 1) & ~(all & all >> 1) & 0xff
    }

    /// Bit x is set where all corners of cell x have their bits set.
    @inline(__always)
    var fullCells: UInt16 {
        let all = near & far & nearAbove & farAbove
        return all & all >> 1 & 0xff
    }

    /// The inside corners of cell x, as bits.
    @inline(__always)
    func insideMask(_ x: Int) -> Int {
        let shift = UInt16(truncatingIfNeeded: x)
        let below = (near >> shift & 3) | (far >> shift & 3) << 2
        let above = (nearAbove >> shift & 3) | (farAbove >> shift & 3) << 2
        return Int(below | above << 4)
    }
}
