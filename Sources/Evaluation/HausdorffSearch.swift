import Core
import Geometry

/// The branch and bound of ``HausdorffCertifier`` from one mesh to another.
struct HausdorffSearch {
    private let source: TriangleMesh
    private let goal: TriangleMesh
    private let hierarchy: BoundingVolumeHierarchy
    private let certifier: HausdorffCertifier
    private let isBackward: Bool
    /// Distances below this are not told apart.
    private let floor: Double

    private var lower = 0.0
    private var witness: (place: SIMD3<Double>, triangle: Int)
    private var closestPlace: SIMD3<Double>
    /// The largest bound of a piece that is done.
    private var settledUpper = 0.0
    /// The pieces that are not done.
    private var waiting: [Piece] = []
    private var pieceCount = 0

    /// A part of a triangle of the source.
    private struct Piece {
        var corners: PreciseTriangle
        var upper: Double
        /// The triangle of the source that it is a part of.
        var triangle: UInt32
        /// The triangle of the goal that gave the bound.
        var closest: UInt32
    }

    /// Points of one batch of closest points between two reports: a few hundredths of a second.
    private static let batchSize = 1 << 16
    /// Pieces that are cut up at once at least, if there are as many: enough to share out.
    private static let roundSize = 2048

    /// - Parameter hierarchy: of `goal`.
    init(
        from source: TriangleMesh, to goal: TriangleMesh, _ hierarchy: BoundingVolumeHierarchy,
        certifier: HausdorffCertifier, isBackward: Bool
    ) {
        self.source = source
        self.goal = goal
        self.hierarchy = hierarchy
        self.certifier = certifier
        self.isBackward = isBackward
        floor = 0x1p-24 * Double(max(source.boundingBox?.diagonal ?? 0, goal.boundingBox?.diagonal ?? 0))
        witness = (SIMD3<Double>(source.corners(of: 0).0), 0)
        closestPlace = witness.place
    }

    /// Pieces with bounds up to this are done.
    private var tolerated: Double { lower + max(certifier.relativeError * lower, floor) }
    private var upper: Double { max(lower, settledUpper, waiting.reduce(0) { max($0, $1.upper) }) }

    mutating func run(_ progress: (CertificationProgress) -> Bool) -> CertifiedDistance {
        guard let corners = boundCorners(progress) else { return result(upper: boxBound, isComplete: false) }
        boundTriangles(corners)
        var isStopped = false
        while !waiting.isEmpty, !isStopped, waiting.count <= certifier.pieceLimit {
            isStopped = !progress(state(upper: upper))
            if !isStopped { cutLargest() }
        }
        return result(upper: upper, isComplete: waiting.isEmpty)
    }

    private func state(upper: Double) -> CertificationProgress {
        CertificationProgress(isBackward: isBackward, lower: lower, upper: upper, pieces: pieceCount)
    }

    private func result(upper: Double, isComplete: Bool) -> CertifiedDistance {
        CertifiedDistance(
            lower: lower, upper: upper, place: witness.place, triangle: witness.triangle, closestPlace: closestPlace,
            isComplete: isComplete, pieces: pieceCount)
    }

    /// The bound before any distance is known: no point is further than the box's corners are from a point of the goal.
    private var boxBound: Double {
        guard let box = source.boundingBox else { return 0 }
        let anchor = SIMD3<Double>(goal.corners(of: 0).0)
        let reach = pointwiseMax(
            abs(SIMD3<Double>(box.minimum) - anchor), abs(SIMD3<Double>(box.maximum) - anchor))
        return length(reach)
    }

    /// Makes the lower bound what the point is really away, if that is more than what it was.
    private mutating func raise(_ place: SIMD3<Double>, triangle: Int, estimate: Double) {
        // Estimates are never too small.
        guard estimate > lower, let exact = hierarchy.preciseClosestPoint(to: place), exact.distance > lower else {
            return
        }
        lower = exact.distance
        witness = (place, triangle)
        closestPlace = exact.position
    }

    // MARK: Corners and whole triangles

    /// The closest points of the source's vertices; nil when stopped.
    private mutating func boundCorners(_ progress: (CertificationProgress) -> Bool) -> [CornerHit]? {
        var triangleOf = [UInt32](repeating: .max, count: source.vertices.count)
        for (index, triangle) in source.triangles.enumerated() {
            for corner in 0..<3 where triangleOf[Int(triangle[corner])] == .max {
                triangleOf[Int(triangle[corner])] = UInt32(index)
            }
        }
        let used = triangleOf.indices.filter { triangleOf[$0] != .max }
        var hits = [CornerHit](repeating: CornerHit(distance: .infinity, triangle: 0), count: source.vertices.count)
        for start in stride(from: 0, to: used.count, by: Self.batchSize) {
            guard progress(state(upper: boxBound)) else { return nil }
            let batch = used[start..<min(start + Self.batchSize, used.count)]
            let points = batch.map { source.vertices[$0] }
            let closest = hierarchy.closestPoints(to: points.span, workers: certifier.workers)
            var furthest = (distance: -Float.infinity, vertex: 0)
            for (vertex, hit) in zip(batch, closest) {
                hits[vertex] = CornerHit(distance: hit.distance, triangle: hit.triangle)
                if hit.distance > furthest.distance { furthest = (hit.distance, vertex) }
            }
            raise(
                SIMD3<Double>(source.vertices[furthest.vertex]), triangle: Int(triangleOf[furthest.vertex]),
                estimate: Double(furthest.distance))
        }
        return hits
    }

    private struct CornerHit {
        var distance: Float
        var triangle: UInt32
    }

    /// Bounds the source's triangles by their corners' closest triangles.
    private mutating func boundTriangles(_ hits: [CornerHit]) {
        let limit = tolerated
        let (source, goal) = (source, goal)
        collect(count: source.triangles.count) { index in
            let triangle = source.triangles[index]
            let corners = source.preciseCorners(of: index)
            let sides = SIMD3(
                length(corners.a - corners.b), length(corners.b - corners.c), length(corners.c - corners.a))
            let own = (hits[Int(triangle.x)], hits[Int(triangle.y)], hits[Int(triangle.z)])
            // No point of a triangle is further than its longest side / √3 from the nearest corner.
            let furthest = Self.roundedUp(max(own.0.distance, own.1.distance, own.2.distance))
            var piece = Piece(
                corners: corners, upper: furthest + sides.max() * 0.577_350_27, triangle: UInt32(index),
                closest: own.0.triangle)
            for candidate in [own.0.triangle, own.1.triangle, own.2.triangle] where piece.upper > limit {
                Self.improve(&piece, by: candidate, of: goal)
            }
            return piece
        }
    }

    /// Bounds `count` pieces on all threads and keeps those that are not done, in order.
    private mutating func collect(count: Int, _ piece: (Int) -> Piece) {
        let limit = tolerated
        let chunkSize = 1024
        let chunkCount = (count + chunkSize - 1) / chunkSize
        var kept = [[Piece]](repeating: [], count: chunkCount)
        var settled = [Double](repeating: 0, count: chunkCount)
        kept.withUnsafeMutableBufferPointer { kept in
            settled.withUnsafeMutableBufferPointer { settled in
                certifier.workers.forEachChunk(of: count, chunkSize: chunkSize) { range, _ in
                    let chunk = range.lowerBound / chunkSize
                    for index in range {
                        let piece = piece(index)
                        if piece.upper > limit {
                            kept[chunk].append(piece)
                        } else {
                            settled[chunk] = max(settled[chunk], piece.upper)
                        }
                    }
                }
            }
        }
        for chunk in kept { waiting += chunk }
        settledUpper = settled.reduce(settledUpper, max)
        pieceCount += count
    }

    /// A query's distance is that of a triangle, so that it is never too small but for its rounding to single precision.
    private static func roundedUp(_ distance: Float) -> Double { Double(distance) * (1 + 0x1p-22) }

    /// Lowers a piece's bound to the largest distance of its corners from one triangle of the goal.
    private static func improve(_ piece: inout Piece, by candidate: UInt32, of goal: TriangleMesh) {
        let triangle = goal.preciseCorners(of: Int(candidate))
        let limit = piece.upper * piece.upper
        let first = triangle.squaredDistance(to: piece.corners.a)
        guard first < limit else { return }
        let second = triangle.squaredDistance(to: piece.corners.b)
        guard second < limit else { return }
        let largest = max(first, second, triangle.squaredDistance(to: piece.corners.c))
        guard largest < limit else { return }
        piece.upper = largest.squareRoot()
        piece.closest = candidate
    }

    // MARK: Pieces

    /// Cuts up the pieces with the largest bounds and bounds their parts.
    private mutating func cutLargest() {
        // Pieces that the bounds have meanwhile made small enough are done.
        let limit = tolerated
        var largest = 0.0
        waiting.removeAll { piece in
            guard piece.upper <= limit else {
                largest = max(largest, piece.upper)
                return false
            }
            settledUpper = max(settledUpper, piece.upper)
            return true
        }
        guard !waiting.isEmpty else { return }
        var bar = limit
        for part in [0.5, 0.75, 0.875] {
            let candidate = largest - part * (largest - limit)
            if waiting.count(where: { $0.upper >= candidate }) >= Self.roundSize {
                bar = candidate
                break
            }
        }
        var round: [Piece] = []
        waiting.removeAll { piece in
            guard piece.upper >= bar, round.count < Self.batchSize else { return false }
            round.append(piece)
            return true
        }
        bound(round.flatMap(Self.parts))
    }

    /// Four similar parts, or two of a needle.
    private static func parts(of piece: Piece) -> [Piece] {
        let (a, b, c) = (piece.corners.a, piece.corners.b, piece.corners.c)
        func part(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>) -> Piece {
            var result = piece
            result.corners = PreciseTriangle(a, b, c)
            return result
        }
        let (ab, bc, ca) = ((a + b) * 0.5, (b + c) * 0.5, (c + a) * 0.5)
        let (u, v, w) = (dot(b - a, b - a), dot(c - b, c - b), dot(a - c, a - c))
        // 4 √3 area / (sum of the squared sides) is 1 for a regular triangle.
        let doubledArea = length(cross(b - a, c - a))
        if 2 * 1.732_050_8 * doubledArea > 0.3 * (u + v + w) {
            return [part(a, ab, ca), part(ab, b, bc), part(ca, bc, c), part(ab, bc, ca)]
        }
        if u >= v && u >= w { return [part(a, ab, c), part(ab, b, c)] }
        if v >= w { return [part(a, b, bc), part(a, bc, c)] }
        return [part(a, b, ca), part(ca, b, c)]
    }

    private mutating func bound(_ parts: [Piece]) {
        let centers = parts.map { SIMD3<Float>(($0.corners.a + $0.corners.b + $0.corners.c) / 3) }
        let hits = hierarchy.closestPoints(to: centers.span, workers: certifier.workers)
        var furthest = (distance: -Float.infinity, part: 0)
        for (index, hit) in hits.enumerated() where hit.distance > furthest.distance {
            furthest = (hit.distance, index)
        }
        let corners = parts[furthest.part].corners
        let place = (corners.a + corners.b + corners.c) / 3
        // Rounding may have moved the point that was asked for.
        let moved = length(SIMD3<Double>(centers[furthest.part]) - place)
        raise(place, triangle: Int(parts[furthest.part].triangle), estimate: Double(furthest.distance) + moved)
        let limit = tolerated
        let goal = goal
        collect(count: parts.count) { index in
            var piece = parts[index]
            let center = SIMD3<Double>(centers[index])
            let radius = max(
                length(piece.corners.a - center), length(piece.corners.b - center), length(piece.corners.c - center))
            let reached = Self.roundedUp(hits[index].distance) + radius
            let inherited = piece.closest
            piece.upper = min(piece.upper, reached)
            if piece.upper > limit { Self.improve(&piece, by: hits[index].triangle, of: goal) }
            if piece.upper > limit { Self.improve(&piece, by: inherited, of: goal) }
            return piece
        }
    }
}

extension TriangleMesh {
    fileprivate func preciseCorners(of index: Int) -> PreciseTriangle {
        let (a, b, c) = corners(of: index)
        return PreciseTriangle(SIMD3<Double>(a), SIMD3<Double>(b), SIMD3<Double>(c))
    }
}
