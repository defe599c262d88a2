import CKernels
import Core

/// A scan: points of a surface with normals, and what they say of the space around them.
///
/// Near the points the distance is that to the surface fitted to them (`LocalSurface`). Away from them it is the
/// distance to the nearest point's tangent disk, with the sign of the winding number of the points' dipoles (Barill,
/// Dickson, Schmidt, Levin and Jacobson, "Fast winding numbers for soups and clouds", SIGGRAPH 2018). Where points are
/// missing inside and outside meet where the winding number is ½, which closes holes smoothly: ``distancesToPoints(at:workers:)``
/// tells where the surface has no evidence.
///
/// Everything is in the unit cube, to which ``transform`` leads.
public struct OrientedPointCloud: ShapeEvidence {
    /// From the points' own coordinates.
    public let transform: UnitCubeTransform
    /// Around the points that were kept.
    public let bounds: BoundingBox
    public let summary: PointCloudSummary
    public let fingerprint: ShapeFingerprint
    /// Mean distance from a point to the next, in the unit cube.
    public let spacing: Float
    let tree: PointTree
    /// Of fewer points and wider balls, the finest first.
    private let coarse: [PointTree]
    private let largestSupport: Float
    /// Which slots' points have others all around them.
    private let isCovered: [Bool]
    /// Of the surface fitted at each slot's point.
    private let curvatures: [Float]
    /// The part of the points that a ball of support holds of a covered plane from which on a point has others all around
    /// it; one on a rim has half.
    private static let coveredPart: Float = 0.7
    /// Area up to and including each slot's.
    private let cumulativeAreas: [Double]
    private let areaGuide: [Int32]

    /// Fewer points are no surface.
    public static let leastCount = 10
    /// Bytes that a point takes while a cloud is being prepared: an estimate from the arrays that are held at once.
    static let bytesPerPoint = 420
    /// How many radii away a cluster of points is taken as one by the winding number, as for triangles.
    private static let windingAccuracy: Float = 2

    /// Prepares points.
    ///
    /// - Parameters:
    ///   - positions: `(n)`, in coordinates of their own, finite.
    ///   - normals: `(n)`, of any length; nil where there are none. Those that are zero or not finite are taken from
    ///     neighbours.
    ///   - memoryLimit: bytes that preparing may take.
    ///   - options: how the points are taken.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Throws: ``PointCloudError``.
    /// - Complexity: O(n log n).
    public init(
        _ positions: [SIMD3<Float>], normals: [SIMD3<Float>]?, options: PointCloudOptions = PointCloudOptions(),
        memoryLimit: Int = Int(ProcessInfo.processInfo.physicalMemory / 4 * 3), workers: Workers = Workers()
    ) throws(PointCloudError) {
        guard positions.count >= Self.leastCount else { throw .tooFewPoints(count: positions.count) }
        try Self.checkMemory(pointCount: positions.count, limit: memoryLimit)
        if let normals, normals.count != positions.count {
            throw .normalCountMismatch(points: positions.count, normals: normals.count)
        }
        if let noise = options.noise, !(noise >= 0 && noise.isFinite) { throw .invalidNoise(noise) }
        let nonFinite = positions.count { !MortonOrder.isFinite($0) }
        guard nonFinite == 0 else { throw .nonFinitePoints(count: nonFinite, of: positions.count) }
        let prepared = try PointCloudPreparation(positions, normals: normals, options: options, workers: workers)
        transform = prepared.transform
        tree = prepared.tree
        summary = prepared.summary
        fingerprint = ShapeFingerprint(vertices: positions, vectors: normals.map { [$0] } ?? [])
        spacing = prepared.spacing
        largestSupport = prepared.largestSupport
        (isCovered, curvatures) = Self.surroundings(prepared, workers)
        coarse = Self.coarseTrees(prepared, workers)
        var box = BoundingBox.empty
        var sum = 0.0
        var areas: [Double] = []
        areas.reserveCapacity(tree.count)
        for slot in 0..<tree.count {
            box.formUnion(tree.position(slot))
            sum += Double(tree.area(slot))
            areas.append(sum)
        }
        bounds = box
        cumulativeAreas = areas
        areaGuide = Self.guide(areas)
    }

    /// Throws where so many points would not fit.
    public static func checkMemory(pointCount: Int, limit: Int) throws(PointCloudError) {
        guard pointCount <= limit / bytesPerPoint else {
            throw .tooManyPoints(count: pointCount, limit: limit / bytesPerPoint, limitBytes: limit)
        }
    }

    /// Whether each slot's point has others all around it that agree with it, and the surface's curvature there.
    private static func surroundings(
        _ prepared: PointCloudPreparation, _ workers: Workers
    ) -> (isCovered: [Bool], curvatures: [Float]) {
        let tree = prepared.tree
        let normals = (0..<tree.count).map { tree.normal($0) }
        let surfaces = tree.localSurfaces(
            at: (0..<tree.count).map { tree.position($0) }, facing: normals, workers: workers)
        let width = Float(prepared.summary.support * prepared.transform.scale) / prepared.spacing
        let isCovered = surfaces.indices.map { slot in
            guard let surface = surfaces[slot] else { return false }
            return surface.count > coveredPart * .pi * width * width && dot(surface.normal, normals[slot]) > 0.7
                && abs(surface.distance) < 0.5 * prepared.spacing
        }
        return (isCovered, surfaces.map { $0?.curvature ?? 0 })
    }

    /// Points that were kept.
    public var pointCount: Int { tree.count }

    /// The surface's area as far as points cover it, in the unit cube.
    public var area: Double { cumulativeAreas.last ?? 0 }

    /// False: across a hole they meet in empty space.
    public var changesSignAtSurfaceOnly: Bool { false }

    // MARK: Surface points

    private static func guide(_ areas: [Double]) -> [Int32] {
        var slot = 0
        return areas.indices.map { slice in
            let start = (areas.last ?? 0) * Double(slice) / Double(areas.count)
            while areas[slot] <= start && slot < areas.count - 1 { slot += 1 }
            return Int32(slot)
        }
    }

    /// A point of the covered surface and its normal: point `index` of `stream`, uniform by area to the points' distance.
    public func surfacePoint(at index: UInt64, of stream: RandomStream) -> SurfacePoint {
        let words = stream.words(at: index)
        let share = Double(UInt64(words.x) << 16 | UInt64(words.w >> 16)) * 0x1p-48
        let target = share * area
        var slot = Int(areaGuide[min(Int(share * Double(areaGuide.count)), areaGuide.count - 1)])
        while cumulativeAreas[slot] <= target && slot < cumulativeAreas.count - 1 { slot += 1 }
        let normal = tree.normal(slot)
        let (u, v) = VoronoiArea.tangents(of: normal)
        // Across a square of the point's area.
        let side = tree.area(slot).squareRoot()
        let across = (Float(words.y >> 8) * 0x1p-24 - 0.5) * side
        let along = (Float(words.z >> 8) * 0x1p-24 - 0.5) * side
        return SurfacePoint(position: tree.position(slot) + across * u + along * v, normal: normal)
    }

    // MARK: Distances

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
                    signedDistances(of: scaled, count: indices.count, kernelTree) { slot, distance in
                        distances[Int(indices[slot])] = distance
                    }
                } notFinite: {
                    distances[$0] = .nan
                }
            }
        }
    }

    private func signedDistances(
        of points: UnsafePointer<SIMD4<Float>>, count: Int, _ kernelTree: UnsafePointer<ck_point_tree>,
        _ body: (_ slot: Int, _ distance: Float) -> Void
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
                var doubtful: [Int] = []
                for (index, slot) in open.enumerated() {
                    if !queries[slot].mix(windingNumber: numbers[index]) { doubtful.append(slot) }
                }
                bridge(doubtful, points, queries)
            }
            for slot in 0..<count { body(slot, queries[slot].distance) }
        }
    }

    /// What is known of a place.
    private struct Query {
        /// To the fitted surface, as far as that is trusted.
        var distance: Float
        /// In [0, 1].
        var trust: Float
        /// To the nearest point's tangent disk: signed if that point tells the side, else without sign.
        var farDistance: Float
        /// Whether only the winding number tells the side.
        var isOpen: Bool
        /// The nearest point.
        var nearest: Int
        /// −1 inside to 1 outside, by the winding number.
        var side: Float = 1

        /// Near the surface the fitted one, away from it the far distance.
        mutating func mix() { distance = trust * distance + (1 - trust) * farDistance }

        /// The far distance's sign by the winding number, and its size: all of it where that is within 0.1 of 0 or 1, none at
        /// ½; false where it is neither near 0 nor near 1, as across a hole.
        mutating func mix(windingNumber: Float) -> Bool {
            side = min(max(1.25 * (1 - 2 * windingNumber), -1), 1)
            farDistance *= side
            mix()
            return abs(side) == 1
        }

        /// Where the side is in doubt the surfaces of wider neighbourhoods count, `bridged` as far as `trust` of them.
        mutating func mix(bridged: Float, trust bridge: Float) {
            let t = min(max((1 - abs(side)) / 0.25, 0), 1)
            let part = t * t * (3 - 2 * t) * bridge
            farDistance = part * bridged + (1 - part) * farDistance
            mix()
        }
    }

    /// Across holes: the surface fitted to the points around, of the narrowest neighbourhood that has any on both sides.
    private func bridge(
        _ slots: [Int], _ points: UnsafePointer<SIMD4<Float>>, _ queries: UnsafeMutableBufferPointer<Query>
    ) {
        guard !slots.isEmpty else { return }
        let places = slots.map { SIMD3(points[$0].x, points[$0].y, points[$0].z) }
        let facing = slots.map { tree.normal(queries[$0].nearest) }
        var values = [Float](repeating: 0, count: slots.count)
        var trusts = values
        for level in coarse {
            let surfaces = level.localSurfaces(at: places, facing: facing, workers: .single)
            for (index, surface) in surfaces.enumerated() {
                guard let surface, trusts[index] < 1 else { continue }
                let part = (1 - trusts[index]) * Self.trust(ofCoverage: surface.coverage)
                values[index] += part * surface.distance
                trusts[index] += part
            }
        }
        for (index, slot) in slots.enumerated() where trusts[index] > 0 {
            queries[slot].mix(bridged: values[index] / trusts[index], trust: trusts[index])
        }
    }

    private static func trust(ofCoverage coverage: Float) -> Float {
        let t = min(max((coverage - coverageLimits.0) / (coverageLimits.1 - coverageLimits.0), 0), 1)
        return t * t * (3 - 2 * t)
    }

    /// Clouds of ever fewer points with ever wider balls, for places that have none near by.
    private static func coarseTrees(_ prepared: PointCloudPreparation, _ workers: Workers) -> [PointTree] {
        let tree = prepared.tree
        var trees: [PointTree] = []
        var (thinning, support) = (4, 2 * prepared.largestSupport)
        while tree.count / thinning >= 32 && support < 1 {
            let slots = Array(stride(from: 0, to: tree.count, by: thinning))
            let level = PointTree(slots.map { tree.position($0) }, workers: workers)
            let order = level.order.map { slots[Int($0)] }
            level.complete(
                normals: order.map { tree.normal($0) }, areas: order.map { Float(thinning) * tree.area($0) },
                supports: [Float](repeating: support, count: order.count), workers: workers)
            trees.append(level)
            thinning *= 4
            support *= 2
        }
        return trees
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
                    query.distance = surface.distance
                }
                if query.trust == 1 { query.isOpen = false }
                if !query.isOpen { query.mix() }
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
            return Query(distance: 0, trust: 0, farDistance: distance, isOpen: true, nearest: slot)
        }
        let curvature = curvatures[slot]
        let root = max(1 + 2 * curvature * height + curvature * curvature * square, 0).squareRoot()
        let reach = Self.footReach * spacing
        let least = max(square - reach * reach, 0).squareRoot()
        let distance = min(max(abs((2 * height + curvature * square) / (1 + root)), least), square.squareRoot())
        guard isCovered[slot] else {
            return Query(distance: 0, trust: 0, farDistance: distance, isOpen: true, nearest: slot)
        }
        return Query(
            distance: 0, trust: 0, farDistance: height < 0 ? -distance : distance, isOpen: false, nearest: slot)
    }

    /// Whether each of `points` is inside, 1 or 0: where the distance is negative.
    public func occupancies(
        at points: Span<SIMD3<Float>>, into occupancies: inout MutableSpan<UInt8>, workers: Workers
    ) {
        precondition(occupancies.count == points.count, "an occupancy for each point")
        var distances = [Float](repeating: 0, count: points.count)
        var span = distances.mutableSpan
        signedDistances(at: points, into: &span, workers: workers)
        for index in occupancies.indices {
            occupancies[index] = distances[index].sign == .minus && !distances[index].isNaN ? 1 : 0
        }
    }

    /// How far each of `points`, `(n)` in the unit cube and finite, is from the nearest point of the scan: where that is
    /// many times ``spacing``, a surface has no evidence.
    public func distancesToPoints(at points: [SIMD3<Float>], workers: Workers) -> [Float] {
        let nearest = tree.nearestPoints(1, to: points, workers: workers)
        return (0..<points.count).map { nearest.squaredDistances.pointer[$0].squareRoot() }
    }
}

extension OrientedPointCloud: ScalarField {
    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        signedDistances(at: points, into: &values, workers: workers)
    }
}
