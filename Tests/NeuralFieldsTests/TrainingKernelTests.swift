import CKernels
import Core
import Foundation
import Testing

private func normals(_ count: Int, stream: UInt64, scale: Float = 1) -> [Float] {
    (0..<count).map { scale * RandomStream(seed: 5, stream: stream).normals(at: UInt64($0)).x }
}

@Suite struct TrainingKernelTests {
    private static let losses = [CK_LOSS_SQUARED, CK_LOSS_ABSOLUTE, CK_LOSS_CROSS_ENTROPY].map(\.rawValue)

    private func expected(_ loss: UInt32, _ y: Double, _ t: Double) -> (value: Double, derivative: Double) {
        switch loss {
        case CK_LOSS_SQUARED.rawValue: ((y - t) * (y - t), 2 * (y - t))
        case CK_LOSS_ABSOLUTE.rawValue: (abs(y - t), y > t ? 1 : y < t ? -1 : 0)
        default: (max(y, 0) + log1p(exp(-abs(y))) - t * y, 1 / (1 + exp(-y)) - t)
        }
    }

    @Test(arguments: losses, [1, 63, 64, 65, 1000]) func lossesEqualTheirFormulas(_ loss: UInt32, _ n: Int) {
        for scale in [0.1, 3, 30] as [Float] {
            let y = normals(n, stream: 1, scale: scale)
            let targets = (0..<n).map { RandomStream(seed: 5, stream: 2).uniforms(at: UInt64($0)).x }
            let weights = (0..<n).map { RandomStream(seed: 5, stream: 3).uniforms(at: UInt64($0)).x + 0.5 }
            var dy = [Float](repeating: 77, count: n)
            let sum = ck_loss(Int32(loss), n, y, targets, weights, 0.25, &dy)
            var expectedSum = 0.0
            for i in 0..<n {
                let (value, derivative) = expected(loss, Double(y[i]), Double(targets[i]))
                expectedSum += Double(weights[i]) * value
                #expect(abs(Double(dy[i]) - 0.25 * Double(weights[i]) * derivative) < 2e-7 * max(1, abs(derivative)))
            }
            #expect(abs(sum - expectedSum) < 1e-6 * (Double(n) + expectedSum))
        }
    }

    /// Logits of any size: no overflow, and the exponential and logarithm inside to their bounds.
    @Test func crossEntropyHoldsForEveryLogit() {
        for y in [0, 1e-30, 1, 5, 17, 40, 87, 88, 89, 104, 1e4, 1e30] as [Float] {
            for sign in [1, -1] as [Float] {
                for target in [0, 0.5, 1] as [Float] {
                    var dy: [Float] = [77]
                    let value = ck_loss(Int32(CK_LOSS_CROSS_ENTROPY.rawValue), 1, [sign * y], [target], [1], 1, &dy)
                    let (expectedValue, expectedDerivative) = expected(
                        CK_LOSS_CROSS_ENTROPY.rawValue, Double(sign * y), Double(target))
                    #expect(
                        abs(value - expectedValue) < 3e-7 * max(1, expectedValue), "logit \(sign * y), target \(target)"
                    )
                    #expect(abs(Double(dy[0]) - expectedDerivative) < 2e-7, "logit \(sign * y), target \(target)")
                }
            }
        }
    }

    @Test(arguments: [1, 15, 1000], [1, 2, 16]) func arraysAreAddedInTheirOrder(_ n: Int, count: Int) {
        let distance = n + 3
        let arrays = normals(count * distance, stream: 4)
        var sum = [Float](repeating: 77, count: n)
        ck_sum_arrays(n, count, arrays, distance, &sum)
        for i in 0..<n {
            #expect(sum[i] == (1..<max(count, 1)).reduce(arrays[i]) { $0 + arrays[$1 * distance + i] })
        }
    }

    @Test(arguments: [1, 7, 33, 500]) func adamEqualsItsFormula(_ n: Int) {
        let start = normals(n, stream: 5)
        var (p, m, v) = (start, [Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
        var (expectedP, expectedM, expectedV) = (start.map(Double.init), p.map { _ in 0.0 }, p.map { _ in 0.0 })
        for step in 1...10 {
            let gradient = normals(n, stream: UInt64(100 + step), scale: 0.01)
            let (c1, c2) = (1 / (1 - pow(0.9, Double(step))), 1 / (1 - pow(0.99, Double(step))))
            ck_adam(n, &p, gradient, &m, &v, 0.01, 0.9, 0.99, 1e-6, Float(c1), Float(c2))
            for i in 0..<n {
                let g = Double(gradient[i])
                expectedM[i] = 0.9 * expectedM[i] + 0.1 * g
                expectedV[i] = 0.99 * expectedV[i] + 0.01 * g * g
                expectedP[i] -= 0.01 * expectedM[i] * c1 / ((expectedV[i] * c2).squareRoot() + 1e-6)
                #expect(abs(Double(p[i]) - expectedP[i]) < 1e-6)
            }
        }
    }
}
