import Core

extension OccupancyGrid {
    /// Classifies cells of a mesh with a boundary: those that no triangle touches and in which the winding number stays
    /// on one side of ½.
    ///
    /// The winding number is known at one cell's centre and carried from neighbour to neighbour through untouched cells,
    /// where it changes by at most ``BoundaryCirculation``'s bound a step; where that leaves the side open it is evaluated
    /// anew. Cells whose side stays open are unknown.
    ///
    /// Beyond the grid all is outside if all cells of its outermost layer are: the winding number is harmonic there and 0
    /// at infinity, so that it is nowhere larger than on that layer.
    ///
    /// - Parameters:
    ///   - tolerance: by how much two evaluations of the winding number may differ from each other beside the true change.
    ///   - windingNumber: at a point.
    /// - Complexity: O(cells) steps, and an evaluation for each of a small part of them.
    init(
        windingOf lattice: CellLattice, touched: [UInt64], boundary: BoundaryCirculation, tolerance: Float,
        windingNumber: (SIMD3<Float>) -> Float
    ) {
        let counts = SIMD3<Int>(truncatingIfNeeded: lattice.counts)
        let strides = SIMD3(1, counts.x, counts.x * counts.y)
        var pending: [Known] = []
        var isReached = [Bool](repeating: false, count: strides.z * counts.z)
        var words = Self.unknownWords(lattice)

        func visit(_ place: SIMD3<Int>, number: Float, error: Float) {
            let index = (place &* strides).wrappedSum()
            let row = place.z * counts.y + place.y
            guard !isReached[index], touched[row * lattice.rowMaskWords + place.x >> 6] >> UInt64(place.x & 63) & 1 == 0
            else { return }
            isReached[index] = true
            let slope = boundary.gradientBound(x: place.x, y: place.y, z: place.z)
            // Half a cell's diagonal around its centre.
            let least = 0.8661 * slope + tolerance
            var known = Known(place: place, number: number, error: error, slope: slope)
            if abs(number - 0.5) <= error + least, least < 0.5 {
                known.number = windingNumber(lattice.center(x: place.x, row: row))
                known.error = 0
            }
            if abs(known.number - 0.5) > known.error + least {
                Self.set(known.number < 0.5 ? .outside : .inside, x: place.x, row: row, &words, lattice)
            }
            pending.append(known)
        }

        for z in 0..<counts.z {
            for y in 0..<counts.y {
                for x in 0..<counts.x {
                    visit(SIMD3(x, y, z), number: 0.5, error: .infinity)
                    var next = 0
                    while next < pending.count {
                        let known = pending[next]
                        next += 1
                        for axis in 0..<3 {
                            for step in [-1, 1] {
                                var place = known.place
                                place[axis] += step
                                guard place[axis] >= 0, place[axis] < counts[axis] else { continue }
                                // Half of the way lies in either cell's block.
                                let beyond = boundary.gradientBound(x: place.x, y: place.y, z: place.z)
                                visit(
                                    place, number: known.number, error: known.error + 0.5 * (known.slope + beyond))
                            }
                        }
                    }
                    pending.removeAll(keepingCapacity: true)
                }
            }
        }
        var outermostIsOutside = true
        for row in 0..<lattice.rowCount {
            let isEdgeRow =
                row % counts.y == 0 || row % counts.y == counts.y - 1 || row < counts.y
                || row >= lattice.rowCount - counts.y
            for x in isEdgeRow ? Array(0..<counts.x) : [0, counts.x - 1] {
                if Self.cell(x: x, row: row, words, lattice) != .outside { outermostIsOutside = false }
            }
        }
        self.init(lattice: lattice, words: words, beyond: outermostIsOutside ? .outside : .unknown)
    }

    /// A cell that was reached, with the winding number at its centre up to `error`.
    private struct Known {
        let place: SIMD3<Int>
        var number: Float
        var error: Float
        /// The bound of the gradient there, per cell side.
        let slope: Float
    }
}
