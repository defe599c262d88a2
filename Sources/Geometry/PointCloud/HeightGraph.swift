import Core

/// How far noisy points are to move along their normals so that heights agree with what the normals say: the points'
/// surface by integration.
///
/// A normal tells the slope around its point far better than noisy positions do, and positions tell only the mean height. On
/// the graph of neighbours the heights h minimise
///
///     Σᵢ μᵢ hᵢ² + λ² Σᵢⱼ wᵢⱼ (hⱼ − hᵢ − sᵢⱼ)²
///
/// where sᵢⱼ is the step with which the chord between the moved points is at right angles to the mean of their normals: so it
/// is between any two points of a circle, whatever its radius. It is screened Poisson reconstruction (Kazhdan and Hoppe 2013)
/// over the surface instead of through space, with λ as its screening length: what is longer than λ is told by positions,
/// what is shorter by normals. Points whose normals do not agree are not linked, so that edges stay.
package struct HeightGraph {
    package let count: Int
    private let degree: Int
    /// `(count, degree)`.
    private let links: KernelBuffer<UInt32>
    /// `(count, degree)`: 4 / degree over the squared distance along the surface; 0 of a link that is none.
    private let weights: KernelBuffer<Float>
    /// `(count)`: sums over links of w and of w s.
    private let weightSums: KernelBuffer<Float>
    private let stepSums: KernelBuffer<Float>
    /// `(count)`.
    private let linkCounts: KernelBuffer<UInt8>

    private static let chunkSize = 4096
    /// Of two points' normals: below the first they are not linked, from the second on fully.
    private static let cosines: (Float, Float) = (0.5, 0.9)

    /// - Parameters:
    ///   - count: so many of the first slots; all of them or, to try something, fewer.
    ///   - tree: of the points where they were moved to so far.
    ///   - positions: `(slots)`: where they came from.
    ///   - normals: `(slots)`, of unit length.
    package init(
        count: Int, _ tree: PointTree, _ neighbors: NearestPoints, positions: [SIMD3<Float>],
        normals: [SIMD3<Float>], spacing: Float, workers: Workers
    ) {
        self.count = count
        let degree = neighbors.neighborCount
        self.degree = degree
        links = KernelBuffer(count: count * degree)
        weights = KernelBuffer(count: count * degree)
        weightSums = KernelBuffer(count: count)
        stepSums = KernelBuffer(count: count)
        linkCounts = KernelBuffer(count: count)
        let (links, weights, weightSums, stepSums) = (links, weights, weightSums, stepSums)
        let linkCounts = linkCounts
        workers.forEachChunk(of: count, chunkSize: Self.chunkSize) { range, _ in
            for slot in range {
                let (place, normal) = (positions[slot], normals[slot])
                let start = slot * degree
                var (weightSum, stepSum, linkCount) = (Float(0), Float(0), UInt8(0))
                for (rank, link) in neighbors.slots(of: slot).enumerated() {
                    let other = Int(link)
                    links.pointer[start + rank] = other < count ? link : UInt32(slot)
                    weights.pointer[start + rank] = 0
                    // Links go both ways, so that the system is symmetric.
                    guard other != slot, other < count, neighbors.slots(of: other).contains(UInt32(slot)) else {
                        continue
                    }
                    let cosine = dot(normal, normals[other])
                    let agreement = (cosine - Self.cosines.0) / (Self.cosines.1 - Self.cosines.0)
                    guard agreement > 0 else { continue }
                    // Of the mean normal's length, which is the cosine of half the angle.
                    let mean = 0.5 * (normal + normals[other])
                    let step = dot(place - positions[other], mean) / dot(mean, mean)
                    let chord = tree.position(other) - tree.position(slot)
                    let height = dot(chord, mean)
                    let along = max(dot(chord, chord) - height * height / dot(mean, mean), 0)
                    let weight = 4 / Float(degree) * min(agreement, 1) / (along + 0.25 * spacing * spacing)
                    weights.pointer[start + rank] = weight
                    weightSum += weight
                    stepSum += weight * step
                    linkCount += 1
                }
                weightSums.pointer[slot] = weightSum
                stepSums.pointer[slot] = stepSum
                linkCounts.pointer[slot] = linkCount
            }
        }
    }

    /// Whether a point has neighbours enough that agree with it to say where it belongs.
    func isLinked(_ slot: Int) -> Bool { linkCounts.pointer[slot] >= Self.leastLinks }

    private static let leastLinks = 4

    /// The heights.
    ///
    /// - Parameters:
    ///   - length: λ.
    ///   - start: `(count)`.
    ///   - isLeftOut: whether a slot's position has no say, μ = 0 instead of 1.
    /// - Complexity: O(points · length) or so, by conjugate gradients with the diagonal as preconditioner.
    package func heights(
        length: Float, start: [Float], isLeftOut: (Int) -> Bool = { _ in false }, workers: Workers
    ) -> [Float] {
        let square = length * length
        let count = count
        var heights = start
        let diagonal = (0..<count).map { slot in
            max((isLeftOut(slot) ? 0 : 1) + square * weightSums.pointer[slot], 1e-6)
        }
        func product(_ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
            workers.forEachChunk(of: count, chunkSize: Self.chunkSize) { range, _ in
                for slot in range {
                    let first = slot * degree
                    var sum: Float = 0
                    for place in first..<first + degree {
                        sum += weights.pointer[place] * x[Int(links.pointer[place])]
                    }
                    y[slot] = diagonal[slot] * x[slot] - square * sum
                }
            }
        }
        let residual = KernelBuffer<Float>(count: count)
        let direction = KernelBuffer<Float>(count: count)
        let image = KernelBuffer<Float>(count: count)
        heights.withUnsafeMutableBufferPointer { heights in
            guard let x = heights.baseAddress else { return }
            let (r, p, q) = (residual.pointer, direction.pointer, image.pointer)
            product(x, q)
            for slot in 0..<count {
                r[slot] = -square * stepSums.pointer[slot] - q[slot]
                p[slot] = r[slot] / diagonal[slot]
            }
            var rho = sum(workers) { r[$0] * r[$0] / diagonal[$0] }
            let end =
                1e-6
                * sum(workers) { slot in
                    let right = square * stepSums.pointer[slot]
                    return right * right / diagonal[slot]
                }
            for _ in 0..<Self.mostIterations where rho > end && rho > 0 {
                product(p, q)
                let alpha = Float(rho / sum(workers) { p[$0] * q[$0] })
                let next = sum(workers) { slot in
                    x[slot] += alpha * p[slot]
                    r[slot] -= alpha * q[slot]
                    return r[slot] * r[slot] / diagonal[slot]
                }
                let beta = Float(next / rho)
                workers.forEachChunk(of: count, chunkSize: 4 * Self.chunkSize) { range, _ in
                    for slot in range { p[slot] = r[slot] / diagonal[slot] + beta * p[slot] }
                }
                rho = next
            }
        }
        return heights
    }

    private static let mostIterations = 100

    /// A sum over all slots, in the slots' order whatever the number of threads.
    private func sum(_ workers: Workers, _ term: (Int) -> Float) -> Double {
        let chunkSize = 4 * Self.chunkSize
        var sums = [Double](repeating: 0, count: (count + chunkSize - 1) / chunkSize)
        sums.withUnsafeMutableBufferPointer { sums in
            workers.forEachChunk(of: count, chunkSize: chunkSize) { range, _ in
                var sum = 0.0
                for slot in range { sum += Double(term(slot)) }
                sums[range.lowerBound / chunkSize] = sum
            }
        }
        return sums.reduce(0, +)
    }

    /// Every so manieth point is left out and predicted by the others.
    private static let leftOutStride = 8
    /// Lengths that are tried, in the points' distances.
    private static let lengths: [Float] = [1, 2, 4, 8, 16, 32, 64]

    /// The λ with which points are predicted best by the others, and the points' standard deviation from what is predicted.
    package func bestLength(spacing: Float, workers: Workers) -> (length: Float, error: Float) {
        var best: (length: Float, error: Float) = (spacing, .infinity)
        var heights = [Float](repeating: 0, count: count)
        for length in Self.lengths {
            heights = self.heights(
                length: length * spacing, start: heights, isLeftOut: { $0 % Self.leftOutStride == 3 }, workers: workers)
            let left = stride(from: 3, to: count, by: Self.leftOutStride)
            let total = left.reduce(0.0) { $0 + Double(min(abs(heights[$1]), 6 * spacing)) }
            // Of a normal distribution the mean magnitude is √(2/π) deviations.
            let error = Float(1.2533 * total / Double((count + 4) / Self.leftOutStride))
            guard error < best.error else { break }
            best = (length * spacing, error)
        }
        return best
    }
}
