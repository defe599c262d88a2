import Foundation
import NeuralFields
import Support

#if canImport(Accelerate)
import Accelerate
#else
import COpenBLAS
#endif

/// Chooses σ by asking the kernel: which σ's kernel regression predicts each labelled point best from all the others?
///
/// The leave-one-out residual of regression with K is (K⁻¹y)ᵢ / (K⁻¹)ᵢᵢ (Wahba 1990, section 4.2), so one inverse a σ
/// answers the question for every point at once. K is the encoding's own, composed with the closed-form tangent kernel
/// of the network that will be trained.
public struct SigmaSelection: Sendable, Codable {
    /// One σ that was tried.
    public struct Candidate: Sendable, Codable {
        public let sigma: Float
        /// Root mean square of the leave-one-out residuals, as a part of the labels' own root mean square.
        public let error: Double
    }

    /// The chosen σ: the lowest point of a parabola through the best candidate and its neighbours, over log σ.
    public let sigma: Float
    public let candidates: [Candidate]

    /// What is tried where nothing else is asked for: 1 to 32 in steps of √2.
    public static let usualSigmas: [Float] = (0...10).map { Float(exp2(Double($0) / 2)) }

    /// - Parameters:
    ///   - points: `(n, dimension)` row-major, in the unit cube, about as dense where it matters as those of the training.
    ///   - targets: `(n)`.
    ///   - encoding: of the fit; its σ is not looked at.
    ///   - width: of the fit's network.
    ///   - depth: hidden layers of the fit's network.
    ///   - sigmas: ascending.
    /// - Throws: ``TangentKernelsError``; `NeuralFieldsError` for an encoding out of range.
    /// - Complexity: O(n³) a candidate, about 2 n³ operations; 24 n² bytes a worker. The result is the same for any number of
    ///   workers.
    public init(
        points: [Float], targets: [Float], dimension: Int, encoding: EncodingConfiguration,
        width: Int = 128, depth: Int = 2, sigmas: [Float] = SigmaSelection.usualSigmas, workers: Workers
    ) throws {
        precondition(points.count == targets.count * dimension && !sigmas.isEmpty, "a target a point")
        for sigma in sigmas where !(sigma > 0 && sigma.isFinite) {
            throw TangentKernelsError.invalidSetting(
                name: "sigma", value: "\(sigma)", remedy: "must be a positive, finite number of cycles")
        }
        try MemoryLimit.check(count: targets.count, bytesPerPair: 24 * workers.count)
        let scale = max(norm(targets.map(Double.init)) / Double(max(targets.count, 1)).squareRoot(), .leastNormalMagnitude)
        let labels = targets.map(Double.init)
        var results = [Result<Double, any Error>](repeating: .success(0), count: sigmas.count)
        results.withUnsafeMutableBufferPointer { results in
            let results = results
            // A worker a candidate: LAPACK's own threads would change the last bits with their number.
            workers.forEach(sigmas.count) { index, _ in
                results[index] = Result {
                    var configuration = encoding
                    configuration.kind = .gaussian
                    configuration.sigma = sigmas[index]
                    let features = try configuration.makeEncoding(inputDimension: dimension)
                    let shape = MultilayerPerceptron(inputs: features.featureCount, width: width, depth: depth)
                    let kernel = CoordinateKernel(
                        encoding: features, network: try NeuralTangentKernel(shape, initialization: .he))
                    let residuals = try leaveOneOut(kernel.matrix(points, workers: .single), targets: labels)
                    return rootMeanSquare(residuals, residuals.map { _ in 0 }) / scale
                }
            }
        }
        candidates = try zip(sigmas, results).map { Candidate(sigma: $0, error: try $1.get()) }
        sigma = Self.lowest(candidates)
    }

    /// Where a parabola through the best candidate and its neighbours is lowest.
    private static func lowest(_ candidates: [Candidate]) -> Float {
        guard let best = candidates.indices.min(by: { candidates[$0].error < candidates[$1].error }) else { return 5 }
        guard best > 0, best < candidates.count - 1 else { return candidates[best].sigma }
        let x = (-1...1).map { log(Double(candidates[best + $0].sigma)) }
        let y = (-1...1).map { log(max(candidates[best + $0].error, 1e-300)) }
        let (left, right) = (x[1] - x[0], x[2] - x[1])
        let (rise, fall) = ((y[2] - y[1]) / right, (y[1] - y[0]) / left)
        guard rise > fall else { return candidates[best].sigma }
        // The derivative at the middle of either step, and its zero between them.
        let middle = ((x[0] + x[1]) / 2, (x[1] + x[2]) / 2)
        let zero = middle.0 - fall * (middle.1 - middle.0) / (rise - fall)
        return Float(exp(min(max(zero, x[0]), x[2])))
    }
}

/// Leave-one-out residuals of kernel regression by Cholesky's decomposition, which takes a tenth of the time of the
/// eigenvectors'. A kernel that is not positive in rounding gets a ridge of 10⁻¹², 10⁻¹⁰, … mean eigenvalues.
private func leaveOneOut(_ kernel: Matrix, targets: [Double]) throws(TangentKernelsError) -> [Double] {
    let n = kernel.rows
    let mean = kernel.diagonal.reduce(0, +) / Double(max(n, 1))
    var ridge = 0.0
    while ridge < 1e-3 {
        var inverse = kernel
        for index in 0..<n { inverse[index, index] += ridge * mean }
        if try invert(&inverse) {
            var solution = [Double](repeating: 0, count: n)
            // Fortran's upper half is the lower half of row-major memory.
            cblas_dsymv(
                CblasRowMajor, CblasLower, .init(n), 1, inverse.values, .init(n), targets, 1, 0, &solution, 1)
            return (0..<n).map { solution[$0] / inverse[$0, $0] }
        }
        ridge = max(ridge * 100, 1e-12)
    }
    throw .singularKernel(order: n, rank: 0, smallest: 0, largest: mean * Double(n))
}

/// Replaces the lower half of a positive matrix by its inverse's, on the calling thread alone; false where it is not
/// positive.
private func invert(_ matrix: inout Matrix) throws(TangentKernelsError) -> Bool {
    Blas.useOneThread()
    var order = Int32(matrix.rows)
    var status: Int32 = 0
    dpotrf_("U", &order, &matrix.values, &order, &status)
    guard status >= 0 else { throw .decompositionFailed(routine: "dpotrf", status: Int(status)) }
    guard status == 0 else { return false }
    dpotri_("U", &order, &matrix.values, &order, &status)
    guard status >= 0 else { throw .decompositionFailed(routine: "dpotri", status: Int(status)) }
    return status == 0
}
