import CKernels

/// What a hidden layer does to each of its units.
public struct Activation: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// max(z, 0).
        case relu
        /// sin(scale · z): SIREN (Sitzmann et al., NeurIPS 2020).
        case sine
        /// exp(−z² / (2 scale²)): Ramasinghe and Lucey (ECCV 2022).
        case gaussian
        /// sin(scale · (|z| + 1) z): FINER (Liu et al., CVPR 2024).
        case finer
    }

    public var kind: Kind
    /// The frequency of sine and FINER, the width of the Gaussian; ReLU ignores it.
    public var scale: Float

    public init(_ kind: Kind, scale: Float = 1) {
        self.kind = kind
        self.scale = scale
    }

    public static let relu = Activation(.relu)

    /// The number that the kernels know this kind by.
    var kernelCode: Int32 {
        switch kind {
        case .relu: Int32(CK_ACTIVATION_RELU.rawValue)
        case .sine: Int32(CK_ACTIVATION_SINE.rawValue)
        case .gaussian: Int32(CK_ACTIVATION_GAUSSIAN.rawValue)
        case .finer: Int32(CK_ACTIVATION_FINER.rawValue)
        }
    }
}
