import CKernels
import Core

extension OrientedPointCloud {
    /// The distance to the surface at each of `points`, negative inside; NaN for a point that is not finite.
    ///
    /// - Parameters:
    ///   - points: `(n)`, in the unit cube.
    ///   - distances: `(n)`, overwritten.
    ///   - workers: the threads to use; the result does not depend on their number.
    public func signedDistances(
        at points: Span<SIMD3<Float>>, into distances: inout MutableSpan<Float>, workers: Workers
    ) {
        precondition(distances.count == points.count, "a distance for each point")
        distances.withUnsafeMutableBufferPointer { distances in
            tree.withKernelTree { kernelTree in
                SpatialBatch.forEachChunk(of: points, scale: 1, workers: workers) { scaled, indices in
                    queries(of: scaled, count: indices.count, kernelTree) { slot, query in
                        distances[Int(indices[slot])] = query.distance
                    }
                } notFinite: {
                    distances[$0] = .nan
                }
            }
        }
    }

    private func queries(
        of points: UnsafePointer<SIMD4<Float>>, count: Int, _ kernelTree: UnsafePointer<ck_point_tree>,
        _ body: (_ slot: Int, _ query: Query) -> Void
    ) {
        let floats = UnsafeRawPointer(points).assumingMemoryBound(to: Float.self)
        withUnsafeTemporaryAllocation(of: Query.self, capacity: count) { queries in
            find(floats, count, kernelTree, queries)
            var open: [Int] = []
            for slot in 0..<count where queries[slot].isOpen { open.append(slot) }
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(open.count, 1)) { numbers in
                guard let start = numbers.baseAddress else { return }
                PointTree.withFloats(
                    0..<open.count, { SIMD3(points[open[$0]].x, points[open[$0]].y, points[open[$0]].z) }
                ) {
                    ck_points_winding(kernelTree, $0, open.count, Self.windingAccuracy, 0.5 * spacing, start)
                }
                for (index, slot) in open.enumerated() {
                    guard !queries[slot].take(windingNumber: numbers[index]), let holes else { continue }
                    let place = SIMD3(points[slot].x, points[slot].y, points[slot].z)
                    if let value = holes.value(at: place) { queries[slot].take(acrossHole: value) }
                }
            }
            for slot in 0..<count { body(slot, queries[slot]) }
        }
    }

    /// What is known of a place.
    private struct Query {
        /// To the fitted surface.
        var fitted: Float = 0
        /// How far that is trusted, in [0, 1].
        var trust: Float = 0
        /// To the nearest point's tangent disk: signed if that point tells the side, else without sign.
        var farDistance: Float
        /// Whether only the winding number tells the side.
        var isOpen: Bool
        /// To the nearest point's tangent disk, without sign.
        var distanceToPoints: Float
        /// −1 inside to 1 outside, by the winding number.
        var side: Float = 1

        /// As a sample of the lattice that holes are closed on.
        var sample: HoleSurface.Sample {
            guard abs(distance) < HoleSurface.bandwidth else { return .unneeded }
            let isKnown = !isOpen || trust == 1 || distanceToPoints > OrientedPointCloud.holeReach.1
            return isKnown ? .known(distance) : .unknown(distance)
        }

        /// Near the surface the fitted one, away from it the far distance.
        var distance: Float { trust * fitted + (1 - trust) * farDistance }

        /// The far distance's sign by the winding number, and its size: all of it where that is within 0.1 of 0 or 1, none at
        /// ½; false where it is neither near 0 nor near 1, as across a hole.
        mutating func take(windingNumber: Float) -> Bool {
            side = min(max(1.25 * (1 - 2 * windingNumber), -1), 1)
            farDistance *= side
            return abs(side) == 1
        }

        /// Where the side is in doubt and the nearest point not far, the surface across the hole counts.
        mutating func take(acrossHole value: Float) {
            let t = min(max((1 - abs(side)) / 0.25, 0), 1)
            let part = t * t * (3 - 2 * t) * OrientedPointCloud.closeness(distanceToPoints)
            farDistance = part * value + (1 - part) * farDistance
        }
    }

    /// How much the fitted surface counts.
    private static func trust(ofCoverage coverage: Float) -> Float {
        let t = min(max((coverage - coverageLimits.0) / (coverageLimits.1 - coverageLimits.0), 0), 1)
        return t * t * (3 - 2 * t)
    }

    /// Coverage up to which the fitted surface does not count, and from which on nothing else does. At a height of half the
    /// support over a covered surface it is 0.24, at 0.7 of it 0.03.
    private static let coverageLimits: (Float, Float) = (0.04, 0.2)

    private func find(
        _ points: UnsafePointer<Float>, _ count: Int, _ kernelTree: UnsafePointer<ck_point_tree>,
        _ queries: UnsafeMutableBufferPointer<Query>
    ) {
        withUnsafeTemporaryAllocation(byteCount: count * 96, alignment: 16) { scratch in
            guard let base = scratch.baseAddress else { return }
            let facing = base.bindMemory(to: SIMD4<Float>.self, capacity: count)
            let sums = (base + 16 * count).bindMemory(to: ck_point_sums.self, capacity: count)
            let squared = (base + 80 * count).bindMemory(to: Float.self, capacity: count)
            let nearest = (base + 88 * count).bindMemory(to: UInt32.self, capacity: count)
            ck_points_nearest(kernelTree, points, count, 1, squared, nearest)
            for slot in 0..<count { facing[slot] = SIMD4(tree.normal(Int(nearest[slot])), 0) }
            ck_points_sums(
                kernelTree, points, UnsafeRawPointer(facing).assumingMemoryBound(to: Float.self), count, .usual, sums)
            for slot in 0..<count {
                let point = SIMD3(points[4 * slot], points[4 * slot + 1], points[4 * slot + 2])
                var query = farQuery(point, Int(nearest[slot]))
                if squared[slot] < largestSupport * largestSupport, let surface = LocalSurface(sums[slot]) {
                    query.trust = Self.trust(ofCoverage: surface.coverage)
                    query.fitted = surface.distance
                }
                if query.trust == 1 { query.isOpen = false }
                queries.initializeElement(at: slot, to: query)
            }
        }
    }

    /// The least cosine between a point's normal and the way to a place that the point by itself tells the side of.
    private static let facingCosine: Float = 0.7

    /// How far beside the nearest point the surface may be nearest, in points' distances.
    private static let footReach: Float = 1.5

    /// Where the place lies squarely over the nearest point, the distance is that to the sphere through it with the
    /// curvature there; elsewhere, to the disk of its area in its tangent plane. A point well inside the covered surface
    /// tells the side of what lies squarely over it; elsewhere it is open.
    private func farQuery(_ point: SIMD3<Float>, _ slot: Int) -> Query {
        let offset = point - tree.position(slot)
        let height = dot(offset, tree.normal(slot))
        let square = dot(offset, offset)
        guard height * height > Self.facingCosine * Self.facingCosine * square else {
            let aside = max(square - height * height, 0).squareRoot()
            let beyond = max(aside - (tree.area(slot) / .pi).squareRoot(), 0)
            let distance = (height * height + beyond * beyond).squareRoot()
            return Query(farDistance: distance, isOpen: true, distanceToPoints: distance)
        }
        let curvature = curvatures[slot]
        let root = max(1 + 2 * curvature * height + curvature * curvature * square, 0).squareRoot()
        let reach = Self.footReach * spacing
        let least = max(square - reach * reach, 0).squareRoot()
        let distance = min(max(abs((2 * height + curvature * square) / (1 + root)), least), square.squareRoot())
        guard isCovered[slot] else {
            return Query(farDistance: distance, isOpen: true, distanceToPoints: distance)
        }
        return Query(farDistance: height < 0 ? -distance : distance, isOpen: false, distanceToPoints: distance)
    }

    // MARK: Holes

    /// Up to the first distance from all points a hole is closed by what bends least, from the second on by the winding
    /// number alone: what bends least goes astray far from what is known, and never closes what is open on one side.
    private static let holeReach: (Float, Float) = (0.12, 0.24)

    private static func closeness(_ distance: Float) -> Float {
        let t = min(max((holeReach.1 - distance) / (holeReach.1 - holeReach.0), 0), 1)
        return t * t * (3 - 2 * t)
    }

    /// The surface across all holes; nil where there are none.
    func holeSurface(workers: Workers) -> HoleSurface? {
        let rim = (0..<tree.count).filter { !isCovered[$0] }.map { tree.position($0) }
        guard !rim.isEmpty else { return nil }
        let numbers = HoleSurface.samples(near: rim, reach: Self.holeReach.1 + HoleSurface.spacing)
        let places = numbers.map(HoleSurface.position)
        var samples = [HoleSurface.Sample](repeating: .unneeded, count: numbers.count)
        samples.withUnsafeMutableBufferPointer { samples in
            tree.withKernelTree { kernelTree in
                SpatialBatch.forEachChunk(of: places.span, scale: 1, workers: workers) { scaled, indices in
                    queries(of: scaled, count: indices.count, kernelTree) { slot, query in
                        samples[Int(indices[slot])] = query.sample
                    }
                } notFinite: { _ in
                }
            }
        }
        return HoleSurface(numbers, samples, workers: workers)
    }
}
