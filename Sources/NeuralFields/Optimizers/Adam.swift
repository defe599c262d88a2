import CKernels
import Core

/// Adam (Kingma and Ba, ICLR 2015, algorithm 1).
final class Adam: Optimizer {
    private let configuration: OptimizerConfiguration
    private let mean: AlignedBuffer<Float>
    private let square: AlignedBuffer<Float>
    private var steps = 0

    init(parameterCount: Int, configuration: OptimizerConfiguration) {
        self.configuration = configuration
        mean = AlignedBuffer(count: parameterCount)
        square = AlignedBuffer(count: parameterCount)
    }

    func step(_ parameters: inout [Float], gradient: [Float], rate: Float, workers: Workers) {
        precondition(parameters.count == mean.count && gradient.count == mean.count, "as many numbers as parameters")
        parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeBufferPointer { gradient in
                guard let p = parameters.baseAddress, let g = gradient.baseAddress else { return }
                step(p, gradient: g, rate: rate, workers: workers)
            }
        }
    }

    /// - Parameters:
    ///   - parameters: the first of those that this optimiser moves.
    ///   - gradient: theirs.
    func step(
        _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, rate: Float, workers: Workers
    ) {
        steps += 1
        let settings = configuration
        let correction1 = biasCorrection(settings.beta1, steps: steps)
        let correction2 = biasCorrection(settings.beta2, steps: steps)
        // Below 64 Ki parameters an update takes less time than waking another thread.
        workers.forEachChunk(of: mean.count, chunkSize: 1 << 16) { range, _ in
            let i = range.lowerBound
            ck_adam(
                range.count, parameters + i, gradient + i, mean[i], square[i], rate, settings.beta1, settings.beta2,
                settings.epsilon, correction1, correction2)
        }
    }

    var state: TrainingState {
        TrainingState(arrays: ["mean": mean.elements, "square": square.elements], counts: ["steps": steps])
    }

    func restore(_ state: TrainingState) {
        mean.elements = state.arrays["mean"] ?? mean.elements
        square.elements = state.arrays["square"] ?? square.elements
        steps = state.counts["steps"] ?? steps
    }
}

/// 1 / (1 − βᵗ): what a running mean that began at zero is multiplied by after t steps.
func biasCorrection(_ decay: Float, steps: Int) -> Float {
    Float(1 / (1 - pow(Double(decay), Double(steps))))
}
