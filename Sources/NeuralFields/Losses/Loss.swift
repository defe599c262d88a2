import CKernels

/// The training objective: the mean over a batch's points of weight · loss(output, target).
public enum Loss: String, Sendable, Codable, CaseIterable {
    /// (y − t)².
    case squared
    /// |y − t|.
    case absolute
    /// Binary cross-entropy of the logit y and a target in [0, 1].
    case crossEntropy

    var kernelCode: Int32 {
        switch self {
        case .squared: Int32(CK_LOSS_SQUARED.rawValue)
        case .absolute: Int32(CK_LOSS_ABSOLUTE.rawValue)
        case .crossEntropy: Int32(CK_LOSS_CROSS_ENTROPY.rawValue)
        }
    }
}
