import Core
import Geometry
import Interchange
import SurfaceExtraction

/// Signed distances on a regular grid, with the map from indices to coordinates.
public struct DistanceGrid: Sendable {
    /// Samples along x, y and z.
    public let counts: SIMD3<Int>
    /// Coordinates of sample (0, 0, 0).
    public let origin: SIMD3<Double>
    /// Distance between neighbours, the same along each axis.
    public let spacing: Double
    /// `(nz, ny, nx)`, negative inside, in the unit of the field's frame: sample (i, j, k) is at `(k · ny + j) · nx + i`.
    public let signedDistances: [Float]

    /// Samples of `box` and a little beyond where a side is not a multiple of the spacing.
    ///
    /// - Parameters:
    ///   - box: in the frame of `field`; not empty, with an extent.
    ///   - worldOrigin: what `box` and `field` are relative to (`TriangleMesh.origin`).
    ///   - count: samples along the longest side, at least 2.
    ///   - field: of distances.
    ///   - byteLimit: bytes that the distances may take.
    ///   - workers: the threads to use; the result does not depend on their number.
    /// - Throws: ``FittingError/gridTooLarge(resolution:requiredBytes:limitBytes:)`` when the distances would need
    ///   more than `byteLimit`.
    public init(
        _ field: some ScalarField, box: BoundingBox, relativeTo worldOrigin: SIMD3<Double> = .zero, count: Int,
        byteLimit: Int = NumpyFile.archiveByteLimit,
        workers: Workers = Workers()
    ) throws(FittingError) {
        try self.init(box: box, relativeTo: worldOrigin, count: count, byteLimit: byteLimit) {
            field.values(at: $0, workers: workers)
        }
    }

    /// The same of what `values` says at points of the box's frame.
    init(
        box: BoundingBox, relativeTo worldOrigin: SIMD3<Double>, count: Int, byteLimit: Int,
        values: ([SIMD3<Float>]) -> [Float]
    ) throws(FittingError) {
        guard count >= 2, count <= SurfaceExtractor.maximumResolution else {
            throw .invalidSetting(
                name: "grid", value: "\(count)", remedy: "must be between 2 and \(SurfaceExtractor.maximumResolution)")
        }
        let extent = SIMD3<Double>(box.maximum) - SIMD3<Double>(box.minimum)
        let spacing = extent.max() / Double(count - 1)
        var counts = SIMD3<Int>.zero
        // A side that is whole steps but for rounding gets no further sample.
        for axis in 0..<3 { counts[axis] = max(Int(saturating: (extent[axis] / spacing - 1e-3).rounded(.up)), 1) + 1 }
        let total = counts.x * counts.y * counts.z
        guard total * 4 <= byteLimit else {
            throw .gridTooLarge(resolution: count, requiredBytes: total * 4, limitBytes: byteLimit)
        }
        self.counts = counts
        self.spacing = spacing
        origin = SIMD3<Double>(box.minimum) + worldOrigin
        var distances: [Float] = []
        distances.reserveCapacity(total)
        for start in stride(from: 0, to: total, by: Self.batchSize) {
            let points = (start..<min(start + Self.batchSize, total)).map { index in
                let (row, i) = index.quotientAndRemainder(dividingBy: counts.x)
                let (k, j) = row.quotientAndRemainder(dividingBy: counts.y)
                let steps = SIMD3<Double>(Double(i), Double(j), Double(k))
                return SIMD3<Float>(SIMD3<Double>(box.minimum) + spacing * steps)
            }
            distances += values(points)
        }
        signedDistances = distances
    }

    /// Points that are labelled at once: enough to share out, little beside the grid.
    private static let batchSize = 1 << 20

    /// The arrays of a NumPy archive: `grid_signed_distance` `(nz, ny, nx)` in single precision, and `affine`
    /// `(4, 4)` in double precision with (x, y, z, 1)ᵀ = affine · (i, j, k, 1)ᵀ for element [k, j, i].
    public var arrays: [(name: String, array: NumpyArray)] {
        let affine = [
            spacing, 0, 0, origin.x,
            0, spacing, 0, origin.y,
            0, 0, spacing, origin.z,
            0, 0, 0, 1,
        ]
        return [
            ("grid_signed_distance", NumpyArray(signedDistances, shape: [counts.z, counts.y, counts.x])),
            ("affine", NumpyArray(affine, shape: [4, 4])),
        ]
    }
}
