import Core
import Testing

@Suite struct HalfPrecisionTests {
    /// All halves in order of size, the infinite one last.
    private static let halves = (UInt16(0)...0x7c00).map { ($0, HalfPrecision.value($0)) }

    @Test func everyHalfIsItself() {
        for bits in UInt16.min...UInt16.max {
            let value = HalfPrecision.value(bits)
            if value.isNaN {
                #expect(bits & 0x7c00 == 0x7c00 && bits & 0x3ff != 0)
                #expect(HalfPrecision.value(HalfPrecision.bits(nearestTo: value)).isNaN)
            } else {
                #expect(HalfPrecision.bits(nearestTo: value) == bits)
            }
        }
        #expect(Self.halves[1].1 == 0x1p-24 && Self.halves[0x7bff].1 == 65_504 && Self.halves[0x7c00].1 == .infinity)
        #expect(zip(Self.halves, Self.halves.dropFirst()).allSatisfy { $0.1 < $1.1 })
    }

    /// Between two neighbours the nearer one is taken, and of two equally near the even one.
    @Test func theNearestIsTaken() {
        for (low, high) in zip(Self.halves, Self.halves.dropFirst()).dropLast() {
            let middle = (low.1 + high.1) / 2
            #expect(HalfPrecision.bits(nearestTo: middle) == (low.0 % 2 == 0 ? low.0 : high.0))
            #expect(HalfPrecision.bits(nearestTo: middle.nextDown) == low.0)
            #expect(HalfPrecision.bits(nearestTo: -middle.nextUp) == high.0 | 0x8000)
        }
        #expect(HalfPrecision.bits(nearestTo: Float(65_520).nextDown) == 0x7bff)
        for large in [Float(65_520), 1e9, .infinity] {
            #expect(HalfPrecision.bits(nearestTo: large) == 0x7c00 && HalfPrecision.bits(nearestTo: -large) == 0xfc00)
        }
        #expect(HalfPrecision.bits(nearestTo: 0x1p-26) == 0 && HalfPrecision.bits(nearestTo: -0.0) == 0x8000)
    }
}
