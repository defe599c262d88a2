import CKernels
import Core

/// A scan: points of a surface with normals, and what they say of the space around them.
///
/// Near the points the distance is that to the surface fitted to them (`LocalSurface`). Away from them it is the
/// distance to the nearest point's tangent disk, with the sign of the winding number of the points' dipoles (Barill,
/// Dickson, Schmidt, Levin and Jacobson, "Fast winding numbers for soups and clouds", SIGGRAPH 2018). Holes are closed by
/// what bends least (`HoleSurface`), and where they are wide by the winding number ½: ``distancesToPoints(at:workers:)`` tells
/// where the surface has no evidence.
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
    let largestSupport: Float
    /// Which slots' points have others all around them.
    let isCovered: [Bool]
    /// Of the surface fitted at each slot's point.
    let curvatures: [Float]
    /// Across holes; nil where there are none.
    private(set) var holes: HoleSurface?
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
    static let windingAccuracy: Float = 2

    /// Prepares points.
    ///
    /// - Parameters:
    ///   - positions: `(n)`, in coordinates of their own, finite.
    ///   - normals: `(n)`, of any length; nil where there are none. Those that are zero or not finite are taken from
    ///     neighbours.
    ///   - options: what is known of the points.
    ///   - memoryLimit: bytes that preparing may take.
    ///   - workers: the cloud does not depend on their number.
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
        holes = holeSurface(workers: workers)
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
        let normals = workers.map(tree.count) { tree.normal($0) }
        let surfaces = tree.localSurfaces(
            at: workers.map(tree.count) { tree.position($0) }, facing: normals, workers: workers)
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

    /// A point of the covered surface and its normal: point `index` of `stream`, uniform by area to the points' distance, on the
    /// paraboloid of the surface's curvature at the scan's nearest point.
    public func surfacePoint(at index: UInt64, of stream: RandomStream) -> SurfacePoint {
        let words = stream.words(at: index)
        let share = Double(UInt64(words.x) << 16 | UInt64(words.w >> 16)) * 0x1p-48
        let target = share * area
        var slot = Int(areaGuide[min(Int(share * Double(areaGuide.count)), areaGuide.count - 1)])
        while cumulativeAreas[slot] <= target && slot < cumulativeAreas.count - 1 { slot += 1 }
        let normal = tree.normal(slot)
        let (u, v) = VoronoiArea.tangents(of: normal)
        // Across a square of the point's area.
        let side = max(tree.area(slot).squareRoot(), 1e-9)
        let across = (Float(words.y >> 8) * 0x1p-24 - 0.5) * side
        let along = (Float(words.z >> 8) * 0x1p-24 - 0.5) * side
        let offset = across * u + along * v
        // No more than a quarter turn across the square.
        let curvature = min(max(curvatures[slot], -1 / side), 1 / side)
        let height = -0.5 * curvature * dot(offset, offset)
        return SurfacePoint(
            position: tree.position(slot) + offset + height * normal, normal: normalized(normal + curvature * offset))
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
