import Core

/// Points with normals and noise: normals are integrated to heights, along which points move.
extension PointCloudPreparation {
    /// Keeps one of so many points that follow each other in the tree's order; false where too few would be left.
    ///
    /// Where noise is many times the points' distance, a point's neighbours are those at its own wrong height, and links between them tell
    /// nothing of the others. Fewer points are a thinner cloud.
    private mutating func thin(by factor: Int) -> Bool {
        guard tree.count / factor >= Self.judges else { return false }
        let kept = Array(stride(from: 0, to: tree.count, by: factor))
        tree = PointTree(kept.map { tree.position($0) }, workers: workers)
        normals = tree.order.map { normals[kept[Int($0)]] }
        neighbors = tree.nearestPoints(Self.neighborCount, workers: workers)
        measureSurroundings()
        summary.thinning *= factor
        return true
    }

    /// The standard deviation of a guess at the heights, among neighbours by the points' own places: too low, the more so the more noise there is.
    private var roughNoise: Float {
        let graph = HeightGraph(
            count: min(tree.count, Self.trialCount), tree, neighbors,
            positions: (0..<tree.count).map { tree.position($0) },
            normals: normals, spacing: spacing, workers: workers)
        let heights = graph.heights(
            length: Self.firstLength * spacing, start: [Float](repeating: 0, count: graph.count), workers: workers)
        return Float(1.2533 * heights.reduce(0.0) { $0 + Double(abs($1)) } / Double(heights.count))
    }

    /// The rough noise in points' distances up to which all points are used, and the one that is left beyond. Of a million points of the bunny with a noise of
    /// 0.5 % of the diagonal (3.1 distances; 2.4 as guessed) the predictions chose the shortest length, and the Chamfer distance was .203 %.
    private static let thickness: Float = 1.38
    private static let thinnedThickness: Float = 1.1
    private static let thinningLimit = 3

    /// Moves points along their normals so that heights agree with what the normals say; see ``HeightGraph``.
    ///
    /// First by a guess among the neighbours that noise gave them, which lie at about their own wrong height; then among
    /// those on the surface, as far as predicting left out points says.
    mutating func integrateNormals() {
        for _ in 0..<Self.thinningLimit {
            let thickness = roughNoise / spacing
            let share = thickness / Self.thinnedThickness
            guard thickness > Self.thickness, thin(by: max(Int((share * share * share).rounded()), 2)) else { break }
        }
        var origins = (0..<tree.count).map { tree.position($0) }
        for round in 0..<3 {
            let graph = HeightGraph(
                count: min(tree.count, Self.trialCount), tree, neighbors, positions: origins, normals: normals,
                spacing: spacing, workers: workers)
            var (length, error) = (Self.firstLength * spacing, Float(0))
            if round > 0 {
                (length, error) = graph.bestLength(spacing: spacing, workers: workers)
                summary.noise = Double(error) / transform.scale
            }
            let whole =
                graph.count == tree.count
                ? graph
                : HeightGraph(
                    count: tree.count, tree, neighbors, positions: origins, normals: normals, spacing: spacing,
                    workers: workers)
            let heights = whole.heights(
                length: length, start: [Float](repeating: 0, count: tree.count), workers: workers)
            var kept = Array(0..<tree.count)
            if round > 0 && !options.keepsOutliers {
                // Far out in the noise, where hardly any others are, a point keeps its wrong height.
                kept = kept.filter { whole.isLinked($0) && abs(heights[$0]) < Self.outlierDeviations * error }
            }
            if kept.count < OrientedPointCloud.leastCount { kept = Array(0..<tree.count) }
            summary.outlierCount += tree.count - kept.count
            let places = workers.map(kept.count) { origins[kept[$0]] + heights[kept[$0]] * normals[kept[$0]] }
            tree = PointTree(places, workers: workers)
            let order = tree.order.map { kept[Int($0)] }
            origins = order.map { origins[$0] }
            normals = order.map { normals[$0] }
            neighbors = tree.nearestPoints(Self.neighborCount, workers: workers)
            measureSurroundings()
        }
        dropOverhangs()
        complete(width: Self.finalWidth)
    }

    /// Leaves out points that noise carried along their plane beyond an edge or a rim, where a surface would go on in the air.
    ///
    /// Around a point inside a face the others of that face have their mean at the point; at its end that is off by
    /// √(2/π) a² / √(a² + σ²), with a the deviation of the weights along the plane and σ that of the noise, and beyond it by more.
    private mutating func dropOverhangs() {
        let noise = Float(summary.noise * transform.scale)
        guard noise > Self.overhangNoise * spacing, !options.keepsOutliers else { return }
        let radius = Self.overhangDeviations * noise
        tree.complete(
            normals: normals, areas: [Float](repeating: 1, count: tree.count),
            supports: [Float](repeating: radius, count: tree.count), moments: false, workers: workers)
        let surfaces = tree.localSurfaces(
            at: (0..<tree.count).map { tree.position($0) }, facing: normals,
            weights: .high(shrinking: 1, slimness: 1), workers: workers)
        // Of weights (1 − r²)⁴ in a disk.
        let variance = radius * radius / 12
        let limit = 0.7979 * variance / (variance + noise * noise).squareRoot()
        let kept = (0..<tree.count).filter { slot in
            guard let offset = surfaces[slot]?.meanOffset else { return false }
            let height = dot(offset, normals[slot])
            return dot(offset, offset) - height * height < limit * limit
        }
        guard kept.count < tree.count, kept.count >= OrientedPointCloud.leastCount else { return }
        tree = PointTree(kept.map { tree.position($0) }, workers: workers)
        normals = tree.order.map { normals[kept[Int($0)]] }
        neighbors = tree.nearestPoints(Self.neighborCount, workers: workers)
        measureSurroundings()
    }

    /// In points' distances: with less noise a disk of its size holds too few points to have a mean.
    private static let overhangNoise: Float = 0.4
    /// Radius of the disk, in the noise's deviations.
    private static let overhangDeviations: Float = 4

    /// In points' distances; what predicting points chose for noise of 0.2 to 1.7 of them was 4 to 32.
    private static let firstLength: Float = 8
    /// Points that smoothing is tried with.
    private static let trialCount = 1 << 17
    private static let outlierDeviations: Float = 5
}
