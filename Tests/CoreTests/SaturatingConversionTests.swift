import Core
import Testing

@Suite struct SaturatingConversionTests {
    @Test(arguments: [-3.9, -0.5, 0, 0.99, 1, 254.9, 255] as [Double]) func whatFitsIsRoundedTowardsZero(
        _ value: Double
    ) {
        #expect(Int32(saturating: value) == Int32(value))
        #expect(Int(saturating: Float(value)) == Int(Float(value)))
        if value > -1 { #expect(UInt8(saturating: value) == UInt8(value)) }
    }

    @Test func whatDoesNotFitIsTheNearestThatDoes() {
        #expect(Int32(saturating: Float.infinity) == .max && Int32(saturating: -1e30) == .min)
        #expect(Int32(saturating: Float(Int32.max)) == .max)
        #expect(Int(saturating: 1e300) == .max && Int(saturating: -Double.infinity) == .min)
        #expect(UInt8(saturating: -1) == 0 && UInt8(saturating: 256.0) == 255)
        #expect(Int(saturating: Double.nan) == 0 && UInt8(saturating: Float.nan) == 0)
    }
}
