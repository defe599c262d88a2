import CKernels
import Core

/// A shape's signed distance on a coarse lattice, as a field over all of space: what is known of the shape before anything
/// was learnt of it.
///
/// Samples are exact to half a ``step``. Between them the field is a tricubic convolution in the part around the shape and linear
/// along an axis in its wide outer cells, so that its gradient is continuous where a surface can be. Beyond the lattice the
/// field goes on from the nearest point of the box, never below what any distance to a shape in the box must be.
///
/// Measured with 32 cells along the longest side, in unit-cube lengths: for bunny and armadillo the mean |field − distance| from
/// 0.05 on is 0.0003 to 0.0006, the largest 0.011, a third of a spacing, where distances have creases.
public struct BaseLattice: DifferentiableField, Equatable {
    /// Where the samples are.
    public struct Layout: Sendable, Equatable, Codable {
        /// Cells of the fine part along each axis, at least 1.
        public let cellCounts: SIMD3<Int>
        /// The fine part's lowest corner.
        public let lower: SIMD3<Float>
        /// Side of a fine cell.
        public let spacing: Float
        /// Wide cells beyond either end of the fine part, along each axis.
        public let outerCellCount: Int
        /// Their lengths, by axis.
        public let outerSpacing: SIMD3<Float>
    }

    public let layout: Layout
    /// The distance that a difference of 1 between ``samples`` is.
    public let step: Float
    /// `(z, y, x)` in steps, negative inside.
    public let samples: [Int16]
    /// `samples` as distances.
    private let distances: [Float]

    /// A lattice of given samples, as from a file.
    ///
    /// - Returns: nil when they are not as many as the layout has places, or a number is not finite or not positive where it
    ///   must be.
    public init?(layout: Layout, step: Float, samples: [Int16]) {
        guard layout.isSound, layout.sampleCount == samples.count, step > 0, step.isFinite else { return nil }
        self.layout = layout
        self.step = step
        self.samples = samples
        distances = samples.map { Float($0) * step }
    }

    /// Samples a field of distances.
    ///
    /// - Parameters:
    ///   - field: negative inside; asked at every sample.
    ///   - bounds: the shape's box; not empty, with an extent.
    ///   - resolution: fine cells along the longest side of `bounds` and a margin of an eighteenth of that side, at least 2.
    ///   - largestSample: the number of the largest distance: 127 for samples that fit a byte, exact to a 254th of it.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Complexity: O(resolution³) evaluations of the field: 20 000 to 50 000 with a resolution of 32.
    public init(
        _ field: some ScalarField, bounds: BoundingBox, resolution: Int, largestSample: Int16 = .max,
        workers: Workers = Workers()
    ) {
        precondition(largestSample > 0, "a number to scale by")
        layout = Layout(around: bounds, resolution: resolution)
        var values: [Float] = []
        values.reserveCapacity(layout.sampleCount)
        let counts = layout.sampleCounts
        for z in 0..<counts.z {
            var points: [SIMD3<Float>] = []
            points.reserveCapacity(counts.x * counts.y)
            for y in 0..<counts.y {
                for x in 0..<counts.x { points.append(layout.position(SIMD3(x, y, z))) }
            }
            values += field.values(at: points, workers: workers)
        }
        // Nothing a mesh gives is infinite or NaN; what another field may give is taken as far outside.
        let largest = values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        let step = largest > 0 ? largest / Float(largestSample) : 1
        self.step = step
        samples = values.map { $0.isFinite ? Int16(saturating: ($0 / step).rounded()) : largestSample }
        distances = samples.map { Float($0) * step }
    }

    public static func == (a: BaseLattice, b: BaseLattice) -> Bool {
        a.layout == b.layout && a.step == b.step && a.samples == b.samples
    }

    /// The distance at a sample.
    public subscript(x: Int, y: Int, z: Int) -> Float {
        let counts = layout.sampleCounts
        return distances[(z * counts.y + y) * counts.x + x]
    }

    public func evaluate(_ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>, workers: Workers) {
        precondition(values.count == points.count, "room for every value")
        withKernel(points) { lattice, samples, points in
            values.withUnsafeMutableBufferPointer { values in
                guard let values = values.baseAddress else { return }
                workers.forEachChunk(of: points.count / 4, chunkSize: Self.chunkSize) { range, _ in
                    guard let points = points.baseAddress else { return }
                    withUnsafePointer(to: lattice) {
                        ck_lattice_values(
                            $0, samples, range.count, points + 4 * range.lowerBound, 4, values + range.lowerBound)
                    }
                }
            }
        }
    }

    public func evaluate(
        _ points: Span<SIMD3<Float>>, into values: inout MutableSpan<Float>,
        gradients: inout MutableSpan<SIMD3<Float>>, workers: Workers
    ) {
        precondition(values.count == points.count && gradients.count == points.count, "room for every value")
        withKernel(points) { lattice, samples, points in
            values.withUnsafeMutableBufferPointer { values in
                gradients.withUnsafeMutableBytes { gradients in
                    let gradients = gradients.assumingMemoryBound(to: Float.self)
                    guard let values = values.baseAddress, let gradients = gradients.baseAddress else { return }
                    workers.forEachChunk(of: points.count / 4, chunkSize: Self.chunkSize) { range, _ in
                        guard let points = points.baseAddress else { return }
                        withUnsafePointer(to: lattice) {
                            ck_lattice_gradients(
                                $0, samples, range.count, points + 4 * range.lowerBound, 4, values + range.lowerBound,
                                gradients + 4 * range.lowerBound, 4)
                        }
                    }
                }
            }
        }
    }

    private static let chunkSize = 4096

    /// The layout as the kernels read it, the samples, and points as floats, four a point.
    private func withKernel(
        _ points: Span<SIMD3<Float>>,
        _ body: (ck_lattice, UnsafePointer<Float>, UnsafeBufferPointer<Float>) -> Void
    ) {
        let lattice = layout.kernel
        distances.withUnsafeBufferPointer { samples in
            guard let samples = samples.baseAddress else { return }
            points.withUnsafeBytes { body(lattice, samples, $0.assumingMemoryBound(to: Float.self)) }
        }
    }
}

extension BaseLattice.Layout {
    /// How far the fine part reaches beyond the shape, in longest sides: a correction has its place in it.
    static let margin: Float = 1.0 / 18
    /// How far the whole reaches beyond the shape, in longest sides: twice the shape's box is covered.
    static let reach: Float = 0.5
    /// Wide cells at each end: with as many the mean error in twice the box is near what it is in the box. (With 3, a base of 32 cells had
    /// a mean error of 0.0017 to 0.0024 in twice the box of five shapes, where 0.002 is wanted; coarse ones are to be small.)
    static func outerCellCount(resolution: Int) -> Int { resolution < 24 ? 3 : 4 }

    /// The layout for a shape.
    ///
    /// - Precondition: bounds with an extent; `resolution` at least 2.
    init(around bounds: BoundingBox, resolution: Int) {
        precondition(resolution >= 2 && bounds.extent.max() > 0, "a shape with an extent, and cells")
        let side = bounds.extent.max()
        let box = bounds.expanded(by: Self.margin * side)
        spacing = box.extent.max() / Float(resolution)
        // A thousandth for rounding: the longest side is `resolution` cells exactly.
        let cells = (box.extent / spacing - 1e-3).rounded(.up)
        cellCounts = SIMD3<Int>(cells)
        lower = box.center - 0.5 * spacing * cells
        outerCellCount = Self.outerCellCount(resolution: resolution)
        outerSpacing = (bounds.minimum - Self.reach * side - lower) / Float(-outerCellCount)
    }

    /// Samples along each axis.
    public var sampleCounts: SIMD3<Int> { cellCounts &+ (2 * outerCellCount + 1) }
    public var sampleCount: Int { sampleCounts.x * sampleCounts.y * sampleCounts.z }
    /// The fine part's highest corner.
    public var upper: SIMD3<Float> { lower + spacing * SIMD3<Float>(cellCounts) }
    /// From the first sample to the last.
    public var box: BoundingBox {
        let outer = Float(outerCellCount) * outerSpacing
        return BoundingBox(minimum: lower - outer, maximum: upper + outer)
    }

    /// Where a sample is.
    public func position(_ sample: SIMD3<Int>) -> SIMD3<Float> {
        let inner = sample &- outerCellCount
        let beyond = pointwiseMin(inner, .zero) &+ pointwiseMax(inner &- cellCounts, .zero)
        let fine = inner &- beyond
        return lower + spacing * SIMD3<Float>(fine) + outerSpacing * SIMD3<Float>(beyond)
    }

    /// Whether the numbers describe a lattice, small enough to be one: nothing here can overflow then.
    var isSound: Bool {
        let side = 1 << 14
        return cellCounts.min() >= 1 && cellCounts.max() <= side && (0...side).contains(outerCellCount)
            && sampleCounts.max() <= 3 * side && spacing > 0 && spacing.isFinite && lower.sum().isFinite
            && outerSpacing.min() > 0 && outerSpacing.sum().isFinite && box.extent.max().isFinite
    }

    var kernel: ck_lattice {
        let whole = box
        let counts = SIMD3<Int32>(truncatingIfNeeded: sampleCounts)
        return ck_lattice(
            counts: (counts.x, counts.y, counts.z), outer: Int32(outerCellCount), lower: lower.tuple,
            upper: upper.tuple, minimum: whole.minimum.tuple, maximum: whole.maximum.tuple, center: whole.center.tuple,
            inverse_spacing: 1 / spacing, inverse_outer_spacing: (1 / outerSpacing).tuple)
    }
}

extension SIMD3 {
    fileprivate var tuple: (Scalar, Scalar, Scalar) { (x, y, z) }
}
