import CKernels
import Core

/// The way from a scan's points to a surface of oriented ones: what is off it left out, normals found where there are none,
/// noise taken away as far as neighbours agree.
///
/// How wide the balls are in which points count is chosen by leaving points out: the width at which what is left predicts
/// the points best. Without noise that is the narrowest, with noise a few deviations.
struct PointCloudPreparation {
    let transform: UnitCubeTransform
    /// In the unit cube, complete.
    var tree: PointTree
    var summary: PointCloudSummary
    /// Mean distance from a point to the next, in the unit cube.
    var spacing: Float = 0
    /// The largest ball of support, in the unit cube.
    private(set) var largestSupport: Float = 0

    let workers: Workers
    let options: PointCloudOptions
    var neighbors: NearestPoints
    /// By slot, as all that follow.
    var normals: [SIMD3<Float>] = []
    private var spacings: [Float] = []
    private var areas: [Float] = []

    /// Neighbours that are looked at, the point itself among them.
    static let neighborCount = 16
    /// Widths of support that are tried, in the points' distances: at the least 15 points have a say, at the most 600.
    private static let widths: [Float] = [2.2, 2.6, 3.2, 4, 5, 6.5, 8, 10, 14]
    /// What smoothed points are taken with: 28 of them.
    static let finalWidth: Float = 3
    /// Smoothed points are so many times thinner than the squared width of their smoothing, in points' distances.
    private static let finalSamples: Float = 12
    /// Points that the width is judged by.
    static let judges = 4096
    /// Points are moved when their errors are larger than this part of their distance.
    private static let smoothingThreshold: Float = 0.08

    init(
        _ positions: [SIMD3<Float>], normals given: [SIMD3<Float>]?, options: PointCloudOptions, workers: Workers
    ) throws(PointCloudError) {
        self.workers = workers
        self.options = options
        summary = PointCloudSummary(pointCount: positions.count)
        var positions = positions
        var given = given
        var frame = try Self.frame(positions)
        tree = PointTree(Self.unitPoints(positions, frame, workers), workers: workers)
        neighbors = tree.nearestPoints(Self.neighborCount, workers: workers)
        // Points that only others far away made look usual are seen once those are gone.
        let passes = options.keepsOutliers ? 1 : 5
        for pass in 0..<passes {
            let left =
                pass == 0
                ? Self.repeatedSlots(tree, neighbors) : FarPoints.slots(of: tree, neighbors, workers: workers)
            if left.isEmpty && pass == 0 { continue }
            guard !left.isEmpty, positions.count - left.count >= OrientedPointCloud.leastCount else { break }
            var isKept = [Bool](repeating: true, count: positions.count)
            for slot in left { isKept[Int(tree.order[slot])] = false }
            let kept = positions.indices.filter { isKept[$0] }
            positions = kept.map { positions[$0] }
            given = given.map { given in kept.map { given[$0] } }
            if pass > 0 { summary.outlierCount += left.count }
            let next = try Self.frame(positions)
            let earlier = (tree: tree, neighbors: neighbors)
            tree = PointTree(Self.unitPoints(positions, next, workers), workers: workers)
            neighbors =
                next == frame
                ? tree.nearestPoints(keptFrom: earlier, kept: kept, workers: workers)
                : tree.nearestPoints(Self.neighborCount, workers: workers)
            frame = next
        }
        transform = frame
        try checkSolid()
        findNormals(given)
        measureSurroundings()
        smooth()
        if options.flipsNormals {
            normals = normals.map { -$0 }
            complete(width: Float(summary.support * transform.scale) / spacing)
        }
        tree.completeMoments(workers: workers)
    }

    /// Slots of points that lie exactly on one of a lower slot: of neighbours at one distance the lowest come first.
    private static func repeatedSlots(_ tree: PointTree, _ neighbors: NearestPoints) -> [Int] {
        (0..<tree.count).filter { slot in
            zip(neighbors.slots(of: slot), neighbors.squaredDistances(of: slot)).contains { Int($0) < slot && $1 == 0 }
        }
    }

    private static func unitPoints(
        _ positions: [SIMD3<Float>], _ frame: UnitCubeTransform, _ workers: Workers
    ) -> [SIMD3<Float>] {
        workers.map(positions.count) { frame.unitPoint(positions[$0]) }
    }

    private static func frame(_ positions: [SIMD3<Float>]) throws(PointCloudError) -> UnitCubeTransform {
        var box = BoundingBox.empty
        for position in positions { box.formUnion(position) }
        guard box.extent.max() > 0, box.extent.max().isFinite else { throw .noExtent }
        return UnitCubeTransform(fitting: box)
    }

    private func checkSolid() throws(PointCloudError) {
        let all = (0..<UInt32(tree.count)).map { $0 }
        let values = all.withUnsafeBufferPointer { NormalEstimation.eigen(tree, $0).values }
        guard values.x > 1e-10 * values.z else { throw .flat }
    }

    // MARK: Normals

    /// - Parameter given: by input; nil for none.
    private mutating func findNormals(_ given: [SIMD3<Float>]?) {
        if let given {
            normals = workers.map(tree.count) { slot in
                let normal = given[Int(tree.order[slot])]
                // First to about unit length, so that no square overflows or vanishes.
                let largest = abs(normal).max()
                return largest > 0 && largest.isFinite ? normalized(normal / largest) : .zero
            }
            let missing = normals.indices.filter { normals[$0] == .zero }
            if 2 * missing.count <= tree.count {
                summary.replacedNormalCount = missing.count
                replaceNormals(missing)
                if facesInwards {
                    normals = normals.map { -$0 }
                    summary.normals = .givenInwards
                }
                return
            }
        }
        summary.normals = .estimated
        (normals, summary.orientedPieceCount) = EstimatedNormals.normals(of: tree, neighbors, workers: workers)
    }

    private mutating func replaceNormals(_ missing: [Int]) {
        let before = normals
        for slot in missing {
            let sum = neighbors.slots(of: slot).reduce(SIMD3<Float>.zero) { $0 + before[Int($1)] }
            let direction = SIMD3<Float>(NormalEstimation.eigen(tree, neighbors.slots(of: slot)).leastDirection)
            normals[slot] = dot(sum, direction) < 0 ? -direction : direction
        }
    }

    /// Whether the points' dipoles enclose a negative volume that is not small: a closed surface seen from inside.
    private var facesInwards: Bool {
        var (area, volume) = (0.0, 0.0)
        var position = SIMD3<Double>.zero
        var normal = SIMD3<Double>.zero
        for slot in 0..<tree.count {
            let size = Double(neighbors.squaredDistances(of: slot).last ?? 0) * .pi / Double(neighbors.neighborCount)
            let (place, direction) = (SIMD3<Double>(tree.position(slot)), SIMD3<Double>(normals[slot]))
            area += size
            position += size * place
            normal += size * direction
            volume += size * dot(place, direction) / 3
        }
        guard area > 0 else { return false }
        // A ball has 0.094.
        return volume - dot(position, normal) / (3 * area) < -0.01 * area * area.squareRoot()
    }

    // MARK: Distances and areas

    mutating func measureSurroundings() {
        let rank = min(12, neighbors.neighborCount) - 1
        // A disk around a point holds its neighbours up to the farthest: half of that one.
        let raw = workers.map(tree.count) { slot in
            (Float.pi * neighbors.squaredDistances(of: slot)[rank] / (Float(rank) + 0.5)).squareRoot()
        }
        spacings = workers.map(tree.count) { slot in
            let slots = neighbors.slots(of: slot)
            return max(slots.reduce(Float(0)) { $0 + raw[Int($1)] } / Float(slots.count), 1e-7)
        }
        spacing = Float(spacings.reduce(0.0) { $0 + Double($1) } / Double(tree.count))
        summary.spacing = Double(spacing) / transform.scale
        areas = VoronoiArea.areas(tree, neighbors, normals: normals, spacings: spacings, workers: workers)
    }

    /// - Parameter width: of the supports, in the points' distances.
    mutating func complete(width: Float) {
        largestSupport = width * (spacings.max() ?? 0)
        summary.support = Double(width * spacing) / transform.scale
        tree.complete(
            normals: normals, areas: areas, supports: spacings.map { width * $0 }, moments: false,
            workers: workers)
    }

    // MARK: Noise

    /// Chooses the supports' width, and moves points onto the surface of their neighbours where they are off it.
    private mutating func smooth() {
        let widest = Self.widths[Self.widths.count - 1]
        complete(width: widest)
        let (width, height, error) = chooseWidth(widest)
        summary.noise = Double(error) / transform.scale
        let moves = error > Self.smoothingThreshold * spacing
        if moves && summary.normals != .estimated {
            summary.wasSmoothed = true
            integrateNormals()
            return
        }
        // Balls as large as spheroids are high.
        complete(width: max(width, height))
        let slimness = max(width, height) / width
        let weights = ck_point_weights.high(shrinking: slimness, slimness: slimness)
        // What is smoothed over many points is told by some of them.
        let thinning = moves ? max(1, Int(width * width / Self.finalSamples)) : 1
        var slots = Array(stride(from: 0, to: tree.count, by: thinning))
        var places = slots.map { tree.position($0) }
        var facing = slots.map { normals[$0] }
        var surfaces = tree.localSurfaces(
            at: places, facing: facing, leavingOut: slots, weights: weights, workers: workers)
        if !options.keepsOutliers {
            let isOff = zip(surfaces, slots).map { surface, slot in isOffSurface(surface, slot, error) }
            let kept = isOff.indices.filter { !isOff[$0] }
            if kept.count < slots.count && kept.count >= OrientedPointCloud.leastCount {
                summary.outlierCount += (slots.count - kept.count) * thinning
                (slots, surfaces) = (kept.map { slots[$0] }, kept.map { surfaces[$0] })
                (places, facing) = (kept.map { places[$0] }, kept.map { facing[$0] })
            }
        }
        guard moves || slots.count < tree.count else {
            complete(width: width)
            return
        }
        if moves {
            // A second step from where the first led: the surface there is what counts.
            places = moved(places, surfaces)
            surfaces = tree.localSurfaces(at: places, facing: facing, weights: weights, workers: workers)
            places = moved(places, surfaces)
            if summary.normals == .estimated { facing = zip(surfaces, facing).map { $0?.normal ?? $1 } }
            summary.wasSmoothed = true
        }
        tree = PointTree(places, workers: workers)
        normals = tree.order.map { facing[Int($0)] }
        neighbors = tree.nearestPoints(Self.neighborCount, workers: workers)
        measureSurroundings()
        complete(width: moves ? Self.finalWidth : width)
    }

    private func moved(_ places: [SIMD3<Float>], _ surfaces: [LocalSurface?]) -> [SIMD3<Float>] {
        zip(places, surfaces).map { place, surface in
            surface.map { place - $0.distance * $0.normal } ?? place
        }
    }

    /// The width at which points are predicted best by the others, how high above and below that looks, and the points'
    /// standard deviation from what is predicted.
    ///
    /// A neighbourhood that is hardly higher than the noise would hold the points at a point's own height, and call that
    /// the surface: heights grow until they are several times the deviation that they find.
    private func chooseWidth(_ widest: Float) -> (width: Float, height: Float, error: Float) {
        if let noise = options.noise {
            let error = noise * Float(transform.scale)
            let width = min(max(Self.widths[0], 4 * error / spacing), widest)
            return (width, min(max(width, Self.heightDeviations * error / spacing), widest), error)
        }
        let slots = Array(stride(from: 0, to: tree.count, by: max(1, tree.count / Self.judges)))
        var best: (width: Float, height: Float, error: Float) = (Self.finalWidth, Self.finalWidth, 0)
        for height in Self.heights {
            var found: (width: Float, error: Float)?
            for width in Self.widths {
                guard let error = predictionError(slots, width: width, height: height, widest) else { continue }
                // A wider one must be better by more than chance.
                if error < 0.998 * (found?.error ?? .infinity) { found = (width, error) }
            }
            guard let found else { continue }
            best = (found.width, height, found.error)
            if Self.heightDeviations * found.error <= height * spacing { break }
        }
        return best
    }

    /// Heights of neighbourhoods that are tried, in the points' distances.
    private static let heights: [Float] = [4, 8, 14]
    /// Of the points from the surface, in the height of a neighbourhood that is high enough.
    private static let heightDeviations: Float = 4

    /// The standard deviation of points from the surface of the others; nil where too many have no others.
    private func predictionError(_ slots: [Int], width: Float, height: Float, _ widest: Float) -> Float? {
        let surfaces = tree.localSurfaces(
            at: slots.map { tree.position($0) }, facing: slots.map { normals[$0] }, leavingOut: slots,
            weights: .high(shrinking: widest / width, slimness: max(height / width, 1)), workers: workers)
        let errors = zip(surfaces, slots).compactMap { surface, slot in
            surface.map { min(abs($0.distance), 6 * spacings[slot]) }
        }
        guard 10 * errors.count >= 9 * slots.count else { return nil }
        // Of a normal distribution the mean magnitude is √(2/π) deviations.
        return 1.2533 * errors.reduce(0, +) / Float(errors.count)
    }

    /// Whether a point is off the surface of the others.
    private func isOffSurface(_ surface: LocalSurface?, _ slot: Int, _ error: Float) -> Bool {
        guard let surface else { return true }
        return abs(surface.distance) > max(5 * error, 0.8 * spacings[slot])
    }
}
