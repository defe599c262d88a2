import Core

/// Plain gradient descent, p −= rate · g: on a full batch with a small rate, the training that the neural tangent kernel
/// describes.
final class GradientDescent: Optimizer {
    func step(_ parameters: inout [Float], gradient: [Float], rate: Float, workers: Workers) {
        for index in parameters.indices { parameters[index] -= rate * gradient[index] }
    }

    /// Nothing is remembered between steps.
    var state: TrainingState { TrainingState() }

    func restore(_ state: TrainingState) {}
}
