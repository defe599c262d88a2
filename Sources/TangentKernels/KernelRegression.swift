import Core

/// Kernel regression and the way that gradient descent takes to it.
///
/// In the limit of infinite width and a small step, gradient descent on the mean squared error of n points moves the
/// network's outputs as the linear system r' = −η K r of the residual r = ŷ − y does (Jacot et al. 2018; Lee et al.
/// 2019, equations 8 and 9):
///
///     ŷ(t) = ŷ(0) + K_test K⁻¹ (I − e^(−ηKt)) (y − ŷ_train(0)),        Qᵀ r(t) = e^(−ηΛt) Qᵀ r(0),
///
/// η t standing for 2 · learning rate · steps / n. Components of large eigenvalue are learnt first.
public struct KernelRegression: Sendable {
    public let decomposition: Eigendecomposition
    /// Added to every eigenvalue where values are solved for.
    public let ridge: Double

    /// The part of the largest eigenvalue below which one is noise: rounding of n-fold sums in double precision.
    static let rankTolerance = 1e-13

    /// Eigenvalues above rounding.
    public var rank: Int {
        let floor = Self.rankTolerance * Double(decomposition.count) * (decomposition.eigenvalues.first ?? 0)
        return decomposition.eigenvalues.count { $0 > floor }
    }

    /// - Parameters:
    ///   - decomposition: of K over the training points.
    ///   - ridge: 0 for none; otherwise K + ridge · λ̄ I takes K's place, λ̄ the mean eigenvalue.
    /// - Throws: ``TangentKernelsError/singularKernel(order:rank:smallest:largest:)`` when there is no ridge and an
    ///   eigenvalue is lost in rounding; ``TangentKernelsError/invalidSetting(name:value:remedy:)`` for a negative ridge.
    public init(_ decomposition: Eigendecomposition, ridge: Double = 0) throws(TangentKernelsError) {
        guard ridge >= 0, ridge.isFinite else {
            throw .invalidSetting(
                name: "ridge", value: "\(ridge)", remedy: "must be finite and not negative (try 1e-6)")
        }
        let values = decomposition.eigenvalues
        self.decomposition = decomposition
        self.ridge = ridge * values.reduce(0, +) / Double(max(values.count, 1))
        if ridge == 0, rank < values.count {
            throw .singularKernel(
                order: values.count, rank: rank, smallest: values.last ?? 0, largest: values.first ?? 0)
        }
    }

    /// K⁻¹ (I − e^(−ηKt)) y: weights of the training points after a time.
    ///
    /// - Parameters:
    ///   - targets: y − ŷ(0), `(n)`.
    ///   - time: ηt; infinity for the limit, which is interpolation (ridge regression, where there is one).
    public func weights(targets: [Double], time: Double) -> [Double] {
        let components = decomposition.components(of: targets)
        return decomposition.values(
            of: zip(components, decomposition.eigenvalues).map { component, eigenvalue in
                let value = max(eigenvalue, 0) + ridge
                guard value > 0 else { return time.isFinite ? component * time : 0 }
                // (1 − e^(−λt)) / λ without cancellation.
                return component * (time.isFinite ? -expm1(-value * time) / value : 1 / value)
            })
    }

    /// ŷ(t) − ŷ(0) at other points.
    ///
    /// - Parameter crossKernel: K between those points and the training points, `(m, n)`.
    public func predictions(targets: [Double], time: Double, crossKernel: Matrix) -> [Double] {
        crossKernel.multiplied(by: weights(targets: targets, time: time))
    }

    /// e^(−ηλ_i t) of every component, without the ridge.
    public func decay(time: Double) -> [Double] {
        decomposition.eigenvalues.map { exp(-max($0, 0) * time) }
    }

    /// The part of ‖y‖² in eigendirections that training of a given time has reached: Σ (1 − e^(−ηλ_i t))² c_i² / ‖y‖²
    /// with c = Qᵀy.
    public func reachedPart(of targets: [Double], time: Double) -> Double {
        let components = decomposition.components(of: targets)
        let total = components.reduce(0) { $0 + $1 * $1 }
        guard total > 0 else { return 1 }
        let reached = zip(components, decay(time: time)).reduce(0.0) { sum, pair in
            let learnt = (1 - pair.1) * pair.0
            return sum + learnt * learnt
        }
        return reached / total
    }

    /// The leave-one-out residual of each point, in closed form: r_i = (K⁻¹y)_i / (K⁻¹)_ii.
    ///
    /// - Complexity: O(n²).
    public func leaveOneOutResiduals(targets: [Double]) -> [Double] {
        let n = decomposition.count
        let solution = weights(targets: targets, time: .infinity)
        var inverseDiagonal = [Double](repeating: 0, count: n)
        for (row, eigenvalue) in decomposition.eigenvalues.enumerated() {
            let value = max(eigenvalue, 0) + ridge
            guard value > 0 else { continue }
            for column in 0..<n {
                let entry = decomposition.eigenvectors.values[row * n + column]
                inverseDiagonal[column] += entry * entry / value
            }
        }
        return zip(solution, inverseDiagonal).map { $1 > 0 ? $0 / $1 : $0 }
    }
}
