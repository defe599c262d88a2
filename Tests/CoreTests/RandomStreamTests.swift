import Core
import Testing

@Suite struct RandomStreamTests {
    /// Known answers of Philox 4x32-10, from the authors' Random123 distribution (kat_vectors).
    @Test func philoxKnownAnswers() {
        #expect(
            RandomStream(seed: 0, stream: 0).words(at: 0)
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            RandomStream(seed: .max, stream: .max).words(at: .max)
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            RandomStream(seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e)
                .words(at: 0x85a3_08d3_243f_6a88)
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func momentsOfTheNormals() {
        let stream = RandomStream(seed: 3, stream: 1)
        var sums = SIMD4<Double>.zero
        let count = 250_000
        for index in 0..<count {
            let values = stream.normals(at: UInt64(index))
            for lane in 0..<4 {
                let x = Double(values[lane])
                sums += SIMD4(x, x * x, x * x * x, x * x * x * x)
            }
        }
        let moments = sums / Double(4 * count)
        // Four standard errors of each sample moment: √(1, 2, 15, 96)/1000.
        #expect(abs(moments.x) < 0.004)
        #expect(abs(moments.y - 1) < 0.006)
        #expect(abs(moments.z) < 0.016)
        #expect(abs(moments.w - 3) < 0.04)
    }

    @Test func integersCoverTheirRangeEvenly() {
        let stream = RandomStream(seed: 1, stream: 2)
        var counts = [Int](repeating: 0, count: 7)
        for index in 0..<70_000 { counts[stream.integer(below: 7, at: UInt64(index))] += 1 }
        for count in counts { #expect(abs(count - 10_000) < 400) }
    }
}
