import CKernels
import Core
import Testing

/// Numbers in (−1, 1), some of them zero.
private func values(_ count: Int, seed: UInt64, stream: UInt64) -> [Float] {
    let random = RandomStream(seed: seed, stream: stream)
    return (0..<count).map {
        let draw = random.uniforms(at: UInt64($0))
        return draw.y < 0.1 ? 0 : 2 * draw.x - 1
    }
}

struct MatrixSize: Sendable, CustomTestStringConvertible {
    var m, n, k: Int
    var testDescription: String { "\(m)×\(n)×\(k)" }

    /// Around the register blocks' edges (6 and 12 rows, 16 and 32 columns), and as large as layers are.
    static let all = [
        (1, 1, 1), (5, 31, 7), (6, 32, 1), (7, 33, 2), (12, 16, 3), (13, 65, 17), (25, 100, 64), (128, 64, 129),
        (37, 256, 256),
    ]
    .map { MatrixSize(m: $0.0, n: $0.1, k: $0.2) }
}

@Suite struct MatrixKernelTests {
    /// The levels that this processor can run.
    static let levels = [CK_LEVEL_BASE, CK_LEVEL_V3, CK_LEVEL_V4].map { Int32($0.rawValue) }.filter { $0 <= ck_level() }
    static let epilogues = [CK_STORE, CK_RELU, CK_RELU_MASK, CK_FACTOR].map { Int32($0.rawValue) }

    /// One step of an entry's sum: fused everywhere but at the base of x86-64.
    private static func add(_ sum: Float, _ a: Float, _ b: Float, level: Int32) -> Float {
        #if arch(x86_64)
        if level == Int32(CK_LEVEL_BASE.rawValue) { return sum + a * b }
        #endif
        return sum.addingProduct(a, b)
    }

    private static func padded(_ n: Int) -> Int { (n + Int(CK_PANEL) - 1) / Int(CK_PANEL) * Int(CK_PANEL) }

    @Test(arguments: MatrixSize.all, levels) func productsHaveTheBitsOfTheirDefinition(_ size: MatrixSize, level: Int32)
    {
        let (m, n, k) = (size.m, size.n, size.k)
        for (seed, epilogue) in Self.epilogues.enumerated() {
            let lda = k + seed
            let ldc = Self.padded(n) + 3 * seed
            let a = values(m * lda, seed: UInt64(seed), stream: 1)
            let b = values(k * n, seed: UInt64(seed), stream: 2)
            let bias = values(n, seed: UInt64(seed), stream: 3)
            let mask = values(m * ldc, seed: UInt64(seed), stream: 4)
            var packed = [Float](repeating: .nan, count: ck_packed_count(k, n))
            // Every other case packs the transpose.
            if seed % 2 == 0 {
                ck_pack(k, n, b, n, 1, bias, &packed)
            } else {
                ck_pack(k, n, b, 1, k, bias, &packed)
            }
            #expect(packed.allSatisfy { !$0.isNaN })
            var c = [Float](repeating: 77, count: m * ldc)
            ck_multiply_at_level(level, m, n, k, a, lda, packed, &c, ldc, epilogue, mask, ldc)
            for row in 0..<m {
                for column in 0..<n {
                    var sum = bias[column]
                    for l in 0..<k {
                        sum = Self.add(
                            sum, a[row * lda + l], seed % 2 == 0 ? b[l * n + column] : b[column * k + l], level: level)
                    }
                    let factor = mask[row * ldc + column]
                    switch UInt32(epilogue) {
                    case CK_RELU.rawValue: sum = sum > 0 ? sum : 0
                    case CK_RELU_MASK.rawValue: sum = factor > 0 ? sum : 0
                    case CK_FACTOR.rawValue: sum *= factor
                    default: break
                    }
                    if c[row * ldc + column] != sum {
                        Issue.record(
                            "(\(row), \(column)) \(c[row * ldc + column]) against \(sum), epilogue \(epilogue)")
                        return
                    }
                }
                let margin = c[(row * ldc + Self.padded(n))..<((row + 1) * ldc)]
                #expect(margin.allSatisfy { $0 == 77 }, "writes past whole panels")
            }
        }
    }

    @Test(arguments: MatrixSize.all, levels)
    func transposedProductsHaveTheBitsOfTheirDefinition(_ size: MatrixSize, level: Int32) {
        let (m, n, k) = (size.m, size.n, size.k)
        let lda = m + 2
        let ldb = Self.padded(n)
        let a = values(k * lda, seed: 9, stream: 1)
        let b = values(k * ldb, seed: 9, stream: 2)
        let start = values(m * n, seed: 9, stream: 3)
        var c = start
        ck_accumulate_transposed_at_level(level, m, n, k, a, lda, b, ldb, &c, n)
        for row in 0..<m {
            for column in 0..<n {
                let sum = (0..<k).reduce(start[row * n + column]) {
                    Self.add($0, a[$1 * lda + row], b[$1 * ldb + column], level: level)
                }
                if c[row * n + column] != sum {
                    Issue.record("(\(row), \(column)) \(c[row * n + column]) against \(sum)")
                    return
                }
            }
        }
    }

    /// What the network calls is the highest level, to the bit.
    @Test func callsTheHighestLevel() {
        let (m, n, k) = (50, 64, 40)
        let a = values(m * k, seed: 3, stream: 1)
        let b = values(k * n, seed: 3, stream: 2)
        var packed = [Float](repeating: 0, count: ck_packed_count(k, n))
        ck_pack(k, n, b, n, 1, nil, &packed)
        var results = [[Float]](repeating: .init(repeating: 0, count: m * n), count: 2)
        ck_multiply(m, n, k, a, k, packed, &results[0], n, 0, nil, 0)
        ck_multiply_at_level(ck_level(), m, n, k, a, k, packed, &results[1], n, 0, nil, 0)
        #expect(results[0] == results[1])
        ck_accumulate_transposed(k, n, m, a, k, results[0], n, &packed, n)
        #expect(packed.contains { $0 != 0 })
    }
}
