import CKernels

/// Where to cut a range of triangles in two: the surface area heuristic (Wald 2007), with the cost of a side being the
/// area of its box times the number of blocks that it fills.
enum HierarchySplit {
    fileprivate static let binCount = 16
    /// Up to this many triangles every cut that fills whole blocks is tried, instead of bins.
    private static let sweepLimit = 64

    /// Reorders `range` and returns where its second part begins; neither part is empty.
    static func partition(_ references: UnsafeMutablePointer<TriangleReference>, _ range: Range<Int>) -> Int {
        range.count <= sweepLimit ? sweep(references, range) : binned(references, range)
    }

    /// Cuts at the median of the longest axis.
    static func halve(_ references: UnsafeMutablePointer<TriangleReference>, _ range: Range<Int>) -> Int {
        let (lower, upper) = centerBounds(references, range)
        let extent = upper - lower
        var axis = extent.y > extent.x ? 1 : 0
        if extent.z > extent[axis] { axis = 2 }
        var part = UnsafeMutableBufferPointer(start: references + range.lowerBound, count: range.count)
        part.sort {
            ($0.center[axis], $0.triangle) < ($1.center[axis], $1.triangle)
        }
        return range.lowerBound + range.count / 2
    }

    @inline(__always)
    private static func halfArea(_ lower: SIMD4<Float>, _ upper: SIMD4<Float>) -> Float {
        let extent = upper - lower
        return extent.x * extent.y + extent.y * extent.z + extent.z * extent.x
    }

    @inline(__always)
    private static func blocks(_ count: Int) -> Float { Float((count + CK_LANES - 1) / CK_LANES) }

    /// The box of a range that is not empty.
    static func bounds(
        _ references: UnsafeMutablePointer<TriangleReference>, _ range: Range<Int>
    ) -> (lower: SIMD4<Float>, upper: SIMD4<Float>) {
        var lower = references[range.lowerBound].lower
        var upper = references[range.lowerBound].upper
        for index in range.dropFirst() {
            lower = lesser(lower, references[index].lower)
            upper = greater(upper, references[index].upper)
        }
        return (lower, upper)
    }

    /// Twice the box of the centres of a range that is not empty.
    static func centerBounds(
        _ references: UnsafeMutablePointer<TriangleReference>, _ range: Range<Int>
    ) -> (lower: SIMD4<Float>, upper: SIMD4<Float>) {
        var lower = references[range.lowerBound].center
        var upper = lower
        for index in range.dropFirst() {
            lower = lesser(lower, references[index].center)
            upper = greater(upper, references[index].center)
        }
        return (lower, upper)
    }

    // MARK: Bins

    struct Bin {
        var lower = SIMD4<Float>(repeating: .infinity)
        var upper = SIMD4<Float>(repeating: -.infinity)
        var count = 0

        mutating func formUnion(_ other: Bin) {
            lower = lesser(lower, other.lower)
            upper = greater(upper, other.upper)
            count += other.count
        }
    }

    /// Which bin of each axis a triangle's centre falls into.
    struct Binning {
        /// Bins of all three axes.
        static let binCount = 3 * HierarchySplit.binCount

        private let lower: SIMD4<Float>
        private let scale: SIMD4<Float>

        /// - Parameters: twice the box of the centres. Nil where they are all the same.
        init?(lower: SIMD4<Float>, upper: SIMD4<Float>) {
            let extent = upper - lower
            guard max(extent.x, extent.y, extent.z) > 0 else { return nil }
            self.lower = lower
            // Slightly less than the number of bins, so that the largest centre falls into the last one.
            let usable = SIMD4(extent.x, extent.y, extent.z, 1)
            scale = (SIMD4<Float>(repeating: Float(HierarchySplit.binCount) * 0.9999) / usable)
                .replacing(with: 0, where: usable .<= 1e-30)
        }

        @inline(__always)
        func bin(of reference: TriangleReference, axis: Int) -> Int {
            Int((reference.center[axis] - lower[axis]) * scale[axis])
        }

        /// - Parameter bins: `(3, 16)`.
        func fill(
            _ bins: UnsafeMutableBufferPointer<Bin>, _ references: UnsafeMutablePointer<TriangleReference>,
            _ range: Range<Int>
        ) {
            @inline(__always)
            func add(_ reference: TriangleReference, _ bin: Int) {
                bins[bin].lower = lesser(bins[bin].lower, reference.lower)
                bins[bin].upper = greater(bins[bin].upper, reference.upper)
                bins[bin].count += 1
            }
            for index in range {
                let reference = references[index]
                let position = (reference.center - lower) * scale
                add(reference, Int(position.x))
                add(reference, HierarchySplit.binCount + Int(position.y))
                add(reference, 2 * HierarchySplit.binCount + Int(position.z))
            }
        }

        /// The axis, and the first bin of the second side; nil where no cut leaves triangles on both sides.
        func cheapestCut(_ bins: UnsafeBufferPointer<Bin>) -> (axis: Int, bin: Int)? {
            var best = (cost: Float.infinity, axis: -1, bin: 0)
            for axis in 0..<3 where scale[axis] > 0 {
                let start = axis * HierarchySplit.binCount
                let cut = HierarchySplit.cheapestCut(
                    UnsafeBufferPointer(rebasing: bins[start..<start + HierarchySplit.binCount]))
                if cut.cost < best.cost { best = (cut.cost, axis, cut.bin) }
            }
            return best.axis >= 0 ? (best.axis, best.bin) : nil
        }
    }

    private static func binned(_ references: UnsafeMutablePointer<TriangleReference>, _ range: Range<Int>) -> Int {
        let (lower, upper) = centerBounds(references, range)
        guard let binning = Binning(lower: lower, upper: upper) else { return range.lowerBound + range.count / 2 }
        return withUnsafeTemporaryAllocation(of: Bin.self, capacity: Binning.binCount) { bins in
            bins.initialize(repeating: Bin())
            binning.fill(bins, references, range)
            guard let best = binning.cheapestCut(UnsafeBufferPointer(bins)) else { return halve(references, range) }
            return partition(references, range) { binning.bin(of: $0, axis: best.axis) < best.bin }
        }
    }

    fileprivate static func cheapestCut(_ bins: UnsafeBufferPointer<Bin>) -> (cost: Float, bin: Int) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: binCount) { rightCosts in
            var side = Bin()
            for bin in stride(from: binCount - 1, to: 0, by: -1) {
                side.lower = lesser(side.lower, bins[bin].lower)
                side.upper = greater(side.upper, bins[bin].upper)
                side.count += bins[bin].count
                rightCosts[bin] = side.count == 0 ? .infinity : halfArea(side.lower, side.upper) * blocks(side.count)
            }
            side = Bin()
            var best = (cost: Float.infinity, bin: 0)
            for bin in 1..<binCount {
                side.lower = lesser(side.lower, bins[bin - 1].lower)
                side.upper = greater(side.upper, bins[bin - 1].upper)
                side.count += bins[bin - 1].count
                guard side.count > 0 else { continue }
                let cost = halfArea(side.lower, side.upper) * blocks(side.count) + rightCosts[bin]
                if cost < best.cost { best = (cost, bin) }
            }
            return best
        }
    }

    /// Brings what belongs first to the front, and returns where the rest begins.
    static func partition(
        _ references: UnsafeMutablePointer<TriangleReference>, _ range: Range<Int>,
        _ belongsFirst: (TriangleReference) -> Bool
    ) -> Int {
        var first = range.lowerBound
        var last = range.upperBound
        while true {
            while first < last && belongsFirst(references[first]) { first += 1 }
            while first < last && !belongsFirst(references[last - 1]) { last -= 1 }
            if first == last { return first }
            last -= 1
            let moved = references[first]
            references[first] = references[last]
            references[last] = moved
            first += 1
        }
    }

    // MARK: Sweep

    /// Tries every cut after a multiple of eight triangles along each axis, so that blocks are full.
    private static func sweep(_ references: UnsafeMutablePointer<TriangleReference>, _ range: Range<Int>) -> Int {
        let count = range.count
        let base = references + range.lowerBound
        return withUnsafeTemporaryAllocation(of: TriangleReference.self, capacity: 2 * count) { sorted in
            let current = sorted.baseAddress! + count
            let chosen = sorted.baseAddress!
            var best = (cost: Float.infinity, cut: 0)
            for axis in 0..<3 {
                sort(base, count, axis, into: current)
                let cut = cheapestCut(current, count)
                if cut.cost < best.cost {
                    best = cut
                    chosen.initialize(from: current, count: count)
                }
            }
            guard best.cut > 0 else { return range.lowerBound + CK_LANES }
            base.update(from: chosen, count: count)
            return range.lowerBound + best.cut
        }
    }

    private static func cheapestCut(
        _ sorted: UnsafeMutablePointer<TriangleReference>, _ count: Int
    ) -> (cost: Float, cut: Int) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: sweepLimit / CK_LANES + 1) { rightCosts in
            var side = Bin()
            for index in stride(from: count - 1, to: 0, by: -1) {
                side.lower = lesser(side.lower, sorted[index].lower)
                side.upper = greater(side.upper, sorted[index].upper)
                if index % CK_LANES == 0 {
                    rightCosts[index / CK_LANES] = halfArea(side.lower, side.upper) * blocks(count - index)
                }
            }
            side = Bin()
            var best = (cost: Float.infinity, cut: 0)
            for index in 0..<count {
                if index > 0 && index % CK_LANES == 0 {
                    let cost =
                        halfArea(side.lower, side.upper) * blocks(index) + rightCosts[index / CK_LANES]
                    if cost < best.cost { best = (cost, index) }
                }
                side.lower = lesser(side.lower, sorted[index].lower)
                side.upper = greater(side.upper, sorted[index].upper)
            }
            return best
        }
    }

    /// By the centres along an axis, those of equal ones as they were. Keys of 8 bytes are what moves, a quarter of a
    /// triangle's.
    private static func sort(
        _ references: UnsafeMutablePointer<TriangleReference>, _ count: Int, _ axis: Int,
        into sorted: UnsafeMutablePointer<TriangleReference>
    ) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { keys in
            for index in 0..<count {
                // Bits in the order of the numbers that they stand for; −0 becomes 0.
                let bits = (references[index].center[axis] + 0).bitPattern
                let ordered = bits ^ (bits >> 31 == 0 ? 0x8000_0000 : 0xffff_ffff)
                let key = UInt64(ordered) << 32 | UInt64(index)
                var hole = index
                while hole > 0 && keys[hole - 1] > key {
                    keys[hole] = keys[hole - 1]
                    hole -= 1
                }
                keys[hole] = key
            }
            for index in 0..<count {
                (sorted + index).initialize(to: references[Int(keys[index] & 0xffff_ffff)])
            }
        }
    }
}
