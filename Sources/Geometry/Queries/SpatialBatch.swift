import CKernels
import Core

/// Runs a batch of points through a kernel in spatially sorted chunks.
enum SpatialBatch {
    /// Points that one call of a kernel gets.
    private static let chunkSize = 512
    /// Below this size sorting along the curve does not pay.
    private static let sortThreshold = 64

    /// Calls `body` for chunks that together hold every point with finite coordinates once, on `workers`.
    ///
    /// - Parameters:
    ///   - scale: what coordinates are multiplied by.
    ///   - body: the chunk's points (count, 4), scaled, and the index that each has in `points`.
    ///   - notFinite: called for every other point's index, on the caller's thread.
    static func forEachChunk(
        of points: Span<SIMD3<Float>>, scale: Float, workers: Workers,
        _ body: (_ scaled: UnsafePointer<SIMD4<Float>>, _ indices: UnsafeBufferPointer<UInt32>) -> Void,
        notFinite: (Int) -> Void
    ) {
        points.withUnsafeBufferPointer { points in
            var order: [UInt32]
            if points.count < sortThreshold {
                order = []
                for index in points.indices where MortonOrder.isFinite(points[index]) { order.append(UInt32(index)) }
                for index in points.indices where !MortonOrder.isFinite(points[index]) { order.append(UInt32(index)) }
            } else {
                order = MortonOrder.indices(of: points, workers: workers)
            }
            while let last = order.last, !MortonOrder.isFinite(points[Int(last)]) {
                notFinite(Int(last))
                order.removeLast()
            }
            order.withUnsafeBufferPointer { order in
                workers.forEachChunk(of: order.count, chunkSize: chunkSize) { range, _ in
                    withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: chunkSize) { scaled in
                        let indices = UnsafeBufferPointer(rebasing: order[range])
                        for (slot, index) in indices.enumerated() {
                            let point = points[Int(index)] * scale
                            let limit = SIMD3<Float>(repeating: .greatestFiniteMagnitude)
                            let bounded = point.clamped(lowerBound: -limit, upperBound: limit)
                            scaled.initializeElement(at: slot, to: SIMD4(bounded, 0))
                        }
                        guard let start = scaled.baseAddress else { return }
                        body(start, indices)
                    }
                }
            }
        }
    }
}
