import Core

/// The corners of triangles around each vertex, for walks over a mesh's vertices and edges on all threads.
///
/// Corner c is the corner c mod 3 of triangle c / 3. Corners are first dealt out to ranges of consecutive vertices, which
/// takes two passes over the triangles, and sorted by vertex when a range is visited, while it fits a processor's cache.
/// Each vertex's corners come in ascending order, so that sums over them have the same bits on any number of threads.
struct VertexStars {
    /// A range of vertices with the corners around each.
    struct Bucket {
        let vertices: Range<Int>
        fileprivate let starts: UnsafePointer<UInt32>
        fileprivate let corners: UnsafePointer<UInt32>

        /// The corners at a vertex of the range, ascending.
        @inline(__always)
        func corners(at vertex: Int) -> UnsafeBufferPointer<UInt32> {
            let slot = vertex - vertices.lowerBound
            let start = Int(starts[slot])
            return UnsafeBufferPointer(start: corners + start, count: Int(starts[slot + 1]) - start)
        }
    }

    private let mesh: TriangleMesh
    private let workers: Workers
    /// Vertices of a range: a power of two.
    private let shift: Int
    /// All corners, range by range, ascending in each.
    private let dealt: KernelBuffer<UInt32>
    /// Where each range's corners begin in `dealt`; one more entry than ranges.
    private let bucketStarts: [Int]

    var bucketCount: Int { bucketStarts.count - 1 }

    /// 8192 vertices have about 49 000 corners, 200 kB: with 5 million vertices there are 611 ranges to deal to.
    private static let usualShift = 13
    /// More ranges than that are not written to side by side without missing the cache.
    private static let bucketLimit = 2048
    /// Parts that triangles are dealt out in, at most.
    private static let chunkLimit = 64

    /// - Precondition: fewer than 2³² / 3 triangles.
    /// - Complexity: O(v + t) time, and 4 bytes a corner.
    init(_ mesh: TriangleMesh, workers: Workers) {
        precondition(mesh.triangles.count < Int(UInt32.max) / 3, "triangles that 32-bit corners can number")
        self.mesh = mesh
        self.workers = workers
        var shift = Self.usualShift
        while mesh.vertices.count >> shift >= Self.bucketLimit { shift += 1 }
        self.shift = shift
        let bucketCount = (mesh.vertices.count + (1 << shift) - 1) >> shift
        let chunkSize = max(16_384, (mesh.triangles.count + Self.chunkLimit - 1) / Self.chunkLimit)
        let chunkCount = (mesh.triangles.count + chunkSize - 1) / chunkSize
        let dealt = KernelBuffer<UInt32>(count: 3 * mesh.triangles.count)
        // By chunk, then by range: first counts, then where the chunk writes next.
        let places = KernelBuffer<Int>(count: chunkCount * bucketCount)
        places.pointer.initialize(repeating: 0, count: chunkCount * bucketCount)
        var starts: [Int] = []
        mesh.triangles.withUnsafeBufferPointer { triangles in
            workers.forEachChunk(of: triangles.count, chunkSize: chunkSize) { range, _ in
                let row = places.pointer + range.lowerBound / chunkSize * bucketCount
                for index in range {
                    let triangle = triangles[index]
                    for side in 0..<3 { row[Int(triangle[side]) >> shift] += 1 }
                }
            }
            var sum = 0
            for bucket in 0..<bucketCount {
                starts.append(sum)
                for chunk in 0..<chunkCount {
                    let place = places.pointer + chunk * bucketCount + bucket
                    (place.pointee, sum) = (sum, sum + place.pointee)
                }
            }
            starts.append(sum)
            workers.forEachChunk(of: triangles.count, chunkSize: chunkSize) { range, _ in
                let row = places.pointer + range.lowerBound / chunkSize * bucketCount
                for index in range {
                    let triangle = triangles[index]
                    for side in 0..<3 {
                        let bucket = Int(triangle[side]) >> shift
                        dealt.pointer[row[bucket]] = UInt32(3 * index + side)
                        row[bucket] += 1
                    }
                }
            }
        }
        self.dealt = dealt
        bucketStarts = starts
    }

    /// Calls `body` for every range of vertices, on all threads at once.
    ///
    /// - Parameter body: the range's number in `0 ..< bucketCount`, and its corners, which last as long as the call.
    func forEachBucket(_ body: (_ number: Int, _ bucket: Bucket) -> Void) {
        mesh.triangles.withUnsafeBufferPointer { triangles in
            workers.forEach(bucketCount) { number, _ in
                let vertices = number << shift..<min((number + 1) << shift, mesh.vertices.count)
                let corners = dealt.pointer + bucketStarts[number]
                let count = bucketStarts[number + 1] - bucketStarts[number]
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: vertices.count + 2 + count) { scratch in
                    guard let starts = scratch.baseAddress else { return }
                    let sorted = starts + vertices.count + 2
                    starts.initialize(repeating: 0, count: vertices.count + 2)
                    func vertex(_ corner: UInt32) -> Int {
                        let (triangle, side) = Int(corner).quotientAndRemainder(dividingBy: 3)
                        return Int(triangles[triangle][side]) - vertices.lowerBound
                    }
                    // Counts two slots on, so that placing leaves each vertex's start behind.
                    for index in 0..<count { starts[vertex(corners[index]) + 2] += 1 }
                    for slot in 1..<vertices.count + 2 { starts[slot] += starts[slot - 1] }
                    for index in 0..<count {
                        let slot = vertex(corners[index]) + 1
                        sorted[Int(starts[slot])] = corners[index]
                        starts[slot] += 1
                    }
                    body(number, Bucket(vertices: vertices, starts: starts, corners: sorted))
                }
            }
        }
    }
}
