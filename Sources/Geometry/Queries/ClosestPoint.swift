import CKernels
import Core

/// The point of a mesh closest to a query.
public struct ClosestPoint: Sendable, Equatable {
    /// On the mesh, in its frame; NaN where there is none.
    public var position: SIMD3<Float>
    /// Never negative; infinite for a mesh without triangles, NaN for a query that is not finite.
    public var distance: Float
    /// The triangle it lies on; of several at the same distance in single precision the lowest. `UInt32.max` for none.
    public var triangle: UInt32
    /// Weights of the triangle's corners, summing to 1.
    public var barycentric: SIMD3<Float>
    /// The part of the triangle that it lies on.
    public var feature: TriangleFeature

    static func none(distance: Float) -> ClosestPoint {
        ClosestPoint(
            position: SIMD3(repeating: .nan), distance: distance, triangle: .max, barycentric: SIMD3(repeating: .nan),
            feature: .face)
    }
}

/// The seven parts of a triangle with corners a, b, c.
public enum TriangleFeature: UInt8, Sendable, CaseIterable {
    case face, edgeAB, edgeBC, edgeCA, cornerA, cornerB, cornerC
}

extension BoundingVolumeHierarchy {
    /// The closest point of the mesh to each of `points`.
    ///
    /// Distances are within 1e-6 of the mesh's diagonal plus 1e-6 of the distance itself of the exact ones. Answers
    /// depend neither on the workers nor on the other points of the batch.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the mesh's frame. A point with a coordinate that is not finite has distance NaN.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Returns: `(n)`.
    /// - Complexity: about O(log t) a point for t triangles near a surface; O(√t) and more where many triangles are
    ///   about as close, as at the centre of a sphere.
    public func closestPoints(to points: Span<SIMD3<Float>>, workers: Workers = Workers()) -> [ClosestPoint] {
        [ClosestPoint](unsafeUninitializedCapacity: points.count) { results, count in
            results.initialize(repeating: .none(distance: .infinity))
            let inverseScale = 1 / scale
            points.withUnsafeBufferPointer { queries in
                forEachHit(of: points, workers: workers) { _, indices, hits in
                    for (slot, index) in indices.enumerated() {
                        let hit = hits[slot]
                        let offset = SIMD3(hit.offset.0, hit.offset.1, hit.offset.2) * inverseScale
                        let (b, c) = hit.weights
                        results[Int(index)] = ClosestPoint(
                            position: queries[Int(index)] - offset, distance: hit.distance * inverseScale,
                            triangle: hit.triangle, barycentric: SIMD3(max(0, 1 - b - c), b, c),
                            feature: TriangleFeature(rawValue: UInt8(hit.feature)) ?? .face)
                    }
                } notFinite: {
                    results[$0] = .none(distance: .nan)
                }
            }
            count = points.count
        }
    }

    /// Calls `body` with the kernel's hits, in scaled coordinates, for chunks that hold every finite point once; never
    /// for a tree without triangles.
    func forEachHit(
        of points: Span<SIMD3<Float>>, workers: Workers,
        _ body: (
            _ scaled: UnsafePointer<SIMD4<Float>>, _ indices: UnsafeBufferPointer<UInt32>,
            _ hits: UnsafePointer<ck_closest_hit>
        ) -> Void,
        notFinite: (Int) -> Void
    ) {
        withKernelTree { tree in
            SpatialBatch.forEachChunk(of: points, scale: scale, workers: workers) { scaled, indices in
                guard triangleCount > 0 else { return }
                withUnsafeTemporaryAllocation(of: ck_closest_hit.self, capacity: indices.count) { hits in
                    guard let start = hits.baseAddress else { return }
                    ck_closest(tree, UnsafeRawPointer(scaled).assumingMemoryBound(to: Float.self), indices.count, start)
                    body(scaled, indices, start)
                }
            } notFinite: {
                notFinite($0)
            }
        }
    }
}
