import CKernels
import Core
import Foundation
import Testing

/// Rows of a tile with numbers of a normal distribution in their first `k` columns and 77 behind.
private struct Rows {
    let n, k, stride: Int
    var values: [Float]

    init(_ n: Int, _ k: Int, seed: UInt64, scale: Float = 1) {
        self.n = n
        self.k = k
        stride = (k + 31) / 32 * 32
        values = [Float](repeating: 77, count: n * stride)
        let stream = RandomStream(seed: seed, stream: 7)
        for i in 0..<n {
            for j in 0..<k { values[i * stride + j] = scale * stream.normals(at: UInt64(i * k + j)).x }
        }
    }

    subscript(i: Int, j: Int) -> Double { Double(values[i * stride + j]) }
}

private func normals(_ count: Int, seed: UInt64) -> [Float] {
    (0..<count).map { RandomStream(seed: seed, stream: 8).normals(at: UInt64($0)).x }
}

@Suite struct LayerKernelTests {
    private static let sizes = [(1, 1), (3, 15), (17, 16), (9, 33), (128, 64), (50, 257)]

    @Test(
        arguments: [CK_ACTIVATION_RELU, CK_ACTIVATION_SINE, CK_ACTIVATION_GAUSSIAN, CK_ACTIVATION_FINER].map(
            \.rawValue), sizes)
    func activationsEqualTheirFormulas(_ kind: UInt32, size: (Int, Int)) {
        for (scale, spread) in [(1, 1), (0.3, 2), (30, 3)] as [(Float, Float)] {
            let input = Rows(size.0, size.1, seed: 1, scale: spread)
            var output = input
            var factor = input
            ck_activate(Int32(kind), scale, size.0, size.1, &output.values, &factor.values, input.stride)
            let w = Double(scale)
            for i in 0..<size.0 {
                for j in 0..<size.1 {
                    let z = input[i, j]
                    // The phase is rounded to single precision before its sine is taken.
                    let phase = kind == CK_ACTIVATION_FINER.rawValue ? w * (abs(z) + 1) * z : w * z
                    let (value, derivative): (Double, Double) =
                        switch kind {
                        case CK_ACTIVATION_SINE.rawValue: (sin(phase), w * cos(phase))
                        case CK_ACTIVATION_GAUSSIAN.rawValue:
                            (exp(-z * z / (2 * w * w)), -z / (w * w) * exp(-z * z / (2 * w * w)))
                        case CK_ACTIVATION_FINER.rawValue: (sin(phase), w * (2 * abs(z) + 1) * cos(phase))
                        default: (max(z, 0), z > 0 ? 1 : 0)
                        }
                    let tolerance = kind == CK_ACTIVATION_GAUSSIAN.rawValue ? 2e-6 : 2e-7 * (1 + abs(phase))
                    let steepness = kind == CK_ACTIVATION_GAUSSIAN.rawValue ? 1 / w : w * (2 * abs(z) + 1)
                    #expect(abs(output[i, j] - value) < tolerance)
                    #expect(abs(factor[i, j] - derivative) < tolerance * max(1, steepness))
                }
                let margin = (i * input.stride + size.1)..<((i + 1) * input.stride)
                #expect(output.values[margin].allSatisfy { $0 == 77 } && factor.values[margin].allSatisfy { $0 == 77 })
            }
        }
    }

    @Test(arguments: sizes, [1, 2, 5]) func outputLayerEqualsItsDefinition(_ size: (Int, Int), outputs: Int) {
        let (n, k) = size
        let h = Rows(n, k, seed: 2)
        let weights = normals(outputs * k, seed: 3)
        let bias = normals(outputs, seed: 4)
        let tolerance = 1e-6 * Double(k + 4)

        var y = [Float](repeating: 0, count: n * outputs)
        ck_output(n, k, outputs, h.values, h.stride, weights, bias, &y)
        for i in 0..<n {
            for o in 0..<outputs {
                let expected = (0..<k).reduce(Double(bias[o])) { $0 + h[i, $1] * Double(weights[o * k + $1]) }
                #expect(abs(Double(y[i * outputs + o]) - expected) < tolerance)
            }
        }

        let dy = normals(n * outputs, seed: 5)
        let factor = Rows(n, k, seed: 6)
        for relu in [0, 1] as [Int32] {
            var x = h
            ck_output_gradient(n, k, outputs, dy, weights, factor.values, relu, &x.values, x.stride)
            for i in 0..<n {
                for j in 0..<k {
                    let sum = (0..<outputs).reduce(0.0) {
                        $0 + Double(dy[i * outputs + $1]) * Double(weights[$1 * k + j])
                    }
                    let expected = relu == 1 ? (factor[i, j] > 0 ? sum : 0) : sum * factor[i, j]
                    #expect(abs(x[i, j] - expected) < 1e-5)
                }
            }
        }

        let start = normals(outputs * (k + 1), seed: 7)
        var dw = Array(start.prefix(outputs * k))
        var db = Array(start.suffix(outputs))
        ck_output_weights(n, k, outputs, dy, h.values, h.stride, &dw, &db)
        for o in 0..<outputs {
            for j in 0..<k {
                let expected = (0..<n).reduce(Double(start[o * k + j])) { $0 + Double(dy[$1 * outputs + o]) * h[$1, j] }
                #expect(abs(Double(dw[o * k + j]) - expected) < 1e-6 * Double(n + 4))
            }
            let expected = (0..<n).reduce(Double(start[outputs * k + o])) { $0 + Double(dy[$1 * outputs + o]) }
            #expect(abs(Double(db[o]) - expected) < 1e-6 * Double(n + 4))
        }
    }

    @Test(arguments: sizes) func columnSumsAreAdded(_ size: (Int, Int)) {
        let (n, k) = size
        let x = Rows(n, k, seed: 8)
        let start = normals(k, seed: 9)
        var sums = start
        ck_add_column_sums(n, k, x.values, x.stride, &sums)
        for j in 0..<k {
            // In the rows' order, to the bit.
            #expect(sums[j] == (0..<n).reduce(start[j]) { $0 + x.values[$1 * x.stride + j] })
        }
    }
}
