import CKernels
import Core

extension BoundingVolumeHierarchy {
    /// The generalised winding number of the mesh at each of `points`: how often the surface wraps around it. 1 inside a
    /// closed surface and 0 outside, in between near the holes of an open one, 2 where two parts overlap.
    ///
    /// Fast evaluation by multipole expansions of order 2 (Barill, Dickson, Schmidt, Levin and Jacobson, "Fast winding
    /// numbers for soups and clouds", SIGGRAPH 2018), exact solid angles near by.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the mesh's frame. A point with a coordinate that is not finite gets NaN.
    ///   - accuracy: a cluster of triangles is taken as one when the point is this many of its radii away (β in the
    ///     paper). The tests hold the error below 0.02 at 2 and below 0.001 at 6. Infinity sums all triangles exactly.
    ///   - numbers: `(n)`, overwritten.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Complexity: O(log t) a point for t triangles at a finite accuracy.
    public func windingNumbers(
        at points: Span<SIMD3<Float>>, accuracy: Float = 2, into numbers: inout MutableSpan<Float>,
        workers: Workers = Workers()
    ) {
        precondition(numbers.count == points.count, "a number for each point")
        numbers.withUnsafeMutableBufferPointer { numbers in
            withKernelTree { tree in
                SpatialBatch.forEachChunk(of: points, scale: scale, workers: workers) { scaled, indices in
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: indices.count) { values in
                        guard let start = values.baseAddress else { return }
                        ck_winding(
                            tree, UnsafeRawPointer(scaled).assumingMemoryBound(to: Float.self), indices.count, accuracy,
                            start)
                        for (slot, index) in indices.enumerated() { numbers[Int(index)] = values[slot] }
                    }
                } notFinite: {
                    numbers[$0] = .nan
                }
            }
        }
    }
}
