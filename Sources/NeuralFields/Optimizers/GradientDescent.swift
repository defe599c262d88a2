import Core

/// Plain gradient descent, p −= rate · g: on a full batch with a small rate, the training that the neural tangent kernel
/// describes.
struct GradientDescent: Optimizer {
    mutating func step(
        parameters: inout MutableSpan<Float>, gradient: Span<Float>, rate: Float, workers: Workers
    ) {
        for index in 0..<parameters.count { parameters[index] -= rate * gradient[index] }
    }

    /// Nothing is remembered between steps.
    var state: [String: [Float]] {
        get { [:] }
        set {}
    }
}
