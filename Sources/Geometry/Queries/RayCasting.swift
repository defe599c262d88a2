import CKernels
import Core

/// A half-line `origin + t · direction`, t ≥ 0.
public struct Ray: Sendable, Equatable {
    public var origin: SIMD3<Float>
    /// Not zero; need not have unit length.
    public var direction: SIMD3<Float>

    public init(origin: SIMD3<Float>, direction: SIMD3<Float>) {
        self.origin = origin
        self.direction = direction
    }

    @inlinable
    public func point(at t: Float) -> SIMD3<Float> { origin + direction * t }
}

/// Where a ray first meets a mesh.
public struct RayHit: Sendable, Equatable {
    /// In multiples of the ray's direction; infinite where it meets nothing.
    public var t: Float
    /// The triangle that is met; `UInt32.max` for none.
    public var triangle: UInt32
    /// Weights of the triangle's corners b and c at the hit; a's is what is left to 1.
    public var weights: SIMD2<Float>

    @inlinable
    public init(t: Float, triangle: UInt32, weights: SIMD2<Float>) {
        self.t = t
        self.triangle = triangle
        self.weights = weights
    }

    @inlinable public var isHit: Bool { triangle != .max }
    public static let none = RayHit(t: .infinity, triangle: .max, weights: .zero)
}

extension BoundingVolumeHierarchy {
    /// The first triangle that each of `rays` meets with t in `(near, far)`, seen from either side.
    ///
    /// Watertight: no ray slips through between two triangles that share an edge or a corner (Woop, Benthin and Wald,
    /// "Watertight ray/triangle intersection", JCGT 2013). Rays that are neighbours in the batch should be neighbours in
    /// space; they are not sorted. A ray whose numbers are not finite, or whose direction is zero, meets nothing.
    ///
    /// - Parameters:
    ///   - hits: `(n)`, overwritten.
    ///   - near: not negative.
    ///   - rays: `(n)`.
    ///   - far: where a ray ends, in lengths of its direction.
    ///   - workers: the threads to use; the result does not depend on their number.
    public func firstHits(
        of rays: Span<Ray>, near: Float = 0, far: Float = .infinity, into hits: inout MutableSpan<RayHit>,
        workers: Workers = Workers()
    ) {
        precondition(hits.count == rays.count, "a hit for each ray")
        hits.withUnsafeMutableBufferPointer { hits in
            forEachChunk(of: rays, workers: workers) { tree, origins, directions, range in
                withUnsafeTemporaryAllocation(of: ck_ray_hit.self, capacity: range.count) { found in
                    guard let start = found.baseAddress else { return }
                    ck_rays_nearest(tree, origins, directions, range.count, near, far, start)
                    for (slot, ray) in range.enumerated() {
                        hits[ray] = RayHit(
                            t: start[slot].t, triangle: start[slot].triangle,
                            weights: SIMD2(start[slot].weights.0, start[slot].weights.1))
                    }
                }
            } missed: {
                hits[$0] = .none
            }
        }
    }

    /// The first triangle that each of `rays` meets; see ``firstHits(of:near:far:into:workers:)``.
    public func firstHits(
        of rays: [Ray], near: Float = 0, far: Float = .infinity, workers: Workers = Workers()
    ) -> [RayHit] {
        [RayHit](unsafeUninitializedCapacity: rays.count) { buffer, count in
            buffer.initialize(repeating: .none)
            var hits = buffer.mutableSpan
            firstHits(of: rays.span, near: near, far: far, into: &hits, workers: workers)
            count = rays.count
        }
    }

    /// Whether each of `rays` meets any triangle with t in `(near, far)`: cheaper than the first one, for shadows and
    /// occlusion.
    public func anyHits(
        of rays: Span<Ray>, near: Float = 0, far: Float = .infinity, into hits: inout MutableSpan<Bool>,
        workers: Workers = Workers()
    ) {
        precondition(hits.count == rays.count, "a hit for each ray")
        hits.withUnsafeMutableBufferPointer { hits in
            forEachChunk(of: rays, workers: workers) { tree, origins, directions, range in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: range.count) { found in
                    guard let start = found.baseAddress else { return }
                    ck_rays_any(tree, origins, directions, range.count, near, far, start)
                    for (slot, ray) in range.enumerated() { hits[ray] = start[slot] != 0 }
                }
            } missed: {
                hits[$0] = false
            }
        }
    }

    /// How many triangles each of `rays` meets with t > 0; nil for a ray that meets an edge or a corner exactly, or runs
    /// along a triangle, where a count says nothing about inside and outside.
    package func crossingCounts(of rays: [Ray], workers: Workers = Workers()) -> [Int?] {
        [Int?](unsafeUninitializedCapacity: rays.count) { counts, count in
            counts.initialize(repeating: 0)
            forEachChunk(of: rays.span, workers: workers) { tree, origins, directions, range in
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: range.count) { found in
                    guard let start = found.baseAddress else { return }
                    ck_rays_crossings(tree, origins, directions, range.count, start)
                    for (slot, ray) in range.enumerated() { counts[ray] = start[slot] == .max ? nil : Int(start[slot]) }
                }
            } missed: {
                counts[$0] = nil
            }
            count = rays.count
        }
    }

    /// Calls `body` with scaled origins and directions for chunks of rays, and `missed` for those that cannot be traced.
    private func forEachChunk(
        of rays: Span<Ray>, workers: Workers,
        _ body: (
            _ tree: UnsafePointer<ck_tree>, _ origins: UnsafePointer<Float>, _ directions: UnsafePointer<Float>,
            _ range: Range<Int>
        ) -> Void,
        missed: (Int) -> Void
    ) {
        rays.withUnsafeBufferPointer { rays in
            withKernelTree { tree in
                workers.forEachChunk(of: rays.count, chunkSize: 256) { range, _ in
                    withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: 2 * range.count) { scaled in
                        var untraceable: [Int] = []
                        for (slot, index) in range.enumerated() {
                            var origin = rays[index].origin * scale
                            var direction = rays[index].direction
                            let length = max(abs(direction.x), abs(direction.y), abs(direction.z)) * scale
                            if MortonOrder.isFinite(origin) && length > 0 && length.isFinite {
                                direction *= scale
                            } else {
                                (origin, direction) = (.zero, SIMD3(1, 0, 0))
                                untraceable.append(index)
                            }
                            scaled.initializeElement(at: slot, to: SIMD4(origin, 0))
                            scaled.initializeElement(at: range.count + slot, to: SIMD4(direction, 0))
                        }
                        let floats = UnsafeRawPointer(scaled.baseAddress!).assumingMemoryBound(to: Float.self)
                        body(tree, floats, floats + 4 * range.count, range)
                        untraceable.forEach(missed)
                    }
                }
            }
        }
    }
}
