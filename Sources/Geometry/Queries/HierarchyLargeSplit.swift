import CKernels
import Core

/// The passes over a range of so many triangles that all threads share each: bounds, and a cut by the surface area
/// heuristic over bins.
///
/// Chunks have a fixed size, and what they find is put together in their order: the tree does not depend on the number of
/// threads.
struct HierarchyLargeSplit {
    let references: UnsafeMutablePointer<TriangleReference>
    let workers: Workers

    private static let chunkSize = 1 << 14

    private func chunkCount(_ range: Range<Int>) -> Int { (range.count + Self.chunkSize - 1) / Self.chunkSize }

    /// Calls `body` with each chunk's number and range.
    private func forEachChunk(of range: Range<Int>, _ body: (Int, Range<Int>) -> Void) {
        workers.forEachChunk(of: range.count, chunkSize: Self.chunkSize) { part, _ in
            body(
                part.lowerBound / Self.chunkSize,
                range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
        }
    }

    /// The box of the range's triangles, or twice that of their boxes' centres.
    func bounds(_ range: Range<Int>, ofCenters: Bool) -> (lower: SIMD4<Float>, upper: SIMD4<Float>) {
        var boxes = [(lower: SIMD4<Float>, upper: SIMD4<Float>)](
            repeating: (.zero, .zero), count: chunkCount(range))
        boxes.withUnsafeMutableBufferPointer { boxes in
            forEachChunk(of: range) { chunk, part in
                boxes[chunk] =
                    ofCenters
                    ? HierarchySplit.centerBounds(references, part) : HierarchySplit.bounds(references, part)
            }
        }
        return boxes.dropFirst().reduce(boxes[0]) { (lesser($0.lower, $1.lower), greater($0.upper, $1.upper)) }
    }

    /// Reorders `range` and returns where its second part begins; neither part is empty.
    func partition(_ range: Range<Int>) -> Int {
        let (lower, upper) = bounds(range, ofCenters: true)
        guard let binning = HierarchySplit.Binning(lower: lower, upper: upper) else {
            return range.lowerBound + range.count / 2
        }
        let binCount = HierarchySplit.Binning.binCount
        var bins = [HierarchySplit.Bin](repeating: HierarchySplit.Bin(), count: binCount * chunkCount(range))
        bins.withUnsafeMutableBufferPointer { bins in
            forEachChunk(of: range) { chunk, part in
                binning.fill(
                    UnsafeMutableBufferPointer(rebasing: bins[chunk * binCount..<(chunk + 1) * binCount]), references,
                    part)
            }
            for index in binCount..<bins.count {
                bins[index % binCount].formUnion(bins[index])
            }
        }
        let best = bins.withUnsafeBufferPointer { binning.cheapestCut(UnsafeBufferPointer(rebasing: $0[..<binCount])) }
        guard let best else { return HierarchySplit.halve(references, range) }
        return partition(range) { binning.bin(of: $0, axis: best.axis) < best.bin }
    }

    /// Each chunk by itself, then the misplaced ends of chunks with each other.
    private func partition(_ range: Range<Int>, _ belongsFirst: (TriangleReference) -> Bool) -> Int {
        var middles = [Int](repeating: 0, count: chunkCount(range))
        middles.withUnsafeMutableBufferPointer { middles in
            forEachChunk(of: range) { chunk, part in
                middles[chunk] = HierarchySplit.partition(references, part, belongsFirst)
            }
        }
        var middle = range.lowerBound
        for (chunk, end) in middles.enumerated() { middle += end - range.lowerBound - chunk * Self.chunkSize }
        var late: [Range<Int>] = []
        var early: [Range<Int>] = []
        for (chunk, end) in middles.enumerated() {
            let start = range.lowerBound + chunk * Self.chunkSize
            let stop = min(start + Self.chunkSize, range.upperBound)
            if end > middle { late.append(max(start, middle)..<end) }
            if end < middle { early.append(end..<min(stop, middle)) }
        }
        let swaps = Self.pairs(late, early)
        workers.forEach(swaps.count) { index, _ in
            let (first, second, count) = swaps[index]
            for offset in 0..<count {
                let moved = references[first + offset]
                references[first + offset] = references[second + offset]
                references[second + offset] = moved
            }
        }
        return middle
    }

    /// Equally long pieces of two lists of ranges, in order.
    private static func pairs(
        _ first: [Range<Int>], _ second: [Range<Int>]
    ) -> [(first: Int, second: Int, count: Int)] {
        var pairs: [(first: Int, second: Int, count: Int)] = []
        var rest = second[...]
        var taken = 0
        for range in first {
            var start = range.lowerBound
            while start < range.upperBound, let next = rest.first {
                let count = min(range.upperBound - start, next.count - taken)
                pairs.append((start, next.lowerBound + taken, count))
                start += count
                taken += count
                if taken == next.count {
                    rest.removeFirst()
                    taken = 0
                }
            }
        }
        return pairs
    }
}
