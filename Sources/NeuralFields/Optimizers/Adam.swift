import CKernels
import Core
import Foundation

/// Adam (Kingma and Ba, ICLR 2015, algorithm 1).
struct Adam: Optimizer {
    let configuration: OptimizerConfiguration
    private var mean: [Float]
    private var square: [Float]
    private var steps = 0

    init(parameterCount: Int, configuration: OptimizerConfiguration) {
        self.configuration = configuration
        mean = [Float](repeating: 0, count: parameterCount)
        square = mean
    }

    mutating func step(
        parameters: inout MutableSpan<Float>, gradient: Span<Float>, rate: Float, workers: Workers
    ) {
        steps += 1
        let correction1 = Float(1 / (1 - pow(Double(configuration.beta1), Double(steps))))
        let correction2 = Float(1 / (1 - pow(Double(configuration.beta2), Double(steps))))
        let settings = configuration
        parameters.withUnsafeMutableBufferPointer { parameters in
            mean.withUnsafeMutableBufferPointer { mean in
                square.withUnsafeMutableBufferPointer { square in
                    gradient.withUnsafeBufferPointer { gradient in
                        guard let p = parameters.baseAddress, let g = gradient.baseAddress,
                            let m = mean.baseAddress, let v = square.baseAddress
                        else { return }
                        // Below 64 Ki parameters an update takes less time than waking another thread.
                        workers.forEachChunk(of: parameters.count, chunkSize: 1 << 16) { range, _ in
                            let i = range.lowerBound
                            ck_adam(
                                range.count, p + i, g + i, m + i, v + i, rate, settings.beta1, settings.beta2,
                                settings.epsilon, correction1, correction2)
                        }
                    }
                }
            }
        }
    }

    var state: [String: [Float]] {
        get { ["mean": mean, "square": square, "steps": [Float(steps)]] }
        set {
            mean = newValue["mean"] ?? mean
            square = newValue["square"] ?? square
            steps = Int(newValue["steps"]?.first ?? 0)
        }
    }
}
