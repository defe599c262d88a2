/// What can be wrong with a question about kernels: one line that says what and how to mend it.
public enum TangentKernelsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A setting outside its range.
    case invalidSetting(name: String, value: String, remedy: String)
    /// More points than their matrices leave memory for.
    case tooManyPoints(count: Int, neededBytes: Int, availableBytes: Int, fittingCount: Int)
    /// Points that the kernel cannot tell apart, so that K has no inverse worth having.
    case singularKernel(order: Int, rank: Int, smallest: Double, largest: Double)
    /// The closed form is known for another activation.
    case noClosedForm(activation: String)
    /// OpenBLAS cannot be loaded.
    case libraryMissing(reason: String)
    /// An encoding with parameters of its own, whose part of the kernel is not known.
    case trainedEncoding(parameterCount: Int)
    /// A LAPACK routine that did not converge.
    case decompositionFailed(routine: String, status: Int)
    /// Gradient descent whose step is too long for the kernel: η λ_max ≥ 2.
    case unstableStep(rate: Double, largestRate: Double)

    public var description: String {
        switch self {
        case .invalidSetting(let name, let value, let remedy): "\(name) \(value): \(remedy)"
        case .tooManyPoints(let count, let needed, let available, let fitting):
            """
            \(count) points: their kernel matrices take \(megabytes(needed)), \(megabytes(available)) are free; \
            up to \(fitting) points fit
            """
        case .singularKernel(let order, let rank, let smallest, let largest):
            """
            the kernel of \(order) points is singular (rank \(rank), eigenvalues from \(shortened(smallest)) to \
            \(shortened(largest))): remove points that coincide, or regularise with a ridge
            """
        case .noClosedForm(let activation):
            "activation \(activation): the closed form of the tangent kernel is known for relu alone"
        case .libraryMissing(let reason): reason
        case .trainedEncoding(let count):
            "an encoding with \(count) parameters of its own: the tangent kernel is known for encodings without; choose one"
        case .decompositionFailed(let routine, let status): "LAPACK's \(routine) failed with status \(status)"
        case .unstableStep(let rate, let largest):
            "learning rate \(shortened(rate)): gradient descent is unstable above \(shortened(largest)) on these points"
        }
    }
}

private func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }

/// Three significant digits.
func shortened(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    var exponent = 0
    var scaled = abs(value)
    while scaled >= 10 { scaled /= 10; exponent += 1 }
    while scaled < 1 { scaled *= 10; exponent -= 1 }
    let digits = (scaled * 100).rounded() / 100
    let sign = value < 0 ? "-" : ""
    if (-3...3).contains(exponent) {
        var power = 1.0
        for _ in 0..<abs(exponent) { power *= 10 }
        return sign + "\(exponent < 0 ? digits / power : digits * power)".prefix(7)
    }
    return "\(sign)\(digits)e\(exponent)"
}
