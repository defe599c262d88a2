import Core
import Evaluation
import Fitting
import Geometry

/// How far from the truth a field's distances are, and where its sign is wrong.
struct DistanceRow {
    static let heading = """
        | shape | IoU uniform / boundary | mean \\|f − d\\|, \\|d\\| < .005 | largest | mean, \\|d\\| > .03 | largest | points | wrong signs, \\|d\\| > .01 | where sign is not clear | base off by, found / proved, spacings | s |
        |---|---|---|---|---|---|---|---|---|---|---|
        """

    private let agreement: Evaluation.PointSets
    private let near: DistanceAgreement.Band
    private var farCount = 0
    private var farSum = 0.0
    private var farLargest: Float = 0
    private let pointCount: Int
    private var wrongSigns = 0
    private var unclearSigns = 0
    private var baseError = "–"
    /// Of sampling the base and proving its error.
    private var baseSeconds = 0.0

    /// Beyond this distance signs count, and beyond that one errors are those of the base.
    private static let signDistance: Float = 0.01
    private static let farDistance: Float = 0.03
    /// How far from a half a winding number must be to say a side clearly.
    private static let clearWinding: Float = 0.25
    private static let chunk = 1 << 18

    init(_ fitted: FittedShape<PreparedMesh>, pointCount: Int) {
        let (field, reference) = (fitted.shape.unitField, fitted.reference)
        agreement = Evaluation.tancik2020(field, against: reference)
        near = DistanceAgreement(field, against: reference).bands[0]
        self.pointCount = pointCount
        if let base = fitted.shape.base, let settings = fitted.configuration.base {
            let start = ContinuousClock.now
            let again = ShapeBase(of: fitted.evidence, resolution: settings.resolution)
            baseSeconds = (ContinuousClock.now - start) / .seconds(1)
            let spacing = base.lattice.layout.spacing
            baseError =
                again.error.map {
                    "\(digits(Double($0.found / spacing), 2)) / \(digits(Double($0.largest / spacing), 2))"
                } ?? "– / not"
        }
        let box = BoundingBox(
            minimum: fitted.shape.bounds.center - fitted.shape.bounds.extent,
            maximum: fitted.shape.bounds.center + fitted.shape.bounds.extent)
        // A seed of its own.
        let stream = RandomStream(seed: 0x7477_6963, stream: 1)
        for start in stride(from: 0, to: pointCount, by: Self.chunk) {
            let points = (start..<min(start + Self.chunk, pointCount)).map {
                let u = stream.uniforms(at: UInt64($0))
                return box.minimum + SIMD3(u.x, u.y, u.z) * box.extent
            }
            add(points, field, reference.field)
        }
    }

    private mutating func add(_ points: [SIMD3<Float>], _ field: some ScalarField, _ truth: MeshField) {
        let values = field.values(at: points)
        let distances = truth.values(at: points)
        var wrong: [SIMD3<Float>] = []
        for index in points.indices {
            let distance = distances[index]
            if abs(distance) > Self.farDistance {
                let error = abs(values[index] - distance)
                farCount += 1
                farSum += Double(error)
                farLargest = max(farLargest, error)
            }
            if abs(distance) > Self.signDistance, (values[index] < 0) != (distance < 0) { wrong.append(points[index]) }
        }
        guard !truth.changesSignAtTrianglesOnly else {
            wrongSigns += wrong.count
            return
        }
        var windings = [Float](repeating: 0, count: wrong.count)
        var span = windings.mutableSpan
        truth.windingNumbers(at: wrong.span, into: &span)
        for winding in windings {
            if abs(winding - 0.5) > Self.clearWinding { wrongSigns += 1 } else { unclearSigns += 1 }
        }
    }

    var text: String {
        "| \(digits(agreement.uniform.value, 4)) / \(digits(agreement.boundary.value, 4)) | \(digits(near.mean, 6)) | "
            + "\(digits(Double(near.largest), 4)) | \(digits(farSum / Double(max(farCount, 1)), 5)) | "
            + "\(digits(Double(farLargest), 4)) | \(pointCount) | \(wrongSigns) | \(unclearSigns) | "
            + "\(baseError) | \(digits(baseSeconds, 2)) |"
    }
}
