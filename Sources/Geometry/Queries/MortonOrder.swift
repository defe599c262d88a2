import Core

/// Points in the order of a Z-shaped space-filling curve, so that neighbours in a batch are neighbours in space
/// (Morton 1966).
enum MortonOrder {
    private static let bitsPerAxis = 10
    private static let chunkSize = 1 << 14

    /// The indices of `points` along the curve through their bounding box; points whose coordinates are not finite come
    /// last. Ties keep their order.
    ///
    /// - Complexity: O(n).
    static func indices(of points: UnsafeBufferPointer<SIMD3<Float>>, workers: Workers) -> [UInt32] {
        var lower = SIMD3<Float>(repeating: .greatestFiniteMagnitude)
        var upper = -lower
        for point in points {
            // No number is in no box.
            let (low, high) = (point .< lower, point .> upper)
            guard any(low .| high), isFinite(point) else { continue }
            lower.replace(with: point, where: low)
            upper.replace(with: point, where: high)
        }
        let cells = Float(1 << bitsPerAxis)
        // Halves, since the difference itself may overflow.
        let extent = upper * 0.5 - lower * 0.5
        let scale = (SIMD3(repeating: cells * 0.9999) / extent).replacing(with: 0, where: extent .<= 1e-30)
        let origin = lower * 0.5
        var entries = [UInt64](unsafeUninitializedCapacity: points.count) { buffer, count in
            let buffer = buffer
            workers.forEachChunk(of: points.count, chunkSize: chunkSize) { range, _ in
                for index in range {
                    let point = points[index]
                    var code = UInt64(1) << (3 * bitsPerAxis) - 1
                    if isFinite(point) {
                        // Lane by lane: the standard library's conversion of whole vectors is a call a lane.
                        let cell = (point * 0.5 - origin) * scale
                        code = spread(Int32(cell.x)) << 2 | spread(Int32(cell.y)) << 1 | spread(Int32(cell.z))
                    }
                    buffer[index] = code << 32 | UInt64(index)
                }
            }
            count = points.count
        }
        sort(&entries)
        return [UInt32](unsafeUninitializedCapacity: points.count) { buffer, count in
            let buffer = buffer
            workers.forEachChunk(of: points.count, chunkSize: chunkSize) { range, _ in
                for index in range { buffer[index] = UInt32(truncatingIfNeeded: entries[index]) }
            }
            count = points.count
        }
    }

    @inline(__always)
    static func isFinite(_ point: SIMD3<Float>) -> Bool { (point - point) == .zero }

    /// The low ten bits of `value`, two zeros between each.
    @inline(__always)
    private static func spread(_ value: Int32) -> UInt64 {
        var bits = UInt64(truncatingIfNeeded: value) & 0x3FF
        bits = (bits | bits << 16) & 0x0300_00FF
        bits = (bits | bits << 8) & 0x0300_F00F
        bits = (bits | bits << 4) & 0x030C_30C3
        bits = (bits | bits << 2) & 0x0924_9249
        return bits
    }

    /// Sorts by the upper 32 bits, of which 30 are used: three passes of ten.
    private static func sort(_ entries: inout [UInt64]) {
        let count = entries.count
        entries.withUnsafeMutableBufferPointer { first in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: max(count, 1)) { second in
                var (source, target) = (first.baseAddress, second.baseAddress)
                guard let start = source else { return }
                for pass in 0..<3 {
                    let shift = UInt64(32 + 10 * pass)
                    withUnsafeTemporaryAllocation(of: Int.self, capacity: 1024) { starts in
                        starts.initialize(repeating: 0)
                        for index in 0..<count { starts[Int(source![index] >> shift & 1023)] += 1 }
                        var sum = 0
                        for digit in 0..<1024 { (starts[digit], sum) = (sum, sum + starts[digit]) }
                        for index in 0..<count {
                            let entry = source![index]
                            let digit = Int(entry >> shift & 1023)
                            target![starts[digit]] = entry
                            starts[digit] += 1
                        }
                    }
                    swap(&source, &target)
                }
                if let source, source != start { start.update(from: source, count: count) }
            }
        }
    }
}
