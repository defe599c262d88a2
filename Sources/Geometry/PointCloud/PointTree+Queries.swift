import CKernels
import Core

/// The nearest points to each of a number of queries.
package struct NearestPoints {
    /// Neighbours of each query.
    package let neighborCount: Int
    /// `(n, neighborCount)`, nearest first.
    let slots: KernelBuffer<UInt32>
    /// `(n, neighborCount)`.
    let squaredDistances: KernelBuffer<Float>

    package func slots(of query: Int) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(start: slots.pointer + query * neighborCount, count: neighborCount)
    }

    func squaredDistances(of query: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: squaredDistances.pointer + query * neighborCount, count: neighborCount)
    }
}

extension PointTree {
    /// Queries of a kernel's call.
    static let chunkSize = 512

    /// The nearest points to each of the tree's own, by slot; each is among its own.
    package func nearestPoints(_ neighborCount: Int, workers: Workers) -> NearestPoints {
        let neighborCount = min(neighborCount, count, CK_NEIGHBOR_LIMIT)
        let result = NearestPoints(
            neighborCount: neighborCount, slots: KernelBuffer(count: count * neighborCount),
            squaredDistances: KernelBuffer(count: count * neighborCount))
        withKernelTree { tree in
            workers.forEachChunk(of: count, chunkSize: Self.chunkSize) { range, _ in
                Self.withFloats(range, { position($0) }) { points in
                    let start = range.lowerBound * neighborCount
                    ck_points_nearest(
                        tree, points, range.count, neighborCount, result.squaredDistances.pointer + start,
                        result.slots.pointer + start)
                }
            }
        }
        return result
    }

    /// ``nearestPoints(_:workers:)`` of this tree, whose points are some of another one's: looked for anew only where one of the
    /// neighbours is gone.
    ///
    /// - Parameters:
    ///   - earlier: the other tree, and the neighbours of its points.
    ///   - kept: the numbers in the other tree's input of this one's, ascending.
    func nearestPoints(
        keptFrom earlier: (tree: PointTree, neighbors: NearestPoints), kept: [Int], workers: Workers
    ) -> NearestPoints {
        let neighborCount = min(earlier.neighbors.neighborCount, count)
        guard neighborCount == earlier.neighbors.neighborCount else {
            return nearestPoints(neighborCount, workers: workers)
        }
        let gone = UInt32.max
        // Where each of the other tree's slots is in this one.
        var slots = [UInt32](repeating: gone, count: earlier.tree.count)
        var slotsOfKept = [UInt32](repeating: 0, count: count)
        for slot in 0..<count { slotsOfKept[Int(order[slot])] = UInt32(slot) }
        var numbers = [UInt32](repeating: gone, count: earlier.tree.count)
        for (number, index) in kept.enumerated() { numbers[index] = slotsOfKept[number] }
        for slot in 0..<earlier.tree.count { slots[slot] = numbers[Int(earlier.tree.order[slot])] }
        let result = NearestPoints(
            neighborCount: neighborCount, slots: KernelBuffer(count: count * neighborCount),
            squaredDistances: KernelBuffer(count: count * neighborCount))
        var isOpen = [Bool](repeating: false, count: count)
        isOpen.withUnsafeMutableBufferPointer { isOpen in
            workers.forEachChunk(of: slots.count, chunkSize: Self.chunkSize) { range, _ in
                for old in range where slots[old] != gone {
                    let (slot, start) = (Int(slots[old]), Int(slots[old]) * neighborCount)
                    for (rank, other) in earlier.neighbors.slots(of: old).enumerated() {
                        if slots[Int(other)] == gone { isOpen[slot] = true }
                        result.slots.pointer[start + rank] = slots[Int(other)]
                        result.squaredDistances.pointer[start + rank] =
                            earlier.neighbors.squaredDistances(of: old)[rank]
                    }
                }
            }
        }
        let open = isOpen.indices.filter { isOpen[$0] }
        let found = nearestPoints(neighborCount, ofSlots: open, workers: workers)
        for (query, slot) in open.enumerated() {
            for rank in 0..<neighborCount {
                result.slots.pointer[slot * neighborCount + rank] = found.slots(of: query)[rank]
                result.squaredDistances.pointer[slot * neighborCount + rank] = found.squaredDistances(of: query)[rank]
            }
        }
        return result
    }

    /// The nearest points to some of the tree's own.
    func nearestPoints(_ neighborCount: Int, ofSlots slots: [Int], workers: Workers) -> NearestPoints {
        nearestPoints(neighborCount, to: slots.map { position($0) }, workers: workers)
    }

    /// The nearest points to each of `points`, `(n)`, all finite.
    package func nearestPoints(_ neighborCount: Int, to points: [SIMD3<Float>], workers: Workers) -> NearestPoints {
        let neighborCount = min(neighborCount, count, CK_NEIGHBOR_LIMIT)
        let result = NearestPoints(
            neighborCount: neighborCount, slots: KernelBuffer(count: points.count * neighborCount),
            squaredDistances: KernelBuffer(count: points.count * neighborCount))
        withKernelTree { tree in
            workers.forEachChunk(of: points.count, chunkSize: Self.chunkSize) { range, _ in
                Self.withFloats(range, { points[$0] }) { floats in
                    let start = range.lowerBound * neighborCount
                    ck_points_nearest(
                        tree, floats, range.count, neighborCount, result.squaredDistances.pointer + start,
                        result.slots.pointer + start)
                }
            }
        }
        return result
    }

    /// The winding number of the points' dipoles at each of `points`, `(n)`, all finite.
    ///
    /// - Parameters:
    ///   - accuracy: how many radii away a cluster is taken as one.
    ///   - softening: distances to points count as at least that.
    package func windingNumbers(
        at points: [SIMD3<Float>], accuracy: Float = 2, softening: Float, workers: Workers
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: points.count) { numbers, count in
            guard let base = numbers.baseAddress else { return }
            withKernelTree { tree in
                workers.forEachChunk(of: points.count, chunkSize: Self.chunkSize) { range, _ in
                    Self.withFloats(range, { points[$0] }) {
                        ck_points_winding(tree, $0, range.count, accuracy, softening, base + range.lowerBound)
                    }
                }
            }
            count = points.count
        }
    }

    /// The vectors of a range as the kernels read them: four floats each.
    static func withFloats(
        _ range: Range<Int>, _ vector: (Int) -> SIMD3<Float>, _ body: (UnsafePointer<Float>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: range.count) { buffer in
            for (slot, index) in range.enumerated() {
                buffer.initializeElement(at: slot, to: SIMD4(vector(index), 0))
            }
            guard let start = buffer.baseAddress else { return }
            body(UnsafeRawPointer(start).assumingMemoryBound(to: Float.self))
        }
    }
}
